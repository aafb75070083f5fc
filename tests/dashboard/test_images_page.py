"""The page Images on made-up runs: counts, filters, chips, and one image."""

import numpy as np
import pandas as pd
import pytest

from dashboard.app_pages.images.selection import SELECTED, Selection
from hirise.evaluation.image_map import Region
from hirise.evaluation.images import ImageFilter, image_table, select_images
from hirise.jobs import poll
from hirise.predictions import read_predictions
from hirise.runs import list_runs, read_tags, tag_images
from hirise.runs.embeddings import EmbeddingMap, write_embeddings, write_map
from hirise.runs.writer import RunWriter


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
    names, table = predictions.class_names, image_table(predictions)
    app = open_page(artifacts, "images")
    for true, predicted in np.ndindex(len(names), len(names)):
        cell = (predictions.y_true == true) & (predictions.y_pred == predicted)
        n = int(cell.sum())
        wanted = ImageFilter(true=names[true], predicted=names[predicted])
        assert len(select_images(table, wanted)) == n
        if max(true, predicted) == 1:
            app.selectbox(key="true-class").set_value(names[true])
            app.selectbox(key="named").set_value(names[predicted])
            app.run()
            many = "1 image" if n == 1 else f"{n:,} images"
            assert f"{many} of {len(predictions):,}" in headings(app)


def test_a_chip_takes_its_filter_away(healthy, open_page):
    artifacts, predictions = healthy
    query = {"true-class": predictions.class_names[1], "answer": "incorrect"}
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
def test_other_runs(example, read_page, kind):
    app = read_page(example(kind), "images")
    assert not app.exception


@pytest.fixture
def own(tmp_path, make_run):
    """A run of its own, which may be changed."""
    artifacts = tmp_path / "artifacts"
    make_run("healthy", artifacts)
    return artifacts, list_runs(artifacts).runs[0]


def table_of(app):
    return app.dataframe[-1].value


def test_without_pictures_it_is_a_table(healthy, open_page):
    app = open_page(healthy[0], "images", sort="name")
    assert "came without the folder of their images" in told(app)
    shown = table_of(app)
    assert shown["image"].tolist() == sorted(healthy[1].image)
    assert list(shown.columns) == [
        *("image", "true", "predicted", "correct", "probability", "p_true", "open")
    ]


def test_the_first_rows_of_the_table_are_the_most_confident_mistakes(
    healthy, open_page
):
    artifacts, predictions = healthy
    app = open_page(artifacts, "images", view="Table")
    confidence = predictions.proba.max(axis=1)
    wrong = predictions.y_true != predictions.y_pred
    n, shown = int(wrong.sum()), table_of(app)
    assert shown["probability"][:n].tolist() == pytest.approx(
        sorted(confidence[wrong], reverse=True)
    )
    assert not shown["correct"][:n].any()
    assert shown["correct"][n:].all()


def test_selected_images_are_tagged_and_shown_alone(own, open_page):
    artifacts, run = own
    app = open_page(artifacts, "images")
    names = ("image-0003.jpg", "image-0007.jpg")
    app.session_state[SELECTED] = Selection((run.info.id, "val"), names)
    tag_images(run, "val", "look *again*", names[:1])
    app.run()
    app.selectbox(key="tag-name").set_value("look *again*").run()
    assert "**2 images selected**" in told(app)
    button(app, "Add the tag").click().run()
    assert not app.exception
    assert read_tags(run).images == {"val": {"look *again*": names}}
    app.selectbox(key="tag").set_value("look *again*").run()
    assert headings(app) == ["2 images of 400"]
    assert set(table_of(app)["tags"]) == {"look *again*"}
    # Its last image loses the tag, so the filter goes, too.
    button(app, "Remove the tag").click().run()
    assert not app.exception
    assert headings(app) == ["400 images"]
    assert read_tags(run).images == {}


def test_all_shown_are_selected_and_cleared(own, open_page):
    artifacts, run = own
    wrong = np.not_equal(*predicted_of(run))
    app = open_page(artifacts, "images", answer="incorrect")
    n = int(wrong.sum())
    button(app, f"Select all {n}").click().run()
    chosen = app.session_state[SELECTED].images
    assert sorted(chosen) == sorted(np.array(images_of(run))[wrong])
    button(app, "Clear").click().run()
    assert app.session_state[SELECTED].images == ()


def test_images_of_another_run_are_not_selected(own, open_page):
    app = open_page(own[0], "images")
    app.session_state[SELECTED] = Selection(("another", "val"), ("image-0003.jpg",))
    app.run()
    assert "**0 images selected**" in told(app)


def test_an_example_cannot_be_tagged(shipped, open_page):
    app = open_page(shipped, "images", view="Table")
    assert "cannot be tagged" in told(app)
    assert not [one for one in app.button if one.label == "Add the tag"]


def button(app, label):
    return next(one for one in app.button if one.label == label)


def predicted_of(run):
    found = read_predictions(run.predictions_path("val"))
    return found.y_true, found.y_pred


def images_of(run):
    return read_predictions(run.predictions_path("val")).image


MAP = "Map and gallery"


