from itertools import product

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.remedies import (
    REMEDY_KEYS,
    Ground,
    LogitAdjustment,
    PriorShift,
    TemperatureScaling,
    check_pairs,
    cure,
    remedy_class,
)

SHARES = pd.Series({"other": 0.9, "crater": 0.07, "dune": 0.03})

SENSIBLE = {
    *(("reorder-classes", key) for key in REMEDY_KEYS if key != "reorder-classes"),
    ("temperature-scaling", "logit-adjustment"),
    ("temperature-scaling", "thresholds"),
    ("temperature-scaling", "prior-shift"),
    ("logit-adjustment", "temperature-scaling"),
    ("logit-adjustment", "abstention"),
    ("thresholds", "temperature-scaling"),
    ("thresholds", "abstention"),
}


@pytest.mark.parametrize("pair", list(product(REMEDY_KEYS, repeat=2)))
def test_pairs(pair):
    if pair in SENSIBLE:
        check_pairs(pair)
        return
    with pytest.raises(InputError, match=f"{pair[0]} with {pair[1]} makes no sense: "):
        check_pairs(pair)


def test_a_pair_that_is_not_next_to_each_other_is_refused_too():
    with pytest.raises(InputError, match="logit-adjustment with thresholds"):
        check_pairs(["logit-adjustment", "temperature-scaling", "thresholds"])


def test_nothing_to_do():
    with pytest.raises(InputError, match=r"No remedy is given. Known are: reorder-cl"):
        check_pairs([])


def test_unknown_key():
    with pytest.raises(InputError, match=r"'treshold' is no remedy.*mean 'thresholds'"):
        remedy_class("treshold")


def test_a_remedy_that_trains_is_known():
    with pytest.raises(InputError, match=r"'transfer' is done by hand or trains"):
        remedy_class("transfer")


def test_the_second_is_fitted_on_what_the_first_made(make_thresholded):
    val, target = make_thresholded(400, 0), make_thresholded(300, 1, split="test")
    ground = Ground(target, val, SHARES)
    cured = cure(ground, [LogitAdjustment(), TemperatureScaling()])
    first = LogitAdjustment().fit(ground)
    second = TemperatureScaling().fit(Ground(first(target), first(val), SHARES))
    assert cured.steps == (first, second)
    assert cured.after.proba == pytest.approx(second(first(target)).proba)
    assert cured.before is target


def test_one_remedy_in_two_ways_is_one(make_thresholded):
    # Taking ln shares once (τ = 1) is correcting to equal shares.
    target = make_thresholded(300, 1, split="test")
    ground = Ground(target, None, SHARES)
    equal = pd.Series(1 / 3, index=SHARES.index)
    by_tau = cure(ground, [LogitAdjustment(tau=1.0)]).after
    by_shares = cure(ground, [PriorShift(equal)]).after
    assert by_tau.proba == pytest.approx(by_shares.proba)
    assert np.array_equal(by_tau.y_pred, by_shares.y_pred)
