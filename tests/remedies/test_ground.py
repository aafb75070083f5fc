"""Where no remedy can work, one line says so and what to do."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.remedies import (
    REMEDIES,
    Abstention,
    Ground,
    LogitAdjustment,
    PriorShift,
    ReorderClasses,
    TemperatureScaling,
    Thresholds,
)

SHARES = pd.Series({"other": 0.9, "crater": 0.07, "dune": 0.03})
ADJUSTING = tuple(remedy for remedy in REMEDIES if remedy is not ReorderClasses)
NEED_VAL = (LogitAdjustment, Thresholds, TemperatureScaling, Abstention)


@pytest.fixture
def ground(make_thresholded):
    return Ground(
        make_thresholded(60, 1, split="test"), make_thresholded(60, 0), SHARES, "Run a"
    )


@pytest.mark.parametrize("remedy", ADJUSTING)
def test_no_probabilities(remedy, ground):
    bare = replace(ground, target=replace(ground.target, proba=None))
    with pytest.raises(InputError, match=r"Run a has labels alone for test;.*Import"):
        remedy().fit(bare)


@pytest.mark.parametrize("remedy", ADJUSTING)
@pytest.mark.parametrize("spread", [0.0, 5e-4])
def test_constant(remedy, spread, ground):
    noise = np.exp(np.random.default_rng(0).normal(0, spread, (60, 3)))
    proba = SHARES.to_numpy() * noise
    same = proba / proba.sum(axis=1, keepdims=True)
    constant = replace(ground, target=replace(ground.target, proba=same))
    with pytest.raises(InputError, match=r"all 60 test images the same.*Train again"):
        remedy().fit(constant)


@pytest.mark.parametrize("remedy", NEED_VAL)
@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"val": None}, "no predictions of a val split.*Import predictions of both"),
        ({"doubt": "HR101"}, r"val, as HR101\. Repair the labels first"),
    ],
)
def test_val_that_cannot_be_used(remedy, change, line, ground):
    with pytest.raises(InputError, match=line):
        remedy().fit(replace(ground, **change))


@pytest.mark.parametrize("remedy", NEED_VAL)
@pytest.mark.parametrize("truth", [None, [-1] * 60, [1] * 60])
def test_val_without_two_classes(remedy, truth, ground):
    y_true = None if truth is None else np.array(truth)
    val = replace(ground.val, y_true=y_true)
    with pytest.raises(InputError, match=r"fewer than two classes. Give val"):
        remedy().fit(replace(ground, val=val))


@pytest.mark.parametrize("remedy", ADJUSTING)
def test_the_truth_of_the_target_is_never_used(remedy, ground):
    blind = replace(ground, target=replace(ground.target, y_true=None))
    options = {"confidence": 0.5} if remedy is Abstention else {}
    assert remedy(**options).fit(blind) == remedy(**options).fit(ground)


@pytest.mark.parametrize("remedy", ADJUSTING)
def test_zeros_and_ones_stay_numbers(remedy, ground):
    sure = np.eye(3)[np.random.default_rng(0).integers(0, 3, 60)]
    hard = replace(
        ground,
        target=replace(ground.target, proba=sure),
        val=replace(ground.val, proba=sure[::-1].copy()),
    )
    options = {"confidence": 0.1} if remedy is Abstention else {}
    after = remedy(**options).fit(hard)(hard.target)
    assert np.isfinite(after.proba).all()
    assert after.proba.sum(axis=1) == pytest.approx(np.ones(len(after)))


def test_every_remedy_tells_itself():
    assert len({remedy.key for remedy in REMEDIES}) == len(REMEDIES)
    for remedy in REMEDIES:
        assert remedy.redo == "nothing"
        assert all((remedy.title, remedy.source, remedy.effect))


def test_estimated_shares_need_no_val(ground):
    assert PriorShift().fit(replace(ground, val=None)).parameters["target_shares"]
