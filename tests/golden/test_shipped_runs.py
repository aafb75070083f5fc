"""`hirise check` and `hirise compare` of every run that ships."""

from __future__ import annotations

import pytest
from golden_cases import GROUPS, Case

of_each = pytest.mark.parametrize("case", GROUPS["shipped"], ids=lambda case: case.name)


@of_each
def test_numbers_and_codes_of_shipped_runs_stay(case: Case, stays) -> None:
    stays("shipped", case)


@of_each
def test_sentences_of_shipped_runs_stay(case: Case, stays) -> None:
    stays("shipped", case, text=True)
