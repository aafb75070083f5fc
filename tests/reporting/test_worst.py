"""Which images are shown, in which order, with what pixels."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hirise.errors import InputError
from hirise.predictions import Predictions
from hirise.reporting import report_html
from hirise.reporting.worst import MOST, gallery_of
from hirise.runs import create_run, read_run

NAMES = ("other", "crater")


@pytest.fixture
def make_run(tmp_path):
    """`make_run(images, p_crater)`: a run of images that are all craters."""

    def make(images, p_crater, *, path=None, proba=True, layout=None):
        p = np.array(p_crater)
        writer = create_run(
            tmp_path / "artifacts",
            title="r",
            class_names=NAMES,
            dataset={"path": None if path is None else str(path), "layout": layout},
        )
        predictions = Predictions(
            y_pred=(p >= 0.5).astype(int),
            class_names=NAMES,
            y_true=np.ones(len(p), dtype=int),
            proba=np.column_stack([1 - p, p]) if proba else None,
            image=images,
            split="val",
        )
        writer.write_predictions("val", predictions.write)
        writer.finish("finished", seconds=1.0)
        return read_run(tmp_path / "artifacts" / writer.id), predictions

    return make


def write_images(folder: Path, names):
    folder.mkdir()
    for i, name in enumerate(names):
        Image.fromarray(np.full((20, 20), 10 * i, dtype=np.uint8)).save(folder / name)
    return folder


def test_confident_mistakes_come_first_and_copies_are_left_out(make_run, tmp_path):
    names = [
        "a.jpg",
        "ESP_000012_1985_RED-0031-r90.jpg",
        "ESP_000012_1985_RED-0031.jpg",
        "b.jpg",
        "right.jpg",
    ]
    folder = write_images(tmp_path / "images", names)
    run, predictions = make_run(names, [0.3, 0.2, 0.1, 0.05, 0.9], path=folder)
    gallery = gallery_of(run, predictions)
    assert [one.name for one in gallery.images] == ["b.jpg", names[2], "a.jpg"]
    assert (gallery.n_wrong, gallery.n_absent) == (4, 0)
    first = gallery.images[0]
    assert (first.true, first.predicted) == ("crater", "other")
    assert (first.p_true, first.p_predicted) == pytest.approx((0.05, 0.95))
    kind, data = first.source.split(",")
    assert kind == "data:image/jpeg;base64"
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert pixels.shape == (227, 227, 3)
    assert np.abs(pixels.astype(int) - 30).max() <= 3


def test_they_are_sorted_by_the_probability_of_the_predicted_class(make_run):
    run, _ = make_run(["a.jpg", "b.jpg"], [0.5, 0.5])
    proba = np.array([[0.2, 0.5, 0.3], [0.4, 0.0, 0.6]])
    predictions = Predictions(
        y_pred=np.array([1, 2]),
        class_names=("crater", "dune", "other"),
        y_true=np.zeros(2, dtype=int),
        proba=proba,
        image=["a.jpg", "b.jpg"],
        split="val",
    )
    gallery = gallery_of(run, predictions)
    assert [one.name for one in gallery.images] == ["b.jpg", "a.jpg"]
    assert "the most confident first" in gallery.summary


def test_at_most_24_and_absent_ones_are_counted(make_run, tmp_path, read_page):
    names = [f"{i:03d}.jpg" for i in range(40)]
    folder = write_images(tmp_path / "images", names[:20])
    run, predictions = make_run(names, np.linspace(0, 0.4, 40), path=folder)
    gallery = gallery_of(run, predictions)
    assert [one.name for one in gallery.images] == names[:MOST]
    assert (gallery.n_wrong, gallery.n_absent) == (40, 4)
    page = read_page(report_html(run))
    assert len(page.named("img")) == 20
    assert page.texts.count("not available") == 4
    assert "All but 4 of them are available here" in page.text
    assert str(tmp_path) not in page.text


def test_the_folder_can_be_given(make_run, tmp_path):
    names = ["a.jpg", "b.jpg"]
    run, predictions = make_run(names, [0.1, 0.2])
    assert gallery_of(run, predictions).n_absent == 2
    folder = write_images(tmp_path / "elsewhere", names)
    assert gallery_of(run, predictions, folder).n_absent == 0
    with pytest.raises(InputError, match="is not a folder"):
        gallery_of(run, predictions, tmp_path / "nowhere")


def test_names_that_leave_the_folder_are_not_read(make_run, tmp_path):
    write_images(tmp_path / "secret", ["a.jpg"])
    (tmp_path / "images").mkdir()
    outside = str(tmp_path / "secret" / "a.jpg")
    run, predictions = make_run(
        ["../secret/a.jpg", outside], [0.1, 0.2], path=tmp_path / "images"
    )
    gallery = gallery_of(run, predictions)
    assert gallery.n_absent == 2
    assert [one.name for one in gallery.images] == ["../secret/a.jpg", "a.jpg"]


def test_labels_alone_and_no_mistakes(make_run):
    run, predictions = make_run(["a.jpg", "b.jpg"], [0.1, 0.9], proba=False)
    (only,) = gallery_of(run, predictions).images
    assert (only.name, only.p_true) == ("a.jpg", None)
    run, predictions = make_run(["a.jpg"], [0.9])
    assert gallery_of(run, predictions).summary == "No image is misclassified."
    assert gallery_of(run, None).images == ()


def test_simulated_ones_are_made_again(make_run):
    name = "ESP_000001_1674_RED-0000-brt.jpg"
    run, predictions = make_run([name], [0.1], layout="simulated")
    gallery = gallery_of(run, predictions)
    assert (gallery.simulated, gallery.n_absent) == (True, 0)
    assert "no camera took these" in gallery.summary
