"""Each page with each kind of run: it says what it should, and never breaks."""

import shutil
from typing import get_args

import pytest

from dashboard.app_pages.data.status import PARTS
from hirise.diagnosis.checks import CHECKS, codes_of
from hirise.diagnosis.finding import Page
from hirise.runs import list_runs

PAGES = (
    "overview",
    "learning_curves",
    "confusion_matrix",
    "classes",
    "predicted_labels",
    "confidence",
    "images",
    "data",
    "runs",
    "cure",
)
KINDS = (
    "collapsed",
    "healthy",
    "thresholded",
    "training",
    "before_first_epoch",
    "failed",
    "interrupted",
    "without_truth",
    "without_proba",
    "two_classes",
    "forty_classes",
    "many_classes",
    "odd_names",
)


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_breaks(example, read_page, kind):
    for page in PAGES:
        app = read_page(example(kind), page)
        assert not app.exception, (kind, page, [e.value for e in app.exception])
        assert app.title[0].value.lower() == page.replace("_", " ")


@pytest.mark.parametrize("page", PAGES)
def test_without_runs_each_page_says_how_to_make_one(tmp_path, open_page, page):
    app = open_page(tmp_path / "nowhere", page)
    assert not app.exception
    commands = [block.value for block in app.code]
    assert commands[0].startswith("hirise train --data FOLDER --recipe blog-final")
    assert all(str(tmp_path / "nowhere") in command for command in commands)


def test_a_collapsed_run_says_so_first(example, read_page):
    app = read_page(example("collapsed"))
    (verdict,) = app.error
    assert "Collapsed" in verdict.value
    assert "7 of 8 classes are never predicted" in verdict.value
    assert not app.success
    tabs = [tab.label for tab in app.tabs]
    assert tabs == ["Findings (8)", "Evidence", "All checks", "All metrics"]
    # One button leads to the cure, whatever was found.
    assert [button.label for button in app.button].count("Cure") <= 1


def test_a_healthy_run_reads_no_collapse_found(example, read_page):
    app = read_page(example("healthy"))
    (verdict,) = app.success
    assert "No collapse found" in verdict.value
    assert "ealthy" not in verdict.value


def test_a_training_run_shows_its_epoch_and_gives_no_verdict(example, read_page):
    app = read_page(example("training"))
    assert not app.error
    assert not app.success
    captions = [caption.value for caption in app.caption]
    assert "Epoch 3 of 3, batch 20 of 80, about 2 min left" in captions
    assert "The verdict comes after training" in [s.value for s in app.subheader]


def test_before_the_first_epoch_the_curves_are_announced(example, read_page):
    app = read_page(example("before_first_epoch"), "learning_curves")
    assert "The first epoch is still running" in [s.value for s in app.subheader]
    assert not app.get("plotly_chart")


def test_a_failed_run_gives_its_reason(example, read_page):
    app = read_page(example("failed"))
    assert any("loss became NaN in epoch 2" in text.value for text in app.markdown)


def test_learning_curves_draw_four_metrics_and_the_spread(example, read_page):
    app = read_page(example("collapsed"), "learning_curves")
    assert len(app.get("plotly_chart")) == 5
    best = app.dataframe[-1].value
    assert list(best["metric"]) == ["Loss", "Accuracy", "Macro-F1", "Balanced accuracy"]


def test_the_url_chooses_run_split_cell_and_order(example, read_page):
    query = {"split": "test", "true": "spider", "predicted": "other", "order": "recall"}
    app = read_page(example("collapsed"), "confusion_matrix", **query)
    assert app.selectbox(key="split").value == "test"
    assert app.selectbox(key="order").value == "recall"
    assert "spider predicted as other: 6 images" in [s.value for s in app.subheader]
    images = app.dataframe[-1].value
    assert len(images) == 6
    assert images.columns[0] == "image"


def test_the_first_cell_is_the_most_frequent_confusion(example, open_page):
    app = open_page(example("collapsed"), "confusion_matrix")
    assert app.selectbox(key="true").value == "crater"
    app.selectbox(key="true").select("dark dune").run()
    assert "dark dune predicted as other: 12 images" in [s.value for s in app.subheader]


def test_the_newest_run_is_opened_and_a_chosen_one_named_in_the_url(shipped, open_page):
    app = open_page(shipped)
    newest, *others = [run.info.id for run in list_runs(shipped).runs]
    assert app.selectbox(key="run").value == newest
    assert "run" not in app.query_params
    other = others[-1]
    app.selectbox(key="run").set_value(other).run()
    assert app.query_params["run"] == other
    assert app.selectbox(key="run").value == other


