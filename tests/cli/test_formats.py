"""`hirise check --format`: what build servers and pull requests are given."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from markdown_it import MarkdownIt

from hirise.cli.report_github import command
from hirise.cli.report_markdown import escaped
from hirise.diagnosis.checks import CHECKS

EXAMPLES = Path(__file__).resolve().parents[2] / "artifacts" / "examples"
HOSTILE = [
    "<script>alert(1)</script>",
    "a|b",
    "line\nbreak ::error::forged",
    "`tick` @mention #12",
    "100%, [link](https://example.com) :smile: **b** www.example.com",
    "\x1b[2J\x00 \ufffe]]>&lt;",
]
"""In this order by their ids; each has 20 images, and all are called the first."""


def write(path, y_true, y_pred):
    """As Parquet, which keeps every character of a name."""
    frame = pd.DataFrame({"y_true": y_true, "y_pred": y_pred})
    frame.to_parquet(path)
    return path


@pytest.fixture
def hostile(tmp_path):
    return write(tmp_path / "p.parquet", HOSTILE * 20, HOSTILE[:1] * 120)


@pytest.fixture
def missed(tmp_path):
    """100 of a, all right; 60 of b and 40 of c, of which half are called a: weak."""
    y_true = ["a"] * 100 + ["b"] * 60 + ["c"] * 40
    y_pred = ["a"] * 100 + ["a", "b"] * 30 + ["a", "c"] * 20
    return write(tmp_path / "weak.parquet", y_true, y_pred)


# JUnit XML


def cases_of(text):
    root = ET.fromstring(text)
    (suite,) = root.iter("testsuite")
    return suite, {case.get("name").split()[0]: case for case in suite.iter("testcase")}


def answer(case):
    tags = [one.tag for one in case]
    assert len(tags) <= 1, tags
    return tags[0] if tags else "passed"


def test_junit_has_one_case_per_check_and_counts_that_add_up(check, missed):
    status, out, err = check(missed, "--format", "junit")
    suite, cases = cases_of(out)
    assert (status, err) == (0, "")
    assert list(cases) == [one.code for one in CHECKS]
    counted = Counter(map(answer, cases.values()))
    document = json.loads(check(missed, "--json")[1])
    found = {one["code"] for one in document["findings"]}
    assert counted["passed"] == len(document["passed"])
    assert counted["skipped"] == len(document["not_applicable"])
    assert counted["system-out"] == len(found)
    for element in (suite, ET.fromstring(out)):
        assert element.get("tests") == str(len(CHECKS))
        assert element.get("failures") == element.get("errors") == "0"
        assert element.get("skipped") == str(counted["skipped"])


def test_junit_fails_what_fail_on_names_and_tells_the_rest(check, missed):
    said = "50.0 % of 60 images of 'b'"
    told = cases_of(check(missed, "--format", "junit")[1])[1]["HR204"]
    assert answer(told) == "system-out"
    assert said in told.findtext("system-out")
    status, out, _ = check(missed, "--format", "junit", "--fail-on", "warning")
    suite, cases = cases_of(out)
    failure = cases["HR204"].find("failure")
    n_failed = sum(case.find("failure") is not None for case in cases.values())
    assert (status, suite.get("failures")) == (1, str(n_failed))
    assert failure.get("type") == "warning"
    assert failure.get("message").endswith("(and 1 more)")
    for name, n in (("b", 60), ("c", 40)):
        assert f"50.0 % of {n} images of '{name}'" in failure.text


def test_junit_tells_the_verdict_and_why_a_check_was_skipped(check, missed):
    out = check(missed, "--format", "junit")[1]
    suite, cases = cases_of(out)
    document = json.loads(check(missed, "--json")[1])
    told = {one.get("name"): one.get("value") for one in suite.iter("property")}
    assert told["verdict"] == "weak"
    assert told["sentence"] == document["sentence"]
    assert suite.findtext("system-out") == check(missed)[1].rstrip("\n")
    for skipped in document["not_applicable"]:
        element = cases[skipped["code"]].find("skipped")
        assert element.get("message") == element.text == skipped["reason"]


def test_junit_cases_of_two_files_have_other_names(check, missed, hostile):
    names = [
        {case.get("classname") for case in cases_of(out)[1].values()}
        for out in (check(path, "--format", "junit")[1] for path in (missed, hostile))
    ]
    assert len(names[0] | names[1]) == 2
    assert all(name.endswith("weak_parquet") for name in names[0])


def test_junit_is_sound_whatever_classes_are_called(check, hostile):
    status, out, _ = check(hostile, "--format", "junit")
    assert status == 1
    assert out.isascii()
    suite, cases = cases_of(out)
    told = {one.get("name"): one.get("value") for one in suite.iter("property")}
    first = "Collapsed: all 120 images are called '<script>alert(1)</script>'."
    assert told["sentence"].startswith(first)
    assert cases["HR201"].find("failure").get("type") == "error"
    assert r"\x1b[2J\x00 \ufffe]]>&lt;" in cases["HR202"].find("failure").text


def test_junit_of_a_history(check, tmp_path):
    path = tmp_path / "h.csv"
    path.write_text("epoch,loss,accuracy\n0,.5,.8\n1,.4,.9\n")
    status, out, _ = check(path, "--format", "junit")
    suite, cases = cases_of(out)
    assert (status, suite.get("failures")) == (0, "0")
    assert answer(cases["HR201"]) == "skipped"
    assert "training curves" in suite.findtext("system-out").splitlines()[0]


# Workflow commands of GitHub


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
    path = write(tmp_path / "p.parquet", y_true, y_pred)
    assert read_commands(check(path, "--format", "github")[1])[0][0] == level


def test_github_warns_of_a_verdict_that_cannot_be_trusted(check):
    (folder,) = EXAMPLES.glob("*-small-cnn-on-simulated-mars")
    level, title, told = read_commands(check(folder, "--format", "github")[1])[0]
    assert title.startswith("No collapse found (")
    assert "but the evaluation cannot be trusted" in told
    assert level == "warning"  # as HR102 is, of which the sentence speaks


# Markdown


def rendered(text):
    """As GitHub does it, as far as CommonMark and tables go."""
    return MarkdownIt("commonmark").enable("table").render(text)


def seen(page):
    """A page less the invisible characters that keep a mention from being one."""
    return page.replace("\u2060", "")


def rows_of(page):
    """Cells of each row of each table, as text."""
    rows = re.findall(r"<tr>(.*?)</tr>", page, flags=re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def test_markdown_says_the_sentence_first_and_the_same_numbers(check, missed):
    status, out, _ = check(missed, "--format", "markdown")
    document = json.loads(check(missed, "--json")[1])
    assert status == 0
    assert out.splitlines()[0] == f"**{document['sentence']}**"
    rows = {row[0]: row[1:] for row in rows_of(rendered(out))}
    # 150 of 200 right; a is half of the truth and 150 of the calls, b 30, c 20
    assert rows["accuracy"][0] == "0.750"
    assert rows["majority share (baseline)"] == ["0.500", ""]
    # .5 · .75 + .3 · .15 + .2 · .1
    assert rows["chance agreement (baseline)"][0] == "0.440"
    assert rows["balanced accuracy"][0] == "0.667"  # (1 + .5 + .5) / 3
    assert rows["Cohen's kappa"][0] == "0.554"  # (.75 - .44) / (1 - .44)
    bounds = document["metrics"]["accuracy"]
    assert rows["accuracy"][1] == f"{bounds['low']:.3f} to {bounds['high']:.3f}"
    assert rows["a"][:3] == ["100", "150", "1.000"]
    assert rows["b"][:3] == ["60", "30", "0.500"]
    assert rows["b"][4:] == ["1.000", "0.667"]  # precision 30 of 30, F1 2 / 3


def test_markdown_tells_findings_causes_and_remedies(check, tmp_path):
    path = write(tmp_path / "p.parquet", ["a", "b"] * 50, ["b", "a"] * 50)
    out = check(path, "--format", "markdown")[1]
    document = json.loads(check(path, "--json")[1])
    finding, cause = document["findings"][0], document["causes"][0]
    assert f"- **ERROR** {finding['code']} {finding['title']}: " in out
    assert finding["evidence"] in out
    assert f"1. **{cause['title']}** ({cause['key']}) {cause['evidence']}" in out
    assert f" Remedies: {', '.join(cause['remedies'])}." in out
    assert f"Passed: {', '.join(document['passed'])}" in out
    for skipped in document["not_applicable"]:
        assert f"- {skipped['code']}: {skipped['reason']}" in out


def test_markdown_takes_no_effect_whatever_classes_are_called(check, hostile):
    status, out, _ = check(hostile, "--format", "markdown")
    page = rendered(out)
    assert status == 1
    tags = set(re.findall(r"</?([a-z0-9]+)", page))
    known = {"strong", "p", "table", "thead", "tbody", "tr", "th", "td", "h3", "ul"}
    assert tags <= known | {"ol", "li", "details", "summary"}
    assert "<script" not in out
    assert not re.search(r"@\w|#\d|https?://|www\.|:smile:", page)
    rows = {row[0]: row[1:] for row in rows_of(seen(page))}
    names = [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "a|b",
        r"line\nbreak ::error::forged",
    ]
    for name in names:
        assert rows[name][0] == "20", name  # images, so the columns are in place
    assert all(len(row) in (3, 7) for row in rows_of(page))


@pytest.mark.parametrize("text", HOSTILE)
def test_escaped_text_shows_as_it_was(text):
    page = rendered(f"**{escaped(text)}**")
    shown = re.sub(r"</?(p|strong)>", "", seen(page)).strip()
    undone = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    undone = undone.replace("&amp;", "&")
    for character, written in (("\n", r"\n"), ("\x1b", r"\x1b"), ("\x00", r"\x00")):
        text = text.replace(character, written)
    assert undone == text


def test_markdown_shows_the_worst_of_many_classes(check, tmp_path):
    y_true = [f"c{i:03}" for i in range(120) for _ in range(10)]
    y_pred = list(y_true)
    y_pred[-10:-5] = ["c000"] * 5  # half of the last class
    path = write(tmp_path / "many.parquet", y_true, y_pred)
    page = rendered(check(path, "--format", "markdown")[1])
    assert "The 100 of 120 classes with the lowest recall" in page
    rows = [row for row in rows_of(page) if re.fullmatch(r"c\d{3}", row[0])]
    assert len(rows) == 100
    assert rows[0][:4] == ["c119", "10", "5", "0.500"]


def test_markdown_of_a_history_has_no_tables(check, tmp_path):
    path = tmp_path / "h.csv"
    path.write_text("epoch,loss,accuracy\n0,.5,.8\n1,.4,.9\n")
    status, out, _ = check(path, "--format", "markdown")
    assert status == 0
    assert out.startswith("**Cannot tell: 2 epochs of training curves")
    assert "|" not in out


# All of them


@pytest.mark.parametrize("form", ["text", "junit", "markdown", "github"])
def test_status_follows_the_findings_in_every_format(check, missed, hostile, form):
    ends = [
        check(missed, "--format", form)[0],
        check(missed, "--format", form, "--fail-on", "warning")[0],
        check(hostile, "--format", form)[0],
        check(hostile, "--format", form, "--fail-on", "never")[0],
        check("nowhere.csv", "--format", form)[0],
    ]
    assert ends == [0, 1, 1, 0, 2]


def test_json_asked_for_beside_another_format_is_refused(check, missed):
    status, out, err = check(missed, "--json", "--format", "junit")
    assert (status, out) == (2, "")
    assert "--json is --format json, but --format junit was given" in err
    both = check(missed, "--json", "--format", "json")
    assert both == check(missed, "--format", "json")
