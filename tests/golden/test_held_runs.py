"""Run folders of format 1, as they were once written, stay readable."""

from __future__ import annotations

import pytest
from golden_cases import GROUPS, Case

of_each = pytest.mark.parametrize("case", GROUPS["held"], ids=lambda case: case.name)


@of_each
def test_numbers_and_codes_of_run_folders_of_format_1_stay(case: Case, stays) -> None:
    stays("held", case)


@of_each
def test_sentences_of_run_folders_of_format_1_stay(case: Case, stays) -> None:
    stays("held", case, text=True)
