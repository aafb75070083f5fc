from itertools import product

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.remedies import (
    PREDICTION_KEYS,
    FitData,
    LogitAdjustment,
    PriorShift,
    TemperatureScaling,
    cure,
    remedy_named,
    select_remedies,
)

SHARES = pd.Series({"other": 0.9, "crater": 0.07, "dune": 0.03})

SENSIBLE = {
    *(("rejoin-predictions", key) for key in PREDICTION_KEYS[1:]),
    *(("reorder-classes", key) for key in PREDICTION_KEYS[2:]),
    ("temperature-scaling", "logit-adjustment"),
    ("temperature-scaling", "thresholds"),
    ("temperature-scaling", "prior-shift"),
    ("logit-adjustment", "temperature-scaling"),
    ("logit-adjustment", "abstention"),
    ("thresholds", "temperature-scaling"),
    ("thresholds", "abstention"),
}


@pytest.mark.parametrize("pair", list(product(PREDICTION_KEYS, repeat=2)))
def test_pairs(pair):
    if pair in SENSIBLE:
        select_remedies(pair)
        return
    with pytest.raises(
        InputError, match=f"{pair[0]} cannot be combined with {pair[1]}: "
    ):
        select_remedies(pair)


def test_a_pair_that_is_not_next_to_each_other_is_refused_too():
    with pytest.raises(
        InputError, match="logit-adjustment cannot be combined with thresholds"
    ):
        select_remedies(["logit-adjustment", "temperature-scaling", "thresholds"])


def test_nothing_to_do():
    with pytest.raises(InputError, match=r"No remedy is given. Known are: rejoin-pr"):
        select_remedies([])


def test_unknown_key():
    with pytest.raises(InputError, match=r"'treshold' is no remedy.*mean 'thresholds'"):
        remedy_named("treshold")


def test_a_remedy_that_is_done_by_hand_is_known():
    with pytest.raises(InputError, match=r"'rescale-input' is done by hand"):
        remedy_named("rescale-input")


def test_a_remedy_that_trains_is_known():
    assert remedy_named("transfer").base == "probe"


def test_a_remedy_with_other_weights_goes_alone():
    with pytest.raises(InputError, match="balanced-head makes its own run"):
        select_remedies(["balanced-head", "thresholds"])


def test_remedies_that_train_come_first():
    selection = select_remedies(["thresholds", "class-weights"])
    assert [remedy.key for remedy in selection.training] == ["class-weights"]
    assert [remedy.key for remedy in selection.predictions] == ["thresholds"]
    assert selection.weights is None


def test_the_second_is_fitted_on_what_the_first_made(make_thresholded):
    val, target = make_thresholded(400, 0), make_thresholded(300, 1, split="test")
    data = FitData(target, val, SHARES)
    cured = cure(data, [LogitAdjustment(), TemperatureScaling()])
    first = LogitAdjustment().fit(data)
    second = TemperatureScaling().fit(FitData(first(target), first(val), SHARES))
    assert cured.steps == (first, second)
    assert cured.after.proba == pytest.approx(second(first(target)).proba)
    assert cured.before is target


def test_one_remedy_in_two_ways_is_one(make_thresholded):
    # Taking ln shares once (τ = 1) is correcting to equal shares.
    target = make_thresholded(300, 1, split="test")
    data = FitData(target, None, SHARES)
    equal = pd.Series(1 / 3, index=SHARES.index)
    by_tau = cure(data, [LogitAdjustment(tau=1.0)]).after
    by_shares = cure(data, [PriorShift(equal)]).after
    assert by_tau.proba == pytest.approx(by_shares.proba)
    assert np.array_equal(by_tau.y_pred, by_shares.y_pred)
