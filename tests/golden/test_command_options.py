"""Commands and options keep their names and order."""

from __future__ import annotations

import pytest
from golden_cases import GROUPS, Case

of_each = pytest.mark.parametrize("case", GROUPS["help"], ids=lambda case: case.name)


@of_each
def test_numbers_and_codes_of_commands_and_options_stay(case: Case, stays) -> None:
    stays("help", case)


@of_each
def test_sentences_of_commands_and_options_stay(case: Case, stays) -> None:
    stays("help", case, text=True)
