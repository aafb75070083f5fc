"""Names of people's own stay text: in HTML, in the JSON of charts, in hover texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from hirise.predictions import Predictions
from hirise.reporting import report_html
from hirise.runs import create_run

NAMES = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "<a href='javascript:alert(3)'>a</a> <b>bold</b> %{x} &lt; {{ 7 * 7 }}",
    '=cmd("calc") "quotes" \u2028 \' & <!-- co',
)
TITLE = "</title><script>alert(4)</script>"
IMAGE = 'images/<svg onload=alert(5)>"{:02d}.jpg'
NOTE = "first line\n</style><script>alert(6)</script>"
TEMPLATE_MARKUP = re.compile(r"<br>|<extra></extra>")
SHOWN = ("name", "text", "ticktext", "hovertemplate", "title")


@pytest.fixture(scope="module")
def page(tmp_path_factory, read_page):
    artifacts = tmp_path_factory.mktemp("hostile")
    writer = create_run(
        artifacts,
        title=TITLE,
        class_names=NAMES,
        recipe={"name": "<i>r</i>", "backbone": "/home/someone/nets/net.keras"},
        dataset={"path": str(artifacts / "images"), "layout": "<u>l</u>"},
        notes=["read from /home/someone/my/table.csv and C:\\Users\\me\\x.csv"],
    )
    truth = np.repeat(np.arange(4), 20)
    called = truth.copy()
    called[::7] = (called[::7] + 1) % 4
    proba = np.full((80, 4), 0.1)
    proba[np.arange(80), called] = 0.7
    predictions = Predictions(
        y_pred=called,
        class_names=NAMES,
        y_true=truth,
        proba=proba,
        image=[IMAGE.format(i) for i in range(80)],
        split="val",
    )
    writer.write_predictions("val", predictions.write)
    for epoch in (1, 2):
        writer.append_epoch({"epoch": epoch, "loss": 1.0, "val_loss": 1.1})
        writer.append_predicted_counts(counts(epoch))
    writer.finish("finished", seconds=1.0, note=NOTE)
    return read_page(report_html(writer.id, artifacts=artifacts))


def counts(epoch):
    return pd.DataFrame(
        {"epoch": epoch, "split": "<s>val</s>", "class_name": NAMES, "n": [5, 4, 3, 2]}
    )


def strings(value, key="") -> Iterator[tuple[str, str]]:
    """Every text in a figure, with the key that it stands under."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for inner, one in value.items():
            yield from strings(one, inner)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one, key)


def test_no_name_becomes_markup(page):
    kinds = {tag for tag, _ in page.elements}
    assert not kinds & {"svg", "s", "i", "u", "iframe", "object", "form"}
    assert len(page.named("script")) == len(page.figures) + 2
    assert page.named("img") == []
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert "javascript:" not in (attributes.get("href") or "")


def test_names_are_read_as_they_are(page):
    names = [row[0] for row in page.table("Labels by class")[1:]]
    shown = [name.replace("\u2028", "\\u2028") for name in NAMES]
    assert names == shown
    assert page.text.startswith("No collapse found: </title><script>alert(4)</script>")
    assert "first line </style><script>alert(6)</script>" in page.text
    assert 'images/<svg onload=alert(5)>"07.jpg' in page.text
    assert "{{ 7 * 7 }}" in page.text


def test_what_plotly_reads_as_markup_is_escaped(page):
    seen = 0
    for figure in page.figures.values():
        for key, text in strings(figure):
            if key in SHOWN:
                seen += 1
                assert "<" not in TEMPLATE_MARKUP.sub("", text), (key, text)
        for trace in figure["data"]:
            used = re.findall(
                r"%\{customdata\[(\d)\]", str(trace.get("hovertemplate", ""))
            )
            rows = trace.get("customdata", [])
            for row in rows if isinstance(rows, list) else []:
                for place in map(int, used):
                    assert "<" not in str(row[place])
    assert seen > 100


def test_scripts_with_data_cannot_be_ended_by_it(page):
    for block in re.findall(
        r'<script type="application/json"[^>]*>(.*?)</script>', page.html, re.DOTALL
    ):
        assert not set("<>&") & set(block)


def test_no_folder_of_this_machine_is_in_a_report(page):
    for folder in ("/home/someone", "C:\\Users", "/tmp"):
        assert folder not in page.text
    assert "read from table.csv and x.csv" in page.text
    assert "backbone net.keras" in page.text
