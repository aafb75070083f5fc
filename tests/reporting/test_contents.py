"""What a report holds: the numbers of `hirise check --json`, whole or what there is."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest

from hirise.__main__ import run as command
from hirise.metrics.titles import METRICS
from hirise.metrics.titles import METRICS as TITLES
from hirise.reporting import report_html

EXAMPLES = Path(__file__).parents[1] / "dashboard" / "example_runs.py"
SHIPPED = (
    "blog-final-on-real-mars",
    "blog-final-on-simulated-mars",
    "small-cnn-on-simulated-mars",
)
SECTIONS = (
    *("verdict", "overview", "causes", "findings", "curves", "confusion", "classes"),
    *("labels", "confidence", "spread", "images", "provenance"),
)


def number(value):
    return "–" if value is None else f"{value:.3f}"


def interval(bounds):
    if bounds["low"] is None:
        return "–"
    dash = " to " if bounds["low"] < 0 else "–"
    return f"{bounds['low']:.3f}{dash}{bounds['high']:.3f}"


@pytest.fixture(scope="module")
def both(shipped, read_page):
    """`both(title, capsys)`: the report of a shipped run, and what check prints."""
    pages = {}

    def make(title, capsys):
        if title not in pages:
            html = report_html(shipped[title])
            command(["check", str(shipped[title]), "--json"])
            pages[title] = read_page(html), json.loads(capsys.readouterr().out)
        return pages[title]

    return make


@pytest.mark.parametrize("title", SHIPPED)
def test_numbers_are_those_of_check(both, title, capsys):
    page, document = both(title, capsys)
    assert document["split"] == "val"
    metrics = {row[0]: row[1:3] for row in page.table("All metrics")[1:]}
    # Two are told of many classes, or of classes in an order, alone.
    for key in set(METRICS) & set(document["metrics"]):
        bounds = document["metrics"][key]
        assert metrics[TITLES[key].title] == [number(bounds["value"]), interval(bounds)]
    classes = {row[0]: row[1:] for row in page.table("Classes")[1:]}
    for one in document["per_class"]:
        expected = [f"{one['support']:,}", f"{one['predicted']:,}"]
        for rate in ("recall", "precision", "f1"):
            expected += [number(one[rate]["value"]), interval(one[rate])]
        assert classes[one["class_name"]] == expected
    counts = [row[1:] for row in page.table("Images: true class by row")[1:]]
    assert counts == [
        [f"{n:,}" for n in row] for row in document["confusion"]["counts"]
    ]


@pytest.mark.parametrize("title", SHIPPED)
def test_words_are_those_of_check_in_order(both, title, capsys):
    page, document = both(title, capsys)
    ids = [attributes.get("id") for _, attributes in page.elements]
    places = [ids.index(name) for name in SECTIONS]
    assert places == sorted(places)
    headline, _, rest = document["sentence"].partition(": ")
    said = rest[:1].upper() + rest[1:] if document["verdict"] == "collapsed" else rest
    assert f"{headline[:9]}" in page.text
    assert page.text.index(said) < page.text.index("Labels by class")
    for witness in document["witnesses"]:
        assert witness["text"] in page.text
    place = 0
    for finding in document["findings"]:
        text = " ".join(finding["evidence"].split())
        assert text in page.text
        place = max(place, page.text.index(text))
        assert " ".join(finding["advice"].split()) in page.text
    for cause in document["causes"]:
        assert " ".join(cause["evidence"].split()) in page.text
        assert cause["experiment"] in page.text
        for remedy in cause["remedies"]:
            assert remedy in page.text
    for one in document["not_applicable"]:
        assert one["reason"] in page.text


@pytest.mark.parametrize("title", SHIPPED)
def test_one_file_of_moderate_size_without_requests(both, title, capsys):
    page, _ = both(title, capsys)
    assert len(page.html.encode()) < 6_000_000
    assert page.html.startswith("<!doctype html>")
    assert page.html.count("window.Plotly = Plotly") == 1
    sources = [one["src"] for one in page.named("img")]
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert all(one["href"].startswith("#") for one in page.named("a"))
    assert [one["href"] for one in page.named("link")] == ["data:,"]
    assert not any("src" in one for one in page.named("script"))
    (policy,) = [
        one["content"]
        for one in page.named("meta")
        if one.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none';")
    assert "img-src data:" in policy
    assert "http" not in policy
    assert "unsafe-eval" not in policy
    plots = [one["data-figure"] for one in page.named("div") if "data-figure" in one]
    assert plots == list(page.figures)
    assert len(plots) == 13
    assert all(figure["data"] for figure in page.figures.values())


def test_a_collapsed_run_says_that_confidence_misleads(both, capsys):
    page, _ = both("blog-final-on-real-mars", capsys)
    assert (
        "These charts would mislead: the verdict is “collapsed”: confidence that "
        "repeats the class frequencies can be calibrated" in page.text
    )
    sound, _ = both("small-cnn-on-simulated-mars", capsys)
    assert "would mislead" not in sound.text


def test_provenance_names_run_recipe_data_and_versions(both, capsys):
    page, _ = both("small-cnn-on-simulated-mars", capsys)
    for told in (
        "Run 20261124-040305-small-cnn-on-simulated-mars",
        "Made 24 Nov 2026, 04:03 UTC",
        "Evaluated split val",
        "Layout simulated Images 9,360 Split by published",
        "learning_rate 0.002",
        "filters 16, 32, 64, 128, 256",
        "keras 3.15.1",
        "Report by hirise 0.1.0",
        "Simulated Mars (seed 0), no photographs.",
    ):
        assert told in page.text, told


def test_another_split_is_reported_on_request(shipped, read_page):
    page = read_page(report_html(shipped["blog-final-on-real-mars"], split="test"))
    assert "Evaluated split test" in page.text
    assert "test images are predicted as" in page.text


@pytest.mark.parametrize(
    ("kind", "told", "charts"),
    [
        ("before_first_epoch", "was still training when this report was made", 0),
        ("training", "This run has no predictions yet", 6),
        ("failed", "The training ended early: loss became NaN in epoch 2", 6),
        ("interrupted", "The training was interrupted", 6),
        ("without_truth", "These predictions have no true labels", 3),
        ("without_proba", "Only the predicted labels of this run are known", 5),
    ],
)
def test_what_there_is_makes_a_report(page_of, kind, told, charts):
    page = page_of(kind)
    assert told in page.text
    assert len(page.figures) == charts


def test_many_classes_stay_readable(page_of):
    page = page_of("forty_classes")
    assert len(page.table("Classes")) == 41
    assert len(page.table("The most frequent confusions")) == 51
    assert "figure-confusion" in page.figures
    shares = page.table("Class frequency by epoch, without 28 rarer classes")
    assert len(shares[0]) == 13


def test_a_matrix_of_very_many_classes_is_a_list(tmp_path, read_page):
    make = runpy.run_path(str(EXAMPLES))["finished"]
    names = [f"kind {i:02d}" for i in range(70)]
    run = make(tmp_path, "many", right=0.8, names=names)
    page = read_page(report_html(run, artifacts=tmp_path))
    assert "A matrix of 70 classes is too large to be read." in page.text
    blocks, marks = page.figures["figure-confusion"]["data"]
    assert (blocks["type"], marks["type"]) == ("heatmap", "scatter")
    assert len(marks["customdata"]) <= 20**2
    assert len(page.table("The most frequent confusions")) == 51
    assert "Of 70 classes, the 40 worst are drawn." in page.text
    assert len(page.table("Classes, worst recall first")) == 71


def test_experiments_stand_in_their_order_and_the_deciding_one_is_open(shipped):
    html = report_html(shipped["blog-final-on-real-mars"])
    section = html[html.index('id="experiments"') :]
    section = section[: section.index("</section>")]
    kept = json.loads(
        (shipped["blog-final-on-real-mars"] / "experiments/lower-rate.json").read_text(
            "utf-8"
        )
    )
    (opened,) = re.findall(r"<details open><summary>(.*?)</summary>", section)
    assert opened == f"{kept['title']}: {kept['meaning']}"
    assert len(re.findall("<details", section)) == len(
        list((shipped["blog-final-on-real-mars"] / "experiments").glob("*.json"))
    )
    assert 'href="#experiments"' in html
    without = report_html(shipped["small-cnn-on-simulated-mars"])
    assert 'id="experiments"' not in without
