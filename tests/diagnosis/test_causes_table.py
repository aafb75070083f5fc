"""The table of causes rests on signs that exist, and docs/causes.md tells all of it."""

import re
from pathlib import Path

from hirise.diagnosis.causes import RULES
from hirise.diagnosis.causes.facts import Facts
from hirise.diagnosis.checks import CHECKS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "causes.md"


def test_the_signs_exist():
    codes = {check.code for check in CHECKS}
    facts = {name for name in dir(Facts) if not name.startswith("_")}
    for rule in RULES:
        groups = (rule.signature, rule.follows, rule.contradicts, rule.demands)
        for sign in (one for group in groups for one in group):
            assert sign.code in codes or sign.name in facts, (rule.key, sign.name)
        assert rule.experiment.endswith(".")
        assert rule.remedies


def test_each_cause_has_a_section_with_its_signs_and_its_cure():
    sections = re.split(r"(?m)^## ", DOCS.read_text("utf-8"))[1:]
    headings = [section.splitlines()[0] for section in sections]
    assert headings == [f"`{rule.key}` {rule.title}" for rule in RULES]
    for section, rule in zip(sections, RULES, strict=True):
        parts = dict(re.findall(r"(?ms)^\*([^*]+)\*: (.*?)(?=^\*|\Z)", section))
        assert list(parts) == ["For", "Against", "Experiment", "Cure"], rule.key
        for sign in (*rule.signature, *rule.follows):
            assert sign.code in parts["For"], (rule.key, sign.name)
        for sign in (*rule.contradicts, *rule.demands):
            assert sign.code in parts["Against"], (rule.key, sign.name)
        for remedy in rule.remedies:
            assert f"`{remedy}`" in parts["Cure"], (rule.key, remedy)
        assert parts["Experiment"].split() == rule.experiment.split()
