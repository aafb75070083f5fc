"""Predictions that do not belong to the saved model, made again with it."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
from hue_images import QUICK, write_hue_images
from later import Later

from hirise.actions.check import CheckRequest, check
from hirise.actions.cure import CureRequest, cure
from hirise.actions.suggest import SuggestRequest, suggest
from hirise.actions.train import TrainRequest, train
from hirise.errors import InputError
from hirise.predictions import read_predictions
from hirise.runs import read_run

keras = Later("keras")
reprediction = Later("hirise.models.reprediction")

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]

SETTINGS = {**QUICK, "learning_rate": 1e-2, "epochs": 6}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    images = write_hue_images(tmp_path_factory.mktemp("hues"), per_class=60)
    request = TrainRequest(
        data=images,
        recipe="small-cnn",
        split="random",
        settings=SETTINGS,
        artifacts=tmp_path_factory.mktemp("runs"),
    )
    return train(request)


@pytest.fixture
def make_run(trained, tmp_path):
    """A copy of the run in which the predictions of each split are changed."""

    def make(change):
        folder = tmp_path / "artifacts" / trained.folder.name
        shutil.copytree(trained.folder, folder)
        run = read_run(folder)
        for split in run.splits():
            path = run.predictions_path(split)
            change(read_predictions(path)).write(path)
        return read_run(folder), trained.dataset_path

    return make


def shuffled(predictions):
    rows = np.random.default_rng(3).permutation(len(predictions))
    return replace(
        predictions, y_pred=predictions.y_pred[rows], proba=predictions.proba[rows]
    )


def request_for(run, data):
    return CureRequest(
        run, remedies=("predict-again",), data=data, artifacts=run.folder.parent
    )


def test_predictions_of_other_images_are_made_again(make_run, trained):
    run, data = make_run(shuffled)
    result = cure(request_for(run, data))
    for split in run.splits():
        now = read_predictions(result.run.predictions_path(split))
        right = read_predictions(trained.predictions_path(split))
        np.testing.assert_array_equal(now.y_pred, right.y_pred)
        np.testing.assert_allclose(now.proba, right.proba, atol=1e-5)
        assert list(now.image) == list(right.image)
    assert result.run.info.parent == run.info.id
    assert (result.run.folder / "model.keras").is_file()
    assert result.run.info.remedies[0]["parameters"]["scale"] == "0-255"
    assert result.proof is not None
    assert result.proof.outcome == "cured"
    assert "as the run records it" in result.cured.steps[0].sentence


def test_the_order_of_shifted_predictions_needs_no_model(make_run, trained):
    def shifted(predictions):
        rows = np.roll(np.arange(len(predictions)), 5)
        return replace(
            predictions, y_pred=predictions.y_pred[rows], proba=predictions.proba[rows]
        )

    run, _ = make_run(shifted)
    request = CureRequest(
        run, remedies=("rejoin-predictions",), artifacts=run.folder.parent
    )
    result = cure(request)
    now = read_predictions(result.run.predictions_path("test"))
    right = read_predictions(trained.predictions_path("test"))
    np.testing.assert_array_equal(now.y_pred, right.y_pred)
    assert result.proof.outcome == "better"


def test_the_predictions_of_the_model_are_left(make_run):
    run, data = make_run(lambda predictions: predictions)
    with pytest.raises(InputError, match=r"gives the predictions that it has \(100"):
        cure(request_for(run, data))
    assert [path.name for path in run.folder.parent.iterdir()] == [run.folder.name]


def test_without_names_or_model_it_is_refused(make_run):
    run, data = make_run(lambda predictions: replace(predictions, image=None))
    with pytest.raises(InputError, match="do not name their images"):
        cure(request_for(run, data))
    (run.folder / "model.keras").unlink()
    with pytest.raises(InputError, match="keeps no model to predict again with"):
        cure(request_for(read_run(run.folder), data))


def test_an_image_that_cannot_be_read_is_named(make_run, tmp_path):
    run, data = make_run(shuffled)
    copy = shutil.copytree(data, tmp_path / "hues")
    image = read_predictions(run.predictions_path("test")).image[0]
    (copy / image).write_bytes(b"no image")
    with pytest.raises(InputError, match="This image cannot be read") as caught:
        cure(request_for(run, copy))
    assert str(caught.value.refusal.where).endswith(image)


def test_another_way_is_taken_where_the_recorded_one_is_wrong(make_run, trained):
    """A model that takes pixels from 0 to 1, and was given those from 0 to 255."""
    run, data = make_run(lambda predictions: predictions)
    model = keras.models.load_model(run.folder / "model.keras")
    rescaled = keras.Sequential([keras.layers.Rescaling(255.0), model])
    rescaled.build((None, 16, 16, 3))
    rescaled.save(run.folder / "model.keras")
    for split in run.splits():
        kept = read_predictions(run.predictions_path(split))
        with reprediction.SavedModel(run, list(kept.image), data) as saved:
            assert saved.recorded.encoding.scale == "0-255"
            found = saved.predict_all(saved.recorded)
        changed = replace(kept, y_pred=found.y_pred, proba=found.proba)
        changed.write(run.predictions_path(split))
    result = cure(request_for(run, data))
    right = read_predictions(trained.predictions_path("test"))
    now = read_predictions(result.run.predictions_path("test"))
    np.testing.assert_array_equal(now.y_pred, right.y_pred)
    recorded = result.run.info.model
    assert (recorded["scale"], recorded["size"], recorded["form"]) == (
        *("0-1", 16),
        "keras",
    )
    assert "the best of" in result.cured.steps[0].sentence
    kappas = [
        check(CheckRequest(r)).evidence.evaluation.bounds("kappa")[0]
        for r in (run, result.run)
    ]
    assert kappas[0] < 0.5 < 0.9 < kappas[1]


def test_it_is_offered_where_there_is_a_model(make_run):
    run, _ = make_run(shuffled)
    previews = suggest(SuggestRequest(run)).previews
    assert previews["predict-again"].works
    assert not previews["rejoin-predictions"].works