def test_an_unknown_run_in_the_url_gives_the_newest(example, open_page):
    app = open_page(example("healthy"), run="20200101-000000-gone", split="gone")
    assert not app.exception
    newest = app.selectbox(key="run").value
    assert newest.endswith("small-cnn")
    assert app.selectbox(key="split").value == "val"
    # One entry of the history names what is shown instead.
    assert app.query_params["run"] == newest
    assert app.query_params["split"] == "val"


def test_another_split_is_named_in_the_url(example, open_page):
    app = open_page(example("healthy"))
    app.selectbox(key="split").select("test").run()
    assert app.query_params["split"] == "test"


def test_the_threshold_explorer_counts_the_images_predicted_as_the_class(
    example, open_page
):
    app = open_page(example("healthy"), "classes")
    app.selectbox(key="threshold-class").select("other").run()
    app.number_input(key="threshold").set_value(0.0).run()
    # At 0 all 400 images are called "other"; 319 of them are.
    assert [metric.value for metric in app.metric] == ["0.797", "1.000"]
    assert any(
        "400 images would be predicted as other, 319" in c.value for c in app.caption
    )


def test_runs_are_listed_with_verdict_and_scores(example, read_page):
    app = read_page(example("collapsed"), "runs")
    row = app.dataframe[0].value.iloc[0]
    assert (row["title"], row["status"], row["verdict"]) == (
        "blog-final",
        "finished",
        "Collapsed",
    )
    assert row["accuracy"] == row["majority_share"]


def test_broken_folders_are_listed_with_their_reason(tmp_path, open_page):
    (tmp_path / "20260101-000000-bad").mkdir()
    (tmp_path / "20260101-000000-bad" / "run.json").write_text("{")
    app = open_page(tmp_path, "runs")
    assert not app.exception
    (problem,) = app.warning
    assert "is not JSON" in problem.value


def test_predictions_that_cannot_be_read_are_one_error(example, open_page, tmp_path):
    source = next(example("healthy").iterdir())
    broken = tmp_path / "artifacts" / source.name
    (broken / "predictions").mkdir(parents=True)
    (broken / "run.json").write_bytes((source / "run.json").read_bytes())
    (broken / "predictions" / "val.parquet").write_text("no Parquet")
    for page in PAGES:
        app = open_page(broken.parent, page)
        assert not app.exception
        assert page in ("learning_curves", "runs") or len(app.error) == 1


def test_a_run_with_other_classes_and_splits_can_be_chosen_at_any_time(
    tmp_path, make_run, open_page
):
    first = make_run("collapsed", tmp_path)
    other = make_run("without_proba", tmp_path)
    two = make_run("two_classes", tmp_path)
    app = open_page(tmp_path, "confusion_matrix", run=first, true="spider", split="val")
    assert app.selectbox(key="true").value == "spider"
    runs = first, other, two
    for number, page in enumerate(PAGES):
        app.switch_page(f"app_pages/{page}/page.py").run()
        # It is opened with the run that the page before was left with.
        for run in (runs[(2 * number + 1) % 3], runs[(2 * number + 2) % 3]):
            app.selectbox(key="run").select(run).run()
            assert not app.exception, (page, run, [e.value for e in app.exception])
            assert app.selectbox(key="run").value == run


def test_a_deleted_run_gives_way_to_the_newest(tmp_path, make_run, open_page):
    make_run("healthy", tmp_path)
    gone = make_run("collapsed", tmp_path)
    app = open_page(tmp_path, run=gone)
    shutil.rmtree(tmp_path / gone)
    app.run()
    assert not app.exception
    assert app.selectbox(key="run").value.endswith("small-cnn")


# Cure draws once a cure was made; its own tests look at that.
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in ("cure", "images")]
)
def test_each_chart_has_a_text_alternative_a_table_and_a_file(example, read_page, page):
    app = read_page(example("healthy"), page)
    charts = app.get("plotly_chart")
    assert charts
    assert all(chart.proto.alt for chart in charts)
    files = [b for b in app.get("download_button") if b.proto.label == "CSV"]
    assert len(files) >= len(charts)
    assert len(app.dataframe) >= len(charts)


@pytest.mark.parametrize("kind", ["healthy", "failed", "without_truth", "odd_names"])
def test_the_overview_offers_the_report_as_a_file(example, read_page, kind):
    app = read_page(example(kind))
    assert not app.exception
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels.count("Report") == 1


def test_every_check_stands_on_a_page_beside_the_overview():
    topics = get_args(Page)
    codes = {code for topic in topics for code in codes_of(topic)}
    assert codes == {check.code for check in CHECKS}
    parts = [code for _, codes in PARTS.values() for code in codes]
    assert sorted(parts) == sorted(codes_of("data"))
