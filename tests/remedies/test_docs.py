"""`docs/remedies.md` has a section per remedy that says what it must."""

from pathlib import Path

import pytest

from hirise.remedies import REMEDIES
from hirise.remedies.other_weights import ALONE
from hirise.remedies.retraining import TRAINING_REMEDIES

TEXT = (Path(__file__).parents[2] / "docs" / "remedies.md").read_text("utf-8")
SECTIONS = {part.partition("`")[0]: part for part in TEXT.split("\n## `")[1:]}


ALL = (*REMEDIES, *TRAINING_REMEDIES, *ALONE)


@pytest.mark.parametrize("remedy", ALL, ids=lambda remedy: remedy.key)
def test_section(remedy):
    section = SECTIONS[remedy.key]
    assert section.splitlines()[0].endswith(f" {remedy.title}")
    for word in ("*Does*", "*Source*", "*Expected*", "*Measured*"):
        assert word in section


def test_no_section_without_a_remedy():
    assert list(SECTIONS) == [remedy.key for remedy in ALL]
