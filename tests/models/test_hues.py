"""Models that tell hues of one brightness apart: colour reaches them in its order."""

from __future__ import annotations

import numpy as np
import pytest
from hue_images import BRIGHTNESS, HUES, write_hue_images
from later import Later

from hirise.models.plan import make_plan
from hirise.models.prediction import predict
from hirise.predictions import read_predictions
from hirise.runs.images import run_images

keras = Later("keras")
layers = Later("keras.layers")

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]

DIRECTIONS = np.array(list(HUES.values()), dtype=float) - BRIGHTNESS
DIRECTIONS /= np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def hues(tmp_path_factory):
    return write_hue_images(tmp_path_factory.mktemp("hues"), per_class=12)


def hue_model(*, scale=1.0, order=(0, 1, 2)):
    """Logits: how far the mean colour lies in the direction of each hue."""
    inputs = keras.Input((48, 48, 3))
    dense = layers.Dense(3)
    model = keras.Model(inputs, dense(layers.GlobalAveragePooling2D()(inputs)))
    weights = DIRECTIONS.T[list(order)]
    dense.set_weights([weights * scale, -BRIGHTNESS * DIRECTIONS.sum(axis=1)])
    return model


def predicted(model, data, tmp_path, **options):
    model.save(tmp_path / "m.keras")
    plan = make_plan(tmp_path / "m.keras", data, **options)
    return predict(plan, artifacts=tmp_path / "artifacts", sandboxed=False)


def accuracy(run):
    found = read_predictions(run.predictions_path("all"))
    return float((found.y_true == found.y_pred).mean())


def test_every_hue_is_told_from_the_others(hues, tmp_path):
    run = predicted(hue_model(), hues, tmp_path)
    assert accuracy(run) == 1
    assert run.info.dataset["channels"] == 3
    assert any("in the order red, green, blue" in note for note in run.info.notes)


def test_blue_first_is_found_by_trying(hues, tmp_path):
    run = predicted(hue_model(order=(2, 1, 0)), hues, tmp_path, class_order="dataset")
    assert accuracy(run) == 1
    assert run.info.model["channels"] == "bgr"


def test_in_grey_they_are_all_the_same_and_the_run_says_so(hues, tmp_path):
    options = {"channels": "grey", "scale": "0-255", "class_order": "dataset"}
    run = predicted(hue_model(), hues, tmp_path, resize="stretch", **options)
    assert accuracy(run) < 0.6
    assert any("brightness of the images" in note for note in run.info.notes)


def test_a_run_shows_its_images_in_colour(hues, tmp_path):
    run = predicted(hue_model(), hues, tmp_path)
    name = run.catalog()["image"].iloc[0]
    pixels = run_images(run, [name], size=48).pixels[name]
    assert pixels.shape == (48, 48, 3)
    assert np.ptp(pixels, axis=-1).max() > 60
