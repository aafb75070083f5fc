"""Pages of 120 classes: what is shown is the worst, and any class can be found."""

import json

import pytest


def charts_of(app):
    return {
        chart.proto.id.split("-")[-1]: json.loads(chart.proto.spec)
        for chart in app.get("plotly_chart")
    }


@pytest.fixture
def opened(example, open_page):
    return open_page(example("many_classes"), "confusion_matrix")


def test_the_worst_pairs_are_ranked_and_the_worst_is_chosen(opened):
    worst = opened.dataframe[0].value
    assert list(worst.columns) == ["true", "predicted", "n", "frequency"]
    assert worst["n"].is_monotonic_decreasing
    first = worst.iloc[0]
    assert opened.selectbox(key="true").value == first["true"]
    assert opened.selectbox(key="predicted").value == first["predicted"]
    assert opened.metric[0].value == f"{first['n']:,}"
    title = f"{first['true']} predicted as {first['predicted']}: "
    assert any(s.value.startswith(title) for s in opened.subheader)


def test_any_pair_can_be_chosen_and_has_its_numbers(opened):
    worst = opened.dataframe[0].value.iloc[3]
    opened.selectbox(key="true").select(worst["true"])
    opened.selectbox(key="predicted").select(worst["predicted"]).run()
    assert not opened.exception
    shown = {metric.label: metric.value for metric in opened.metric}
    assert shown["Images"] == f"{worst['n']:,}"
    assert shown["Of the true class"] == f"{worst['frequency']:.1%}"
    assert opened.dataframe[-1].value["true"].tolist() == [worst["true"]] * worst["n"]


def test_any_class_needs_no_pair(opened):
    opened.selectbox(key="predicted").select("").run()
    assert not opened.exception
    assert not opened.metric


def test_few_marks_are_drawn(opened):
    figures = [json.loads(c.proto.spec) for c in opened.get("plotly_chart")]
    assert len(figures) == 2
    marks = sum(
        len(trace.get("customdata", ())) for f in figures for trace in f["data"]
    )
    assert marks <= 2500
    assert sum(len(c.proto.spec) for c in opened.get("plotly_chart")) < 1_000_000


def test_of_many_classes_two_probabilities_are_listed(opened):
    images = opened.dataframe[-1].value
    assert list(images.columns) == [
        *("image", "true", "predicted", "probability"),
        "probability of the true class",
    ]
