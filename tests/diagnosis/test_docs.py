"""Every check is explained in docs/checks.md, in the order of the registry."""

import re
from pathlib import Path

from hirise.diagnosis.checks import CHECKS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "checks.md"


def test_each_check_has_a_section_with_its_three_paragraphs():
    sections = re.split(r"(?m)^## ", DOCS.read_text("utf-8"))[1:]
    headings = [section.splitlines()[0] for section in sections]
    assert headings == [f"{check.code} {check.title}" for check in CHECKS]
    for section in sections:
        for start in ("*Detected*: ", "*Why it matters*: ", "*What to do*: "):
            assert section.count(f"\n{start}") == 1, (section.splitlines()[0], start)
