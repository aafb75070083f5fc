"""The page Images on made-up runs: counts, filters, chips, and one image."""

import pytest

from hirise.predictions import read_predictions
from hirise.runs import list_runs


@pytest.fixture
def healthy(example):
    artifacts = example("healthy")
    (run,) = list_runs(artifacts).runs
    return artifacts, read_predictions(run.predictions_path("val"))


def headings(app):
    return [one.value for one in app.subheader]


def test_all_images_are_counted_and_in_pages(healthy, open_page):
    artifacts, predictions = healthy
    app = open_page(artifacts, "images")
    assert not app.exception
    assert f"{len(predictions):,} images" in headings(app)


def test_every_cell_has_as_many_images_as_the_matrix(healthy, open_page):
    artifacts, predictions = healthy
    names = predictions.class_names
    app = open_page(artifacts, "images")
    for true, name in enumerate(names[:3]):
        for called, other in enumerate(names[:3]):
            app.selectbox(key="true-class").set_value(name)
            app.selectbox(key="named").set_value(other)
            app.run()
            n = int(
                ((predictions.y_true == true) & (predictions.y_pred == called)).sum()
            )
            many = "1 image" if n == 1 else f"{n:,} images"
            assert f"{many} of {len(predictions):,}" in headings(app)


def test_a_chip_takes_its_filter_away(healthy, open_page):
    artifacts, predictions = healthy
    query = {"true-class": predictions.class_names[1], "answer": "wrong"}
    app = open_page(artifacts, "images", **query)
    rows = (predictions.y_true == 1) & (predictions.y_pred != 1)
    assert f"{rows.sum():,} images of {len(predictions):,}" in headings(app)
    app.button(key="chip-true-class").click().run()
    wrong = int((predictions.y_true != predictions.y_pred).sum())
    assert f"{wrong:,} images of {len(predictions):,}" in headings(app)
    app.button(key="chip-answer").click().run()
    assert f"{len(predictions):,} images" in headings(app)


def test_one_image_with_the_ones_before_and_after(healthy, open_page):
    artifacts, _ = healthy
    app = open_page(artifacts, "images", image="image-0003.jpg", sort="name")
    assert not app.exception
    assert "All probabilities" in headings(app)
    assert any("image" in one.value for one in app.markdown)
    next(one for one in app.button if one.label == "Next image").click().run()
    assert app.query_params["image"] == "image-0004.jpg"
    next(one for one in app.button if one.label == "Close").click().run()
    assert "image" not in app.query_params
    assert "All probabilities" not in headings(app)


def test_an_image_that_the_run_does_not_have_is_left_out(healthy, open_page):
    artifacts, _ = healthy
    app = open_page(artifacts, "images", image="<script>alert(1)</script>")
    assert not app.exception
    assert "All probabilities" not in headings(app)


@pytest.mark.parametrize("kind", ["collapsed", "odd_names"])
def test_other_runs(example, open_page, kind):
    app = open_page(example(kind), "images")
    assert not app.exception
