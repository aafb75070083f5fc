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


@pytest.fixture
def classes(example, open_page):
    return open_page(example("many_classes"), "classes")


def drawn_classes(app, at=0):
    figure = json.loads(app.get("plotly_chart")[at].proto.spec)
    return figure["layout"]["yaxis"]["ticktext"]


def test_the_thirty_worst_classes_are_drawn_and_all_are_listed(classes):
    listed = classes.dataframe[0].value
    assert len(listed) == 120
    assert drawn_classes(classes) == list(listed.index[:30])
    recall = listed["recall"].dropna()
    assert recall.is_monotonic_increasing
    assert "Classes 1–30 of 120, worst recall first" in [
        caption.value for caption in classes.caption
    ]


def test_a_search_finds_classes_by_a_part_of_their_names(classes):
    classes.text_input(key="classes-search").set_value("ES 11").run()
    assert not classes.exception
    assert sorted(drawn_classes(classes)) == [f"species 11{i}" for i in range(10)]
    assert len(classes.dataframe[0].value) == 10


def test_a_search_without_a_result_says_so(classes):
    classes.text_input(key="classes-search").set_value("no such").run()
    assert not classes.exception
    assert "No class has this in its name." in [c.value for c in classes.caption]


def test_pages_follow_each_other(example, open_page):
    app = open_page(example("many_classes"), "classes", **{"classes-page": "4"})
    listed = app.dataframe[0].value
    assert drawn_classes(app) == list(listed.index[90:])


def test_curves_are_those_of_the_drawn_classes_and_the_chosen_one(classes):
    figure = json.loads(classes.get("plotly_chart")[1].proto.spec)
    named = {
        trace["customdata"][0][0] for trace in figure["data"] if "customdata" in trace
    }
    chosen = classes.selectbox(key="threshold-class").value
    assert chosen in named
    assert named <= {*drawn_classes(classes), chosen}


def test_the_rarest_classes_are_counted_first(example, open_page):
    app = open_page(example("many_classes"), "data")
    totals = app.dataframe[0].value.sum(axis=1)
    assert totals.is_monotonic_increasing
    assert drawn_classes(app) == list(totals.index[:30])
    app.text_input(key="class-counts-search").set_value("119").run()
    assert drawn_classes(app) == ["species 119"]


def test_few_classes_have_no_search(example, read_page):
    for page in ("classes", "data"):
        app = read_page(example("forty_classes"), page)
        assert len(drawn_classes(app)) == 40
        assert not app.text_input
