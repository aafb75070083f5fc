"""Moving averages that lag behind, re-estimated without training."""

from __future__ import annotations

import numpy as np
import pytest
from hue_images import QUICK, write_hue_images
from later import Later

from hirise.actions.cure import CureRequest, cure
from hirise.actions.train import TrainRequest, train
from hirise.errors import InputError
from hirise.predictions import read_predictions

keras = Later("keras")
modes = Later("hirise.training.modes")

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]

SETTINGS = {
    **QUICK,
    "batch_size": 64,
    "learning_rate": 2e-2,
    "schedule": "constant",
    "epochs": 1,
}


@pytest.fixture(scope="module")
def make_run(tmp_path_factory):
    images = write_hue_images(tmp_path_factory.mktemp("hues"), per_class=80)

    def make(**settings):
        request = TrainRequest(
            data=images,
            recipe="small-cnn",
            split="random",
            settings={**SETTINGS, **settings},
            artifacts=tmp_path_factory.mktemp("runs"),
        )
        return train(request)

    return make


def test_a_network_after_few_steps_is_cured_without_training(make_run):
    run = make_run()
    before = read_predictions(run.predictions_path("test"))
    request = CureRequest(
        run,
        remedies=("reestimate-normalisation",),
        artifacts=run.folder.parent,
    )
    result = cure(request)
    after = read_predictions(result.run.predictions_path("test"))
    assert list(after.image) == list(before.image)
    accuracy = [(p.y_true == p.y_pred).mean() for p in (before, after)]
    assert accuracy[1] - accuracy[0] > 0.2
    (remedy,) = result.run.info.remedies
    n_trained = int((run.catalog()["split"] == "train").sum())
    assert remedy["parameters"] == {"n_images": n_trained}
    assert result.run.info.parent == run.info.id
    assert (result.run.folder / "model.keras").is_file()


def test_a_network_without_batch_normalisation_is_refused(make_run):
    run = make_run(batch_norm=False)
    request = CureRequest(
        run,
        remedies=("reestimate-normalisation",),
        artifacts=run.folder.parent,
    )
    with pytest.raises(InputError, match="learned no batch normalisation"):
        cure(request)


def test_reestimated_averages_are_those_of_the_images():
    layer = keras.layers.BatchNormalization(momentum=0.99)
    model = keras.Sequential([keras.Input((2, 2, 1)), layer, keras.layers.Flatten()])
    random = np.random.default_rng(0)
    pixels = random.normal(7, 3, (128, 2, 2, 1)).astype(np.float32)
    assert modes.reestimate(model, pixels, np.arange(128)) == 128
    assert layer.momentum == 0.99
    mean = float(np.asarray(layer.moving_mean)[0])
    variance = float(np.asarray(layer.moving_variance)[0])
    assert mean == pytest.approx(pixels.mean(), abs=1e-4)
    # The mean of the variances of two batches of 64 images.
    halves = np.random.default_rng(0).permutation(128).reshape(2, 64)
    expected = np.mean([pixels[half].var() for half in halves])
    assert variance == pytest.approx(expected, rel=1e-3)


def test_training_mode_leaves_the_averages_and_ignores_dropout():
    layers = [
        keras.Input((2, 2, 1)),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.9),
        keras.layers.Flatten(),
    ]
    model = keras.Sequential(layers)
    pixels = np.random.default_rng(1).normal(5, 2, (64, 2, 2, 1)).astype(np.float32)
    before = model.get_weights()
    outputs = modes.logits_in_training_mode(model, pixels, np.arange(64))
    # Normalised over the batch: mean 0 and variance 1, and nothing dropped.
    assert outputs.mean() == pytest.approx(0, abs=1e-4)
    assert outputs.var() == pytest.approx(1, rel=1e-2)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
