"""`Recorder` in a loop without any framework."""

import json
import math

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

import hirise
from hirise.diagnosis import diagnose, gather
from hirise.errors import InputError
from hirise.predictions import read_predictions
from hirise.recording.epochs import CollapseWarning, RecordingWarning
from hirise.recording.sklearn import record_estimator

TRUTH = np.array([0, 1, 1, 0])
PROBA = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])


def test_what_was_logged_is_kept_beside_what_is_measured(tmp_path):
    with hirise.Recorder("Two modes", artifacts=tmp_path) as recorder:
        val = {"y_true": TRUTH, "proba": PROBA, "images": list("abcd")}
        recorder.log_epoch(val=val, train_loss=0.05, train_acc=1.0, eval_loss=0.4)
    row = recorder.run.history().iloc[0]
    measured = -np.log([0.9, 0.8, 0.4, 0.7]).mean()
    assert (row["loss"], row["accuracy"], row["val_loss"]) == (0.05, 1.0, 0.4)
    assert row["val_inference_loss"] == pytest.approx(measured)
    assert row["val_inference_accuracy"] == 0.75
    assert row["val_accuracy"] == 0.75  # nobody logged another
    assert math.isnan(row["inference_accuracy"])
    counts = recorder.run.predicted_counts()
    assert counts[["split", "n"]].to_numpy().tolist() == [["val", 3], ["val", 1]]
    predictions = read_predictions(recorder.run.predictions_path("val"))
    np.testing.assert_allclose(predictions.proba, PROBA)
    assert list(predictions.image) == list("abcd")
    assert recorder.run.info.status == "finished"


def test_more_images_of_a_split_are_taken_in_when_they_come(tmp_path):
    few = {"y_true": TRUTH[:2], "proba": PROBA[:2], "images": ["a.png", "b.png"]}
    all_ = {"y_true": TRUTH, "proba": PROBA, "images": [f"{n}.png" for n in "dcab"]}
    with hirise.Recorder("Growing", artifacts=tmp_path) as recorder:
        for train in (few, all_, few):
            recorder.log_epoch(train=train, val=all_)
    table = recorder.run.catalog()
    train = table[table["split"] == "train"]
    assert sorted(train["image"]) == [f"{n}.png" for n in "abcd"]


def test_logits_and_labels_alone_are_taken_too(tmp_path):
    with hirise.Recorder(artifacts=tmp_path, class_names=["x", "y"]) as recorder:
        train = {"y_true": ["x", "y", "y", "x"], "logits": np.log(PROBA)}
        recorder.log_epoch(train=train, val={"y_true": TRUTH, "y_pred": [0, 1, 1, 1]})
    row = recorder.run.history().iloc[0]
    assert row["inference_loss"] == pytest.approx(-np.log([0.9, 0.8, 0.4, 0.7]).mean())
    assert math.isnan(row["val_inference_loss"])
    assert row["val_inference_accuracy"] == 0.75
    predictions = read_predictions(recorder.run.predictions_path("val"))
    assert predictions.proba is None
    assert predictions.y_pred.tolist() == [0, 1, 1, 1]
    assert predictions.image is None  # nobody named them, and there are no pictures
    assert recorder.run.catalog() is None


def test_a_loader_is_predicted_by_the_function_beside_it(tmp_path):
    x, y = np.eye(2, dtype="float32")[TRUTH], TRUTH
    with hirise.Recorder(artifacts=tmp_path) as recorder:
        val = {"loader": (x, y), "predict": lambda batch: 3 * batch}
        recorder.log_epoch(val=val)
    row = recorder.run.history().iloc[0]
    assert row["val_loss"] == pytest.approx(math.log(1 + math.exp(-3)))


