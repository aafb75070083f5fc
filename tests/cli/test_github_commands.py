"""`hirise check --format github`: workflow commands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from named_predictions import write_names

from hirise.cli.render.github import command

EXAMPLES = Path(__file__).resolve().parents[2] / "artifacts" / "examples"
COMMAND = re.compile(r"::(error|warning|notice) title=([^:,\r\n]*)::([^\r\n]*)")


def read_commands(text):
    """As the runner reads them: level, title and message, with escapes undone."""
    parts = [COMMAND.fullmatch(line).groups() for line in text.splitlines()]
    return [(level, unquote(title), unquote(told)) for level, title, told in parts]


def test_github_tells_the_verdict_then_each_finding(check, missed):
    status, out, _ = check(missed, "--format", "github")
    document = json.loads(check(missed, "--json")[1])
    (level, title, told), *rest = read_commands(out)
    assert (status, level) == (0, "warning")
    assert title == f"Weak ({missed})"
    assert told.splitlines()[0] == document["sentence"]
    levels = {"error": "error", "warning": "warning", "note": "notice"}
    assert [one[:2] for one in rest] == [
        (levels[one["severity"]], f"{one['code']} {one['title']}")
        for one in document["findings"]
    ]
    for (_, _, message), finding in zip(rest, document["findings"], strict=True):
        lines = message.splitlines()
        assert lines[:2] == [finding["evidence"], finding["advice"]]
        remedies = ", ".join(finding["remedies"])
        assert lines[2:] == ([f"Remedies: {remedies}"] if remedies else [])


def test_github_escapes_as_documented():
    assert command("error", "a: b, 5%", ["100%", "a:b,c"]) == (
        "::error title=a%3A b%2C 5%25::100%25%0Aa:b,c"
    )
    assert command("notice", "t", ["a\r\nb"]) == r"::notice title=t::a\r\nb"


def test_github_commands_cannot_be_forged(check, hostile):
    status, out, _ = check(hostile, "--format", "github")
    commands = read_commands(out)
    assert status == 1
    assert commands[0][0] == "error"
    assert not set(out) & {"\x1b", "\r", "\x00"}
    (never,) = [told for _, title, told in commands if title.startswith("HR202")]
    assert r"'line\nbreak ::error::forged'" in never


@pytest.mark.parametrize(
    ("y_true", "y_pred", "level"),
    [
        pytest.param(["a", "b"] * 50, ["a", "b"] * 50, "notice", id="healthy"),
        pytest.param(["a"] * 9, ["a"] * 9, "notice", id="cannot tell"),
        pytest.param(["a", "b"] * 50, ["a"] * 100, "error", id="collapsed"),
        pytest.param(["a", "b"] * 50, ["b", "a"] * 50, "error", id="permuted"),
    ],
)
def test_github_level_of_the_verdict(check, tmp_path, y_true, y_pred, level):
    path = write_names(tmp_path / "p.parquet", y_true, y_pred)
    assert read_commands(check(path, "--format", "github")[1])[0][0] == level


def test_github_warns_of_a_verdict_that_cannot_be_trusted(check):
    (folder,) = EXAMPLES.glob("*-small-cnn-on-simulated-mars")
    level, title, told = read_commands(check(folder, "--format", "github")[1])[0]
    assert title.startswith("No collapse found (")
    assert "but the evaluation cannot be trusted" in told
    assert level == "warning"  # as HR102 is, of which the sentence speaks
