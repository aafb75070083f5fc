"""Without a val split, each fifth is cured with what the other four fifths choose."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.evaluation import evaluate
from hirise.remedies import (
    Abstention,
    FitData,
    LogitAdjustment,
    PriorShift,
    TemperatureScaling,
    Thresholds,
    cure,
)
from hirise.remedies import chain as module
from hirise.remedies.folds import FOLDS, folds_of
from hirise.remedies.rejoin import RejoinPredictions

SHARES = {"other": 0.9, "crater": 0.07, "dune": 0.03}
CHAINS = [
    [LogitAdjustment()],
    [Thresholds()],
    [TemperatureScaling(), Thresholds()],
    [LogitAdjustment(), TemperatureScaling()],
]


@pytest.fixture
def target(make_thresholded):
    return make_thresholded(600, 3, split="test")


def crossed(target, **fields):
    return FitData(target, None, None, "Run a", crossed=True, **fields)


def test_a_hidden_class_appears_without_a_val_split(target):
    cured = cure(crossed(target), [LogitAdjustment()])
    before, after = (
        evaluate(p).metric("macro_f1") for p in (cured.before, cured.after)
    )
    assert before < 0.35
    assert after > 0.8
    (step,) = cured.steps
    assert step.parameters["folds"] == FOLDS
    assert "chosen on all images" in step.sentence
    assert "the other four fifths choose" in step.sentence


@pytest.mark.parametrize("chain", CHAINS, ids=str)
@pytest.mark.parametrize("number", range(FOLDS))
def test_no_image_is_cured_by_its_own_label(chain, number, target, monkeypatch):
    fold = np.arange(len(target)) % FOLDS
    monkeypatch.setattr(module, "folds_of", lambda predictions: fold)
    rows = np.flatnonzero(fold == number)
    truth = target.y_true.copy()
    truth[rows] = (truth[rows] + 1) % 3
    cured = cure(crossed(target), chain)
    again = cure(crossed(replace(target, y_true=truth)), chain)
    np.testing.assert_array_equal(again.after.proba[rows], cured.after.proba[rows])
    others = np.flatnonzero(fold != number)
    assert (again.after.proba[others] != cured.after.proba[others]).any()


@pytest.mark.parametrize("number", range(FOLDS))
def test_each_fold_is_cured_as_if_the_others_were_val(number, target):
    fold = folds_of(target)
    own, others = (np.flatnonzero(fold == number), np.flatnonzero(fold != number))
    by_val = cure(
        FitData(target.take(own), target.take(others), None, "Run a"), [Thresholds()]
    )
    cured = cure(crossed(target), [Thresholds()])
    np.testing.assert_array_equal(cured.after.y_pred[own], by_val.after.y_pred)


def test_images_of_a_group_share_a_fold(target):
    groups = np.array([f"g{number // 4}" for number in range(600)], dtype=object)
    fold = folds_of(replace(target, group=groups))
    assert all(len(set(fold[start : start + 4])) == 1 for start in range(0, 600, 4))
    assert np.bincount(fold, minlength=FOLDS).tolist() == [120] * FOLDS


def test_answered_images_keep_order_and_names(target):
    cured = cure(crossed(target), [Abstention(0.88)])
    assert 0 < len(cured.after) < len(target)
    place = {name: row for row, name in enumerate(target.image)}
    rows = np.array([place[name] for name in cured.after.image])
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(cured.after.y_true, target.y_true[rows])


def test_what_reads_no_label_is_fitted_on_all_images(target):
    data = replace(crossed(target), class_frequencies=pd.Series(SHARES))
    cured = cure(data, [PriorShift()])
    plain = cure(replace(data, crossed=False), [PriorShift()])
    np.testing.assert_array_equal(cured.after.proba, plain.after.proba)
    assert "folds" not in cured.steps[0].parameters


def test_rows_are_joined_before_they_are_divided(make_predictions):
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, 400)
    proba = np.full((400, 3), 0.2)
    proba[np.arange(400), truth] = 0.6
    right = make_predictions(proba, truth, split="test")
    rolled = replace(right, y_pred=np.roll(truth, 2), proba=np.roll(proba, 2, axis=0))
    cured = cure(crossed(rolled), [RejoinPredictions(), TemperatureScaling()])
    np.testing.assert_array_equal(cured.after.y_pred, truth)
    assert [step.key for step in cured.steps] == [
        "rejoin-predictions",
        "temperature-scaling",
    ]


def test_too_few_images_and_doubtful_labels_are_refused(make_thresholded, target):
    with pytest.raises(InputError, match="only 29 images with a true label"):
        cure(crossed(make_thresholded(29, 0)), [LogitAdjustment()])
    with pytest.raises(InputError, match="on all images, as HR101"):
        cure(crossed(target, label_doubt="HR101"), [LogitAdjustment()])
