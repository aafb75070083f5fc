"""`hirise check --format markdown`: a summary for a pull request."""

from __future__ import annotations

import json
import re

import pytest
from markdown_it import MarkdownIt
from named_predictions import HOSTILE, write_names

from hirise.cli.render.markdown import escaped


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
    assert rows["Accuracy"][0] == "0.750"
    assert rows["Majority-class baseline"] == ["0.500", ""]
    # .5 · .75 + .3 · .15 + .2 · .1
    assert rows["Chance agreement"][0] == "0.440"
    assert rows["Balanced accuracy"][0] == "0.667"  # (1 + .5 + .5) / 3
    assert rows["Cohen's kappa"][0] == "0.554"  # (.75 - .44) / (1 - .44)
    bounds = document["metrics"]["accuracy"]
    assert rows["Accuracy"][1] == f"{bounds['low']:.3f} to {bounds['high']:.3f}"
    assert rows["a"][:3] == ["100", "150", "1.000"]
    assert rows["b"][:3] == ["60", "30", "0.500"]
    assert rows["b"][4:] == ["1.000", "0.667"]  # precision 30 of 30, F1 2 / 3


def test_markdown_tells_findings_causes_and_remedies(check, tmp_path):
    path = write_names(tmp_path / "p.parquet", ["a", "b"] * 50, ["b", "a"] * 50)
    out = check(path, "--format", "markdown")[1]
    document = json.loads(check(path, "--json")[1])
    finding, cause = document["findings"][0], document["causes"][0]
    assert f"- **ERROR** {finding['code']} {finding['title']}: " in out
    assert finding["evidence"] in out
    standing = "Very likely (99%)."  # never rounded to 100%
    first = f"1. **{cause['title']}** ({cause['key']}) {standing} {cause['evidence']}"
    assert first in out
    assert f" Remedies: {', '.join(cause['remedies'])}." in out
    assert f"Passed: {', '.join(document['passed'])}" in out
    for skipped in document["not_applicable"]:
        assert f"- {skipped['code']}: {escaped(skipped['reason'])}" in out


def test_class_names_take_no_effect_as_markdown(check, hostile):
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
    path = write_names(tmp_path / "many.parquet", y_true, y_pred)
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
    assert out.startswith("**Cannot tell: training curves alone (2 epochs)")
    assert "|" not in out