@pytest.fixture
def mapped(tmp_path, make_run):
    """A run with features and a t-SNE map: image i at (i, i % 10)."""
    artifacts = tmp_path / "artifacts"
    make_run("healthy", artifacts)
    (run,) = list_runs(artifacts).runs
    images = read_predictions(run.predictions_path("val")).image
    writer, n = RunWriter(run.folder), np.arange(len(images))
    table = {"image": images, "split": "val", "class_name": "other"}
    writer.write_table("catalog.parquet", pd.DataFrame(table))
    rng = np.random.default_rng(0)
    write_embeddings(writer, "val", rng.normal(size=(len(images), 8)))
    points = pd.DataFrame({"image": images, "x": n * 1.0, "y": (n % 10) * 1.0})
    about = {"perplexity": 30.0, "divergence": 1.0}
    found = EmbeddingMap(points, "tsne", 0, about)
    write_map(run, "val", found)
    return artifacts, run, found


@pytest.fixture
def region_text(mapped):
    """Images 20 to 29 by their x; of these, those with 3 < y < 7.5."""
    _, run, found = mapped
    mark = found.mark(run.info.id, "val")
    return Region.drawn([19.5, 29.5], [3.5, 7.5], method="tsne", mark=mark).text


def told(app):
    return " ".join(one.value for one in (*app.caption, *app.markdown))


def chart(app):
    return next(iter(app.get("plotly_chart")), None)


def test_at_first_there_is_the_gallery_alone(mapped, open_page):
    app = open_page(mapped[0], "images")
    assert not app.exception
    assert chart(app) is None
    assert headings(app) == ["400 images"]


def test_the_map_stands_above_the_gallery(mapped, open_page):
    app = open_page(mapped[0], "images", view=MAP)
    assert not app.exception
    assert headings(app) == ["Images by the features of the network", "400 images"]
    assert "two directions in which the features vary most" in told(app)
    assert chart(app) is not None


def test_a_region_filters_to_exactly_its_images_and_its_chip_takes_it_away(
    mapped, region_text, open_page
):
    app = open_page(mapped[0], "images", region=region_text, sort="name")
    assert not app.exception
    # Images 24, 25, 26 and 27.
    assert headings(app) == ["4 images of 400"]
    chip = app.button(key="chip-region")
    assert chip.label == "4 images on the map"
    chip.click().run()
    assert headings(app) == ["400 images"]
    assert app.text_input(key="region").value == ""


def test_a_region_goes_together_with_other_filters(mapped, region_text, open_page):
    artifacts, run, _ = mapped
    found = read_predictions(run.predictions_path("val"))
    wrong = int((found.y_true != found.y_pred)[24:28].sum())
    app = open_page(artifacts, "images", region=region_text, answer="incorrect")
    many = "1 image" if wrong == 1 else f"{wrong} images"
    assert f"{many} of 400" in headings(app)
    app.button(key="chip-all").click().run()
    assert headings(app) == ["400 images"]


def test_a_region_of_another_map_is_left(mapped, region_text, open_page):
    other = region_text.replace(region_text.split("_")[0], "tsne-00000000")
    app = open_page(mapped[0], "images", region=other)
    assert headings(app) == ["400 images"]
    assert "belongs to another map" in told(app)


@pytest.mark.parametrize("text", ["<script>", "pca-00000000_1_2", "x" * 30_000])
def test_a_hostile_region_is_one_line(mapped, open_page, text):
    app = open_page(mapped[0], "images", region=text)
    assert not app.exception
    assert headings(app) == ["400 images"]
    assert "cannot be read" in told(app)


def test_tsne_that_is_not_made_is_offered(mapped, open_page, stand_in):
    artifacts, run, _ = mapped
    (run.folder / "embeddings" / "val-tsne.parquet").unlink()
    app = open_page(artifacts, "images", view=MAP, layout="t-SNE")
    assert "There is no t-SNE map" in told(app)
    app.button(key="make-map").click().run()
    assert not app.exception
    job = poll(artifacts).newest("image_map")
    assert (job.request["run"], job.request["split"]) == (run.info.id, "val")
    app.button(key="stop-image_map").click().run()
    assert poll(artifacts).get(job.id).state == "stopped"


def test_a_kept_tsne_map_is_shown(mapped, open_page):
    app = open_page(mapped[0], "images", view=MAP, layout="t-SNE")
    assert not app.exception
    assert "perplexity 30, seed 0" in told(app)
    assert chart(app) is not None


def test_a_run_without_features_says_why_there_is_no_map(example, read_page):
    app = read_page(example("healthy"), "images", view=MAP)
    assert not app.exception
    assert "No map of these images" in headings(app)
    assert "keeps no features" in told(app)


def test_a_network_that_gives_all_the_same_has_no_map(mapped, open_page):
    artifacts, run, _ = mapped
    write_embeddings(RunWriter(run.folder), "val", np.ones((400, 8)))
    app = open_page(artifacts, "images", view=MAP)
    assert not app.exception
    assert "the same features" in told(app).replace("\\", "")
    assert headings(app) == ["No map of these images", "400 images"]
