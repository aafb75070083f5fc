"""Where no remedy can work, one line says so and what to do."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.remedies import (
    Abstention,
    FitData,
    LogitAdjustment,
    PriorShift,
    RejoinPredictions,
    ReorderClasses,
    TemperatureScaling,
    Thresholds,
)
from hirise.remedies.registry import PREDICTION_REMEDIES

SHARES = pd.Series({"other": 0.9, "crater": 0.07, "dune": 0.03})
ADJUSTING = tuple(
    remedy
    for remedy in PREDICTION_REMEDIES
    if remedy not in (RejoinPredictions, ReorderClasses)
)
NEED_VAL = (LogitAdjustment, Thresholds, TemperatureScaling, Abstention)


@pytest.fixture
def data(make_thresholded):
    return FitData(
        make_thresholded(60, 1, split="test"), make_thresholded(60, 0), SHARES, "Run a"
    )


@pytest.mark.parametrize("remedy", ADJUSTING)
def test_no_probabilities(remedy, data):
    bare = replace(data, target=replace(data.target, proba=None))
    with pytest.raises(InputError, match=r"Run a has only labels for test\..*Import"):
        remedy().fit(bare)


@pytest.mark.parametrize("remedy", ADJUSTING)
@pytest.mark.parametrize("spread", [0.0, 5e-4])
def test_constant(remedy, spread, data):
    noise = np.exp(np.random.default_rng(0).normal(0, spread, (60, 3)))
    proba = SHARES.to_numpy() * noise
    same = proba / proba.sum(axis=1, keepdims=True)
    constant = replace(data, target=replace(data.target, proba=same))
    with pytest.raises(InputError, match=r"all 60 test images the same.*Retrain"):
        remedy().fit(constant)


@pytest.mark.parametrize("remedy", NEED_VAL)
@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"val": None}, "no predictions of a val split.*Import predictions of both"),
        ({"label_doubt": "HR101"}, r"val, as HR101\. Repair the labels first"),
    ],
)
def test_val_that_cannot_be_used(remedy, change, line, data):
    with pytest.raises(InputError, match=line):
        remedy().fit(replace(data, **change))


@pytest.mark.parametrize("remedy", NEED_VAL)
@pytest.mark.parametrize("truth", [None, [-1] * 60, [1] * 60])
def test_val_without_two_classes(remedy, truth, data):
    y_true = None if truth is None else np.array(truth)
    val = replace(data.val, y_true=y_true)
    with pytest.raises(InputError, match=r"fewer than two classes. Give them"):
        remedy().fit(replace(data, val=val))


@pytest.mark.parametrize("remedy", ADJUSTING)
def test_the_truth_of_the_target_is_never_used(remedy, data):
    blind = replace(data, target=replace(data.target, y_true=None))
    options = {"confidence": 0.5} if remedy is Abstention else {}
    assert remedy(**options).fit(blind) == remedy(**options).fit(data)


@pytest.mark.parametrize("remedy", ADJUSTING)
def test_zeros_and_ones_stay_numbers(remedy, data):
    sure = np.eye(3)[np.random.default_rng(0).integers(0, 3, 60)]
    hard = replace(
        data,
        target=replace(data.target, proba=sure),
        val=replace(data.val, proba=sure[::-1].copy()),
    )
    options = {"confidence": 0.1} if remedy is Abstention else {}
    after = remedy(**options).fit(hard)(hard.target)
    assert np.isfinite(after.proba).all()
    assert after.proba.sum(axis=1) == pytest.approx(np.ones(len(after)))


def test_every_remedy_tells_itself():
    assert len({remedy.key for remedy in PREDICTION_REMEDIES}) == len(
        PREDICTION_REMEDIES
    )
    for remedy in PREDICTION_REMEDIES:
        assert remedy.requires == "nothing"
        assert all((remedy.title, remedy.source, remedy.effect))


def test_estimated_class_frequencies_need_no_val(data):
    assert PriorShift().fit(replace(data, val=None)).parameters["target_shares"]