def test_what_cannot_be_recorded_is_told_and_the_training_runs_on(tmp_path):
    with hirise.Recorder(artifacts=tmp_path, class_names=["x", "y"]) as recorder:
        with pytest.warns(RecordingWarning, match="4 labels and 3 predictions"):
            recorder.log_epoch(val={"y_true": TRUTH, "proba": PROBA[:3]})
        with pytest.warns(RecordingWarning, match="the key 'probas'"):
            recorder.log_epoch(val={"y_true": TRUTH, "probas": PROBA})
        with pytest.warns(RecordingWarning, match="how a batch is predicted"):
            recorder.log_epoch(val=[(PROBA, TRUTH)])
        with pytest.warns(RecordingWarning, match="the label 4, but the network"):
            recorder.log_epoch(val={"y_true": TRUTH + 4, "proba": PROBA})
        with pytest.warns(RecordingWarning, match="cannot watch list"):
            recorder.watch([])
        recorder.log_epoch(loss=0.5)
    # What the loop logged is kept, whatever is wrong with the rest.
    assert recorder.run.history()["loss"].tolist()[-1] == 0.5
    assert len(recorder.run.history()) == 5
    assert "could not be recorded" in (recorder.run.folder / "log.txt").read_text()


def test_an_error_of_the_loop_passes_and_is_recorded(tmp_path):
    recorder = hirise.Recorder(artifacts=tmp_path, class_names=["x", "y"])

    def loop():
        with recorder:
            recorder.log_epoch(loss=0.5)
            recorder.log_epoch(loss=1 / 0)

    with pytest.raises(ZeroDivisionError):
        loop()
    info = recorder.run.info
    assert (info.status, info.error) == ("failed", "division by zero")


def test_a_collapse_warns_once(tmp_path):
    truth = np.arange(60) % 3
    flat = {"y_true": truth, "proba": np.tile([0.5, 0.3, 0.2], (60, 1))}
    with hirise.Recorder(artifacts=tmp_path) as recorder:
        with pytest.warns(CollapseWarning, match="all 60 val images"):
            recorder.log_epoch(val=flat, train=flat)
        recorder.log_epoch(val=flat, train=flat)
        recorder.log_epoch(val=flat, train=flat)
    assert diagnose(gather(recorder.run)).verdict.key == "collapsed"


def test_settings_stand_in_the_recipe(tmp_path):
    settings = {"batch_size": 8, "optimizer": "by hand"}
    with hirise.Recorder(artifacts=tmp_path, settings=settings) as recorder:
        recorder.log_epoch(val={"y_true": TRUTH, "proba": PROBA})
    recipe = json.loads((recorder.run.folder / "run.json").read_text())["recipe"]
    assert recipe == {"select_by": "last", **settings}


@pytest.mark.parametrize("classifier", ["probabilities", "decision function"])
def test_a_classifier_of_scikit_learn_is_a_run(tmp_path, classifier):
    rng = np.random.default_rng(0)
    y = np.array(["dune", "crater", "spider"])[np.arange(90) % 3]
    x = np.eye(3)[np.arange(90) % 3] + rng.normal(0, 0.1, (90, 3))
    if classifier == "probabilities":
        estimator = MLPClassifier((8,), max_iter=20, solver="adam", random_state=0)
        with pytest.warns(UserWarning, match="converge"):
            estimator.fit(x, y)
    else:
        estimator = LinearSVC().fit(x, y)
    run = record_estimator(estimator, val=(x, y), train=(x, y), artifacts=tmp_path)
    assert run.info.class_names == ("crater", "dune", "spider")
    predictions = read_predictions(run.predictions_path("val"))
    expected = estimator.predict(x).tolist()
    names = np.array(run.info.class_names)
    assert names[predictions.y_pred].tolist() == expected
    history = run.history()
    assert history["val_inference_accuracy"].iloc[-1] == pytest.approx(
        np.mean(expected == y)
    )
    if classifier == "probabilities":
        assert history["loss"].tolist() == pytest.approx(estimator.loss_curve_)
    with pytest.raises(InputError, match="is not a fitted classifier"):
        record_estimator(LinearSVC(), val=(x, y), artifacts=tmp_path)
    with pytest.raises(InputError, match="the label 'fan'"):
        record_estimator(estimator, val=(x[:1], ["fan"]), artifacts=tmp_path)
