"""A tiny replay from the command to the diagnosis."""

import json

import numpy as np
import pytest
from later import Later

from hirise.__main__ import run as command
from hirise.data.features import read_image_features
from hirise.diagnosis import diagnose, gather
from hirise.metrics.metrics import classification_summary
from hirise.predictions import read_predictions
from hirise.runs import list_runs, read_run
from hirise.runs.replays import Replay, ReplayedRun, read_replays, write_replay

session = Later("hirise.training.replay.session")

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]


@pytest.mark.slow
def test_a_tiny_replay(make_dataset, tmp_path, capsys):
    data = make_dataset(observations=20)
    artifacts = tmp_path / "artifacts"
    arguments = ["replay", "--data", str(data), "--epochs", "1", "--exercises", "4b"]
    assert command([*arguments, "--artifacts", str(artifacts)]) == 0
    shown = capsys.readouterr().out
    assert "[1/2] Exercise 4b\n" in shown
    assert "[2/2] Exercise 4b with the correct labels\n" in shown
    (replay,) = read_replays(artifacts)
    assert [(one.exercise, one.labels) for one in replay.runs] == [
        ("4b", "recorded"),
        ("4b", "right"),
    ]
    for one in replay.runs:
        run = read_run(artifacts / one.run)
        assert run.info.status == "finished"
        assert run.info.recipe["batch_size"] == 75
        assert run.dataset_path == data
        seen, catalog = run.labels_seen(), run.catalog().set_index("image")
        assert seen["image"].is_monotonic_increasing
        right = catalog.loc[seen["image"], "label"].to_numpy()
        same = seen["label"].to_numpy() == right
        assert same.all() == (one.labels == "right")
        assert catalog["split"].value_counts().to_dict() == {
            "train": 109,
            "val": 19,
            "test": 32,
        }
        features = read_image_features(run.folder / "image_features.parquet")
        assert sorted(features["image"]) == sorted(catalog.index)
        history = run.history().iloc[0]
        val = read_predictions(run.predictions_path("val"))
        by_right = catalog.loc[list(val.image), "label"].to_numpy()
        summary = classification_summary(by_right, val.y_pred, 4)
        assert history["right_val_macro_f1"] == pytest.approx(summary["macro_f1"])
        recorded = seen.set_index("image").loc[list(val.image), "label"]
        assert val.y_true.tolist() == recorded.tolist()
        assert history["val_accuracy"] == np.mean(val.y_pred == val.y_true)
        test = read_predictions(run.predictions_path("test"))
        assert np.mean(test.y_pred == test.y_true) == one.test_accuracy
        codes = {finding.code for finding in diagnose(gather(run)).findings}
        assert ("HR101" in codes) == (one.labels == "recorded")


@pytest.mark.slow
def test_a_stopped_replay_keeps_what_is_finished(make_dataset, tmp_path, monkeypatch):
    real, done = session.blog_network, []

    def second_time_stopped(*arguments):
        if done:
            raise KeyboardInterrupt
        done.append(1)
        return real(*arguments)

    monkeypatch.setattr(
        "hirise.training.replay.session.blog_network", second_time_stopped
    )
    data, artifacts = make_dataset(observations=10), tmp_path / "artifacts"
    arguments = ["replay", "--data", str(data), "--epochs", "1", "--exercises", "3"]
    assert command([*arguments, "--artifacts", str(artifacts)]) == 130
    (replay,) = read_replays(artifacts)
    assert len(replay.runs) == len(list_runs(artifacts).runs) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--exercises", "5"], "No exercise '5'"),
        (["--epochs", "0"], "0 is not in the range"),
        (["--images", "ten"], "'ten' is not a valid integer"),
        ([], "needs 60 images or more"),
    ],
)
def test_errors_are_one_line(make_dataset, tmp_path, capsys, arguments, message):
    data = make_dataset(observations=1)
    options = ["--data", str(data), "--artifacts", str(tmp_path / "none"), *arguments]
    assert command(["replay", *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "none").exists()


def test_the_index_keeps_replays_apart(tmp_path):
    first = Replay("20260101-000000", "../data", 5, 2000)
    second = Replay("20260102-000000", "../data", 1, 60)
    write_replay(tmp_path, first)
    write_replay(tmp_path, second)
    run = ReplayedRun("3", "right", "20260101-000001-exercise-3", 0.8)
    grown = Replay("20260101-000000", "../data", 5, 2000, runs=(run,))
    write_replay(tmp_path, grown)
    assert read_replays(tmp_path) == (grown, second)
    assert read_replays(tmp_path / "absent") == ()
    document = json.loads((tmp_path / "replay.json").read_text())
    assert document["replays"][0]["runs"][0]["exercise"] == "3"
