"""Examinations of small trainings with one planted fault each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hue_images import QUICK, write_hue_images

from hirise.actions.examine import ExamineRequest, examine
from hirise.actions.train import TrainRequest, train
from hirise.data.resizing import PLAIN
from hirise.diagnosis.causes.experiments import experiment_named
from hirise.models.input_spec import InputForm
from hirise.models.pixel_scales import Encoding
from hirise.models.reprediction import SavedModel
from hirise.predictions import read_predictions
from hirise.runs import RunWriter
from hirise.runs.experiments import read_experiments

pytestmark = [
    pytest.mark.slow,
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]

SMALL = {**QUICK, "learning_rate": 5e-3, "epochs": 8}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return write_hue_images(tmp_path_factory.mktemp("hues"), per_class=80)


@pytest.fixture(scope="module")
def make_run(images, tmp_path_factory):
    def make(**settings):
        request = TrainRequest(
            data=images,
            recipe="small-cnn",
            split="random",
            settings={**SMALL, **settings},
            artifacts=tmp_path_factory.mktemp("runs"),
        )
        return train(request)

    return make


@pytest.fixture(scope="module")
def sound(make_run):
    return make_run()


def outcomes(result):
    return {made.key: made.outcome for made in result.results}


def make_experiment(run, key):
    """The outcome of one experiment, whatever the planner thinks of it."""
    from hirise.actions.check import CheckRequest, check
    from hirise.experiments.materials import Materials
    from hirise.experiments.running import runner_of

    checked = check(CheckRequest(run))
    materials = Materials(run, checked.evidence, checked.diagnosis)
    assert materials.refusal(experiment_named(key)) == ""
    return runner_of(experiment_named(key)).run(materials)


def test_a_dead_network_is_confirmed_by_a_lower_rate(make_run):
    run = make_run(learning_rate=1.0, batch_norm=False)
    result = examine(ExamineRequest(run, budget="3m", queue=False))
    assert result.confirmed == "network-dead"
    assert outcomes(result)["lower-rate"] == "cures"
    # Kept in the run, and readable as they were made.
    assert read_experiments(run) == result.results
    document = result.to_dict()
    assert document["confirmed"] == "network-dead"
    assert document["causes"][0]["decided_by"] == "lower-rate"


def test_a_rate_too_low_learns_with_a_higher_one(make_run):
    run = make_run(learning_rate=1e-6)
    assert make_experiment(run, "higher-rate").outcome == "cures"
    assert make_experiment(run, "lower-rate").outcome == "same"
    assert make_experiment(run, "memorise").outcome == "not"


def test_statistics_that_lag_are_restored_without_training(make_run):
    run = make_run(epochs=1, batch_size=64, learning_rate=2e-2)
    observation = make_experiment(run, "modes")
    assert observation.outcome == "restored"
    assert observation.numbers["n_layers"] == 2
    assert (
        observation.numbers["kappa_after"] - observation.numbers["kappa_before"] > 0.15
    )


@pytest.mark.parametrize(
    ("key", "outcome"),
    [
        ("predict-again", "same"),
        ("training-images", "none"),
        ("modes", "same"),
        ("other-input", "stays"),
        ("memorise", "memorised"),
        ("lower-rate", "same"),
        ("higher-rate", "same"),
        ("without-dropout", "same"),
        ("standardised-input", "same"),
        ("training-labels", "same"),
        ("repaired-labels", "same"),
        ("resume", "stays"),
    ],
)
def test_each_experiment_on_a_sound_training(sound, key, outcome):
    assert make_experiment(sound, key).outcome == outcome


def test_an_examination_of_a_sound_training_confirms_nothing(sound):
    result = examine(ExamineRequest(sound, budget="2m", queue=False))
    assert result.confirmed is None


def rewrite(run, change):
    predictions = read_predictions(run.predictions_path("val"))
    changed = change(predictions)
    RunWriter(run.folder).write_predictions("val", changed.write)


def test_predictions_in_another_order_are_recognised(make_run):
    run = make_run(epochs=9)

    def shuffle(predictions):
        order = np.random.default_rng(4).permutation(len(predictions))
        mixed = predictions.take(order)
        object.__setattr__(mixed, "image", predictions.image)
        object.__setattr__(mixed, "y_true", predictions.y_true)
        return mixed

    rewrite(run, shuffle)
    observation = make_experiment(run, "predict-again")
    assert observation.outcome == "reordered"
    assert observation.numbers["kappa_after"] > 0.8


@pytest.fixture
def other_pixels(make_run, images):
    """A run whose predictions come from grey pixels of another scale."""
    run = make_run(epochs=9)
    form = InputForm(Encoding("0-1", "grey"), PLAIN)

    def change(kept):
        with SavedModel(run, list(kept.image), images) as model:
            assert form in model.forms()
            found = model.predict(form, np.arange(len(kept)))
        return replace(kept, y_pred=found.y_pred, proba=found.proba)

    rewrite(run, change)
    return run


def test_predictions_from_other_pixels_are_recognised(other_pixels):
    observation = make_experiment(other_pixels, "predict-again")
    assert observation.outcome == "other-input"
    # Grey or not, such small numbers give one class.
    assert "pixels as 0-1" in observation.sentence


@pytest.mark.parametrize("key", ["kept-epochs", "resume"])
def test_a_sound_network_with_wrong_predictions_gains_by_no_epoch(other_pixels, key):
    observation = make_experiment(other_pixels, key)
    assert observation.outcome == "stays"
    assert observation.numbers["kappa_before"] > 0.8


def test_labels_that_are_not_those_of_the_dataset(images, tmp_path):
    names = sorted(
        path.relative_to(images).as_posix() for path in images.rglob("*.png")
    )
    own = np.array([name.partition("/")[0] for name in names])
    given = np.random.default_rng(0).permutation(own)
    labels = tmp_path / "labels.csv"
    pd.DataFrame({"image": names, "class_name": given}).to_csv(labels, index=False)
    request = TrainRequest(
        data=images,
        recipe="small-cnn",
        split="random",
        settings={**SMALL, "epochs": 3},
        labels=labels,
        artifacts=tmp_path / "runs",
    )
    observation = make_experiment(train(request), "training-labels")
    assert observation.outcome == "unrelated"
    assert observation.numbers["kappa"] < 0.2


@pytest.fixture(scope="module")
def shown(images):
    """Names and classes of the images."""
    names = sorted(
        path.relative_to(images).as_posix() for path in images.rglob("*.png")
    )
    return names, np.array([name.partition("/")[0] for name in names])


@pytest.mark.parametrize(
    ("fault", "outcome"), [("none", "few"), ("noise", "many"), ("class", "one-class")]
)
def test_a_probe_finds_labels_that_contradict_their_images(
    images, shown, tmp_path, fault, outcome
):
    names, own = shown
    random, given = np.random.default_rng(3), own.astype(object)
    if fault == "noise":
        wrong = random.random(len(own)) < 0.4
        given[wrong] = random.choice(np.unique(own), int(wrong.sum()))
    elif fault == "class":
        given[(own == "amber") & (random.random(len(own)) < 0.85)] = "green"
    labels = tmp_path / "labels.csv"
    pd.DataFrame({"image": names, "class_name": given}).to_csv(labels, index=False)
    request = TrainRequest(
        data=images,
        recipe="small-cnn",
        split="random",
        settings={**SMALL, "epochs": 1},
        labels=labels,
        artifacts=tmp_path / "runs",
    )
    assert make_experiment(train(request), "probe").outcome == outcome
