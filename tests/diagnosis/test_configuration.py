"""The thresholds of the checks: described, in the documentation, and safe to change."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from hirise.diagnosis import diagnose, evidence_of
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.configuration import (
    Configuration,
    allowed,
    as_toml,
    read_configuration,
    thresholds_of,
)
from hirise.diagnosis.thresholds import MEANINGS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"


def test_the_table_of_the_documentation_is_that_of_the_checks():
    rows = re.findall(r"(?m)^\| HR.*$", DOCS.read_text(encoding="utf-8"))
    assert rows == [
        f"| {check.code} {check.title} | `{name}` | {value:g} | "
        f"{allowed(check, name)} | {MEANINGS[check.code][name]} |"
        for check in CHECKS
        for name, value in thresholds_of(check).items()
    ]


def test_each_threshold_and_no_other_has_a_meaning():
    known = {check.code: list(thresholds_of(check)) for check in CHECKS}
    assert {code: names for code, names in known.items() if names} == {
        code: list(meanings) for code, meanings in MEANINGS.items()
    }


@pytest.mark.parametrize("end", ["least", "most"])
def test_no_allowed_threshold_breaks_a_check(end):
    """Each check alone at the end of its range; the verdict and causes stay."""
    n = 60
    scores = [[0.8, 0.15, 0.05], [0.2, 0.7, 0.1], [0.5, 0.3, 0.2]] * (n // 3)
    evidence = evidence_of(
        ["a", "b", "c"] * (n // 3), proba=scores, class_names=list("abc")
    )
    plain = diagnose(evidence)
    for check in CHECKS:
        told = tuple(
            (check.code, name, _end(allowed(check, name), end))
            for name in thresholds_of(check)
        )
        found = diagnose(evidence, configuration=Configuration(thresholds=told))
        str(found), [str(finding) for finding in found.findings]
        assert (found.verdict, found.kind) == (plain.verdict, plain.kind)
        assert [c.key for c in found.causes] == [c.key for c in plain.causes]


def _end(words, end):
    if "whole" in words:
        return 1 if end == "least" else 1_000_000
    if "fraction" in words:
        return 0.0 if end == "least" else 1.0
    return (1e-9 if "above" in words else 0.0) if end == "least" else 1e6


@pytest.mark.parametrize(
    "told",
    [
        Configuration(),
        Configuration("never"),
        Configuration(ignore=(("HR204", 'quotes " \\ # = [x]\nline\x7f \x01 é 😀'),)),
        Configuration(
            "warning",
            (("HR102", "Known."), ("HR204", "A catch-all.")),
            (
                ("HR204", "floor", 0.6),
                ("HR204", "minimum", 20),
                ("HR302", "tolerance", 1e-07),
            ),
        ),
    ],
    ids=["empty", "never", "odd text", "all"],
)
def test_a_configuration_that_is_written_is_read_as_it_was(told, tmp_path):
    path = tmp_path / "hirise.toml"
    path.write_text(as_toml(told), encoding="utf-8")
    assert replace(read_configuration(path), file="") == told
