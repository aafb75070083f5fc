"""Two runs side by side on the page Runs."""

import numpy as np
import pytest

from hirise.runs import list_runs
from hirise.runs.images import RunImages


@pytest.fixture
def pair(artifacts, make_run):
    """A collapsed baseline and the run that cured it, of the same images."""
    return make_run("collapsed", artifacts), make_run("healthy", artifacts)


def body(app):
    boxes = [*app.success, *app.info, *app.warning, *app.error]
    return [box.value for box in boxes]


def test_without_a_baseline_nothing_is_compared(artifacts, pair, open_page):
    app = open_page(artifacts, "runs", run=pair[1])
    assert app.selectbox(key="baseline").value is None
    assert "Comparison with a baseline" in [one.value for one in app.header]
    assert not body(app)
    assert not app.metric
    # The goal of the blog post, until another is given.
    assert app.number_input(key="goal").value == 0.81


def test_the_url_restores_the_comparison(artifacts, pair, open_page):
    app = open_page(artifacts, "runs", run=pair[1], split="test", baseline=pair[0])
    assert not app.exception
    (told,) = body(app)
    assert told.startswith("### :material/check_circle: Cured")
    assert "On 400 test images" in told
    fixed, broken, test, took = app.metric
    assert (took.value, took.delta) == ("36 s", "baseline 36 s")
    assert test.value == "p < 0.001"
    tables = [one.value for one in app.dataframe if "true" in one.value]
    assert [len(one) for one in tables] == [int(fixed.value), int(broken.value)]
    assert (tables[0]["true"] == tables[0]["after"]).all()
    assert (tables[1]["true"] == tables[1]["before"]).all()
    # Why there are no images is said once for both tables.
    captions = [one.value for one in app.caption]
    assert len([text for text in captions if "hide_image" in text]) == 1


def test_a_baseline_is_chosen_swapped_and_dropped_once_it_is_the_run(
    artifacts, pair, open_page
):
    app = open_page(artifacts, "runs", run=pair[1])
    app.selectbox(key="baseline").select(pair[0]).run()
    assert "Cured" in body(app)[0]
    (swap,) = (one for one in app.button if one.label == "Swap")
    swap.click().run()
    assert app.selectbox(key="run").value == pair[0]
    assert app.selectbox(key="baseline").value == pair[1]
    assert body(app)[0].startswith("### :material/trending_down: Worse")
    app.selectbox(key="run").select(pair[1]).run()
    assert not app.exception
    assert app.selectbox(key="baseline").value is None


@pytest.mark.parametrize("unknown", ["gone", "itself"])
def test_a_baseline_that_cannot_be_is_dropped(artifacts, pair, open_page, unknown):
    baseline = pair[1] if unknown == "itself" else "20200101-000000-gone"
    app = open_page(artifacts, "runs", run=pair[1], baseline=baseline)
    assert not app.exception
    assert app.selectbox(key="baseline").value is None


def test_runs_that_cannot_be_compared_say_why(artifacts, pair, make_run, open_page):
    other = make_run("two_classes", artifacts)
    app = open_page(artifacts, "runs", run=pair[1], baseline=other)
    assert not app.exception
    (told,) = app.warning
    assert "their classes differ" in told.value


def test_odd_names_are_shown_as_they_are(artifacts, make_run, open_page):
    first, second = (make_run("odd_names", artifacts) for _ in range(2))
    app = open_page(artifacts, "runs", run=second, baseline=first)
    assert not app.exception
    (told,) = body(app)
    assert told.startswith("### :material/drag_handle: No difference")
    assert "Macro\\-F1 is" in told


def test_a_run_without_predictions_is_not_offered(artifacts, make_run, open_page):
    make_run("before_first_epoch", artifacts)
    good = make_run("healthy", artifacts)
    app = open_page(artifacts, "runs", run=good)
    assert "Comparison with a baseline" not in [one.value for one in app.header]


def test_every_run_stands_in_the_charts_of_scores_with_the_goal_of_the_url(
    artifacts, pair, make_run, open_page
):
    make_run("before_first_epoch", artifacts)  # has no score
    app = open_page(artifacts, "runs", run=pair[1], goal="0.9")
    assert not app.exception
    assert app.number_input(key="goal").value == 0.9
    charts = [chart.proto for chart in app.get("plotly_chart")]
    assert [chart.alt.partition(" of ")[0] for chart in charts] == [
        "Accuracy",
        "Macro-F1",
    ]
    assert all("goal 90.0" in chart.spec for chart in charts)
    tables = [one.value for one in app.dataframe if "validation" in one.value]
    # The oldest first; which it is depends on which of them was made before.
    made = {run.info.id: run.info.created for run in list_runs(artifacts).runs}
    oldest_first = sorted(pair, key=lambda run: made[run])
    assert [list(one["id"]) for one in tables] == [oldest_first] * 2
    titles = {"blog-final", "small-cnn"}
    assert all(set(one["title"]) == titles for one in tables)
    accuracy = tables[0].set_index("id")
    assert accuracy.loc[pair[0], "validation"] == 0.7975  # 319 of 400 are "other"
    assert (accuracy["majority-class baseline"] == 0.7975).all()


def test_images_fixed_are_shown_where_they_are_available(
    artifacts, pair, open_page, monkeypatch
):
    def found(_run, names):
        pixels = {name: np.zeros((4, 4), dtype=np.uint8) for name in names}
        return RunImages(pixels=pixels, simulated=True)

    monkeypatch.setattr("dashboard.state.loaders.load_images", found)
    app = open_page(artifacts, "runs", run=pair[1], baseline=pair[0])
    assert not app.exception
    table = next(one.value for one in app.dataframe if "true" in one.value)
    shown = [one.proto.imgs[0] for one in app.get("image")]
    assert len(shown) == 6 + 5  # of 79 fixed and 5 broken
    classes = shown[0].caption.split("  ")[0].replace("\\", "")
    true, before, after = classes.split(" → ")
    assert before == "other"
    assert true == after
    assert {true} <= set(table["true"])


def test_a_command_that_brings_images_has_no_backticks(
    artifacts, pair, open_page, monkeypatch
):
    def absent(_run, _names):
        return RunImages({}, reason="They are not here. `hirise data download` helps.")

    monkeypatch.setattr("dashboard.state.loaders.load_images", absent)
    app = open_page(artifacts, "runs", run=pair[1], baseline=pair[0])
    (told,) = {one.value for one in app.caption if "hide_image" in one.value}
    assert "hirise data download" in told
    assert "`" not in told
