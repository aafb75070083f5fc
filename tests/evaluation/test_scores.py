"""The scores of a run on val and test, worked out by hand."""

import math

import numpy as np
import pytest

from hirise.evaluation import run_scores
from hirise.predictions import Predictions
from hirise.runs import create_run

# Recall 1 and 0: F1 of "a" is 6/7, of "b" 0.
TRUTH, CALLED = [0, 0, 0, 1], [0, 0, 0, 0]


def write(run, split, truth, called):
    predictions = Predictions(
        y_pred=np.array(called),
        class_names=("a", "b"),
        y_true=None if truth is None else np.array(truth),
        split=split,
    )
    run.write_predictions(split, predictions.write)


@pytest.fixture
def run(tmp_path):
    return create_run(tmp_path, title="run", class_names=["a", "b"])


def epoch(number, accuracy, macro_f1):
    row = {"epoch": number, "val_accuracy": accuracy, "val_macro_f1": macro_f1}
    return row | {"loss": 1.0, "accuracy": 0.5, "seconds": 1.0}


def test_val_and_test_are_scored(run):
    write(run, "val", TRUTH, CALLED)
    write(run, "test", [0, 1], [1, 1])
    found = run_scores(run.read())
    assert found["val_accuracy"] == found["always_accuracy"] == 0.75
    assert found["val_macro_f1"] == found["always_macro_f1"] == pytest.approx(3 / 7)
    assert found["test_accuracy"] == 0.5
    assert found["test_macro_f1"] == pytest.approx((0 + 2 / 3) / 2)


def test_what_always_the_largest_class_scores_is_of_test_where_there_is_no_val(run):
    write(run, "test", TRUTH, [1, 0, 0, 1])
    found = run_scores(run.read())
    assert (found["test_accuracy"], found["always_accuracy"]) == (0.75, 0.75)
    assert math.isnan(found["val_accuracy"])


@pytest.mark.parametrize(("kept", "accuracy"), [(1, 0.7), (None, 0.8)])
def test_a_history_tells_val_of_the_epoch_that_was_kept(run, kept, accuracy):
    run.append_epoch(epoch(1, 0.7, 0.6))
    run.append_epoch(epoch(2, 0.8, 0.5))
    run.finish("finished", epoch=kept)
    found = run_scores(run.read())
    assert found["val_accuracy"] == accuracy
    assert math.isnan(found["test_accuracy"])


def test_without_truth_nothing_is_scored(run):
    write(run, "test", None, CALLED)
    assert all(math.isnan(value) for value in run_scores(run.read()).values())


def test_what_has_been_read_is_not_read_again(run):
    write(run, "test", [0, 1], [1, 1])
    judged = Predictions(
        y_pred=np.array([0, 1]),
        class_names=("a", "b"),
        y_true=np.array([0, 1]),
        split="test",
    )
    assert run_scores(run.read())["test_accuracy"] == 0.5
    assert run_scores(run.read(), known=judged)["test_accuracy"] == 1
