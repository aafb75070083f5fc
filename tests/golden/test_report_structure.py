"""The structure of `hirise report`: sections, headings, charts, tables."""

from __future__ import annotations

import pytest
from golden_cases import GROUPS, Case

of_each = pytest.mark.parametrize("case", GROUPS["reports"], ids=lambda case: case.name)


@of_each
def test_numbers_and_codes_of_a_report_stay(case: Case, stays) -> None:
    stays("reports", case)


@of_each
def test_sentences_of_a_report_stay(case: Case, stays) -> None:
    stays("reports", case, text=True)
