"""The page Confidence: what it shows, what it refuses to show, and the way on."""

import pytest
from app_parts import text_of


def metrics_of(app):
    return {one.label: (one.value, one.delta) for one in app.metric}


def test_calibration_before_and_after_on_test(example, read_page):
    app = read_page(example("healthy"), "confidence", split="test")
    shown = metrics_of(app)
    before, after = (
        float(shown[name][0])
        for name in (
            "Calibration error, uncalibrated",
            "Calibration error, temperature-scaled",
        )
    )
    assert after < before
    assert shown["Calibration error, uncalibrated"][1].startswith("95% CI ")
    assert shown["Temperature"][0] == "0.48"
    assert "fitted on val" in text_of(app)
    assert "these very images" not in text_of(app)


def test_val_is_marked_as_the_split_that_the_temperature_was_fitted_on(
    example, read_page
):
    app = read_page(example("healthy"), "confidence")
    assert "these very images" in text_of(app)


def test_the_point_is_at_nasas_and_moves_with_the_url(example, open_page):
    app = open_page(example("healthy"), "confidence", split="test")
    assert app.number_input(key="confidence").value == 0.9
    answered = metrics_of(app)["Answered"]
    assert "of 400 images, 95% CI " in answered[1]
    app.number_input(key="confidence").set_value(0.6).run()
    assert float(metrics_of(app)["Answered"][0][:-2]) > float(answered[0][:-2])
    linked = open_page(example("healthy"), "confidence", split="test", confidence="0.6")
    assert metrics_of(linked) == metrics_of(app)


def test_cure_opens_with_the_confidence_filled_in(example, open_page):
    app = open_page(example("healthy"), "confidence", split="test")
    app.number_input(key="confidence").set_value(0.8).run()
    app.button(key="cure-with-abstention").click().run()
    assert not app.exception
    assert app.title[0].value == "Cure"
    assert app.checkbox(key="remedy-abstention").value
    assert app.number_input(key="confidence").value == 0.8


def test_thresholds_are_a_table_with_precision_and_recall(example, read_page):
    app = read_page(example("healthy"), "confidence", split="test")
    table = app.dataframe[-1].value
    assert {"factor", "precision_before", "recall", "recall_low"} <= set(table)
    assert len(table) == 8


def test_thresholds_that_take_long_are_computed_on_request(
    example, open_page, monkeypatch
):
    monkeypatch.setattr("hirise.remedies.thresholds.PREVIEW_WORK", 10)
    app = open_page(example("healthy"), "confidence", split="test")
    assert "factor" not in app.dataframe[-1].value
    app.toggle(key="choose-thresholds").set_value(True).run()
    assert "factor" in app.dataframe[-1].value


@pytest.mark.parametrize("kind", ["collapsed", "thresholded"])
def test_a_collapsed_run_says_that_calibration_would_mislead(example, read_page, kind):
    app = read_page(example(kind), "confidence")
    assert "Calibration would mislead: the predictions have" in text_of(app)
    assert "separates no image from another" in text_of(app)
    assert not app.get("plotly_chart")
    assert not app.metric


def test_labels_alone_and_missing_ground_truth_are_one_sentence(example, read_page):
    app = read_page(example("without_proba"), "confidence")
    assert "Only the predicted labels of this run are known" in text_of(app)
    app = read_page(example("without_truth"), "confidence")
    assert "No true labels" in [one.value for one in app.subheader]


def test_without_val_confidence_is_taken_as_it_is(tmp_path, open_page):
    import runpy
    from pathlib import Path

    made = runpy.run_path(str(Path(__file__).with_name("example_runs.py")))
    made["imported"](tmp_path, "test alone", right=0.9)
    app = open_page(tmp_path, "confidence")
    assert not app.exception
    assert "no predictions of a val split" in text_of(app)
    assert "uncalibrated" in text_of(app)
    assert "Calibration error, temperature-scaled" not in metrics_of(app)
    assert len(app.get("plotly_chart")) == 2
