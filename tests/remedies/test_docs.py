"""`docs/remedies.md` has a section per remedy that says what it must."""

from pathlib import Path

import pytest

from hirise.remedies.registry import PREDICTION_REMEDIES
from hirise.remedies.training_remedies import TRAINING_REMEDIES
from hirise.remedies.weights import WEIGHTS_REMEDIES

TEXT = (Path(__file__).parents[2] / "docs" / "remedies.md").read_text("utf-8")
SECTIONS = {part.partition("`")[0]: part for part in TEXT.split("\n## `")[1:]}


ALL = (*PREDICTION_REMEDIES, *TRAINING_REMEDIES, *WEIGHTS_REMEDIES)


@pytest.mark.parametrize("remedy", ALL, ids=lambda remedy: remedy.key)
def test_section(remedy):
    section = SECTIONS[remedy.key]
    assert section.splitlines()[0].endswith(f" {remedy.title}")
    for word in ("*Does*", "*Source*", "*Expected*", "*Measured*"):
        assert word in section


def test_no_section_without_a_remedy():
    assert list(SECTIONS) == [remedy.key for remedy in ALL]
