"""A class whose training labels were those of another class, relabelled by a probe."""

from __future__ import annotations

import numpy as np
import pytest
from hue_images import QUICK, write_hue_images

from hirise.actions.cure import CureRequest, cure
from hirise.actions.train import TrainRequest, train
from hirise.errors import InputError
from hirise.predictions import read_predictions

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]

SETTINGS = {**QUICK, "learning_rate": 1e-2, "epochs": 8}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return write_hue_images(tmp_path_factory.mktemp("hues"), per_class=80)


@pytest.fixture(scope="module")
def plain(images, tmp_path_factory):
    return train(request_for(images, tmp_path_factory.mktemp("plain")))


def request_for(images, artifacts, labels=None):
    return TrainRequest(
        data=images,
        recipe="small-cnn",
        split="random",
        settings=SETTINGS,
        labels=labels,
        artifacts=artifacts,
    )


@pytest.fixture(scope="module")
def mislabelled(images, plain, tmp_path_factory):
    """Nine in ten training images of the second class have the label of the first."""
    table = plain.catalog()
    first, second, *_ = plain.info.class_names
    of_class = (table["class_name"] == second) & (table["split"] == "train")
    moved = of_class & (np.random.default_rng(0).random(len(table)) < 0.9)
    table.loc[moved, "class_name"] = first
    file = tmp_path_factory.mktemp("labels") / "labels.csv"
    table[["image", "class_name"]].to_csv(file, index=False)
    run = train(request_for(images, tmp_path_factory.mktemp("runs"), file))
    return run, set(table.loc[moved, "image"]), (first, second)


def test_the_class_is_relabelled_and_predicted_again(mislabelled):
    run, moved, (first, second) = mislabelled
    result = cure(
        CureRequest(run, remedies=("relabel-class",), artifacts=run.folder.parent)
    )
    (step,) = result.cured.steps
    assert (step.parameters["from"], step.parameters["to"]) == (first, second)
    seen = result.run.labels_seen()
    label = run.info.class_names.index(second)
    own = set(seen.loc[(seen["split"] == "train") & (seen["label"] == label), "image"])
    found = len(moved & own) / len(moved)
    assert found >= 0.9
    before, after = (
        read_predictions(r.predictions_path("test")) for r in (run, result.run)
    )
    recall = [(p.y_pred[p.y_true == label] == label).mean() for p in (before, after)]
    assert recall[0] < 0.5
    assert recall[1] > 0.8
    assert result.proof.outcome == "cured"
    # Labels of val and test stay.
    for split in ("val", "test"):
        old, new = (
            read_predictions(r.predictions_path(split)) for r in (run, result.run)
        )
        np.testing.assert_array_equal(old.y_true, new.y_true)


def test_a_run_without_such_a_class_is_refused(plain):
    with pytest.raises(InputError, match="on val no class is predicted as another"):
        cure(
            CureRequest(
                plain, remedies=("relabel-class",), artifacts=plain.folder.parent
            )
        )
