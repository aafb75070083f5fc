"""Bad input ends with its status and one line."""

from __future__ import annotations

import pytest
from golden_cases import GROUPS, Case

of_each = pytest.mark.parametrize("case", GROUPS["refused"], ids=lambda case: case.name)


@of_each
def test_numbers_and_codes_of_what_is_refused_stay(case: Case, stays) -> None:
    stays("refused", case)


@of_each
def test_sentences_of_what_is_refused_stay(case: Case, stays) -> None:
    stays("refused", case, text=True)
