"""`hirise check` as text, JUnit XML, Markdown and workflow commands."""

from __future__ import annotations

import pytest
from golden_cases import GROUPS, Case

of_each = pytest.mark.parametrize("case", GROUPS["formats"], ids=lambda case: case.name)


@of_each
def test_numbers_and_codes_of_each_format_stay(case: Case, stays) -> None:
    stays("formats", case)


@of_each
def test_sentences_of_each_format_stay(case: Case, stays) -> None:
    stays("formats", case, text=True)
