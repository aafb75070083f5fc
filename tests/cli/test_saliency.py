"""`hirise saliency`, as a terminal sees it: what is refused before anything loads."""

import numpy as np
import pytest

from hirise.__main__ import run as command
from hirise.predictions import Predictions
from hirise.runs import create_run
from hirise.runs.saliency import saliency_path

NAMES = ("other", "crater")
IMAGES = np.array([f"image-{i:02d}.jpg" for i in range(40)], dtype=object)


@pytest.fixture
def make(tmp_path):
    """`make(status="training", constant=True, …)`: a run of 40 images; its folder."""

    def make(*, status="finished", constant=False, named=True, data=None, **values):
        writer = create_run(
            tmp_path / "artifacts",
            title="a",
            class_names=NAMES,
            dataset={"path": str(data), "layout": "path-csv"} if data else None,
        )
        second = np.full(40, 0.3) if constant else np.linspace(0.05, 0.95, 40)
        proba = np.column_stack([1 - second, second])
        said = Predictions(
            y_pred=proba.argmax(axis=1),
            class_names=NAMES,
            proba=proba,
            image=IMAGES if named else None,
            split="val",
        )
        writer.write_predictions("val", said.write)
        if status != "training":
            writer.finish(status, **values)
        return writer.folder

    return make


@pytest.fixture
def refused(capsys):
    """`refused(folder, …)`: the one line in which it is refused."""

    def refused(folder, *options):
        assert command(["saliency", str(folder), *options]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        (line,) = said.err.splitlines()
        assert not saliency_path(folder, "val").exists()
        return line

    return refused


def with_model(folder):
    (folder / "model.keras").write_bytes(b"weights")
    return folder


def test_a_constant_model_has_nothing_to_explain(make, refused):
    line = refused(with_model(make(constant=True)))
    assert "the same probabilities, so there is nothing to explain" in line


def test_a_run_that_trains_is_left_alone(make, refused):
    assert "is still training" in refused(with_model(make(status="training")))


def test_without_a_model(make, refused, tmp_path):
    folder = make()
    assert refused(folder).endswith("name it with --model FILE.")
    cured = make(parent="20260101-000000-first")
    assert "changes the predictions of 20260101-000000-first" in refused(cured)
    gone = {"path": "gone.onnx", "form": "onnx", "size": 8, "scale": "0-1"}
    line = refused(make(model={**gone, "columns": [0, 1]}))
    assert f"was predicted by {tmp_path / 'gone.onnx'}, which is gone" in line


def test_without_images(make, refused, tmp_path):
    folder = with_model(make())
    assert refused(folder).endswith(
        "If the images are elsewhere, name their folder: --data DIR"
    )
    line = refused(folder, f"--data={tmp_path / 'none'}")
    assert line.endswith("none: There is no such folder of images.")
    nameless = with_model(make(named=False))
    assert "does not say which images it predicted" in refused(nameless)


def test_an_image_that_is_not_there_and_the_likeliest(make, refused, tmp_path):
    folder = with_model(make(data=tmp_path))
    line = refused(folder, "--image=image-7.jpg")
    assert "no image 'image-7.jpg' among the 40 of the split val" in line
    assert "Did you mean 'image-" in line
    assert "--images" in refused(folder, "--images=-1")


def test_a_broken_model_and_pickles_are_one_line(make, refused, tmp_path):
    folder = with_model(make(data=tmp_path))
    assert "model.keras" in refused(folder)
    (tmp_path / "m.pkl").write_bytes(b"\x80\x04K\x01.")
    assert "m.pkl" in refused(folder, f"--model={tmp_path / 'm.pkl'}")
