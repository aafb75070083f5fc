import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

from hirise.errors import InputError
from hirise.remedies import FitData, PriorShift
from hirise.remedies.prior_shift import estimate_frequencies

OLD = pd.Series({"other": 0.8, "crater": 0.2})


def test_stated_frequencies_by_hand(make_predictions):
    # .6 : .4 times (.5/.8) : (.5/.2) is .375 : 1.
    target = make_predictions([[0.6, 0.4], [0.95, 0.05]])
    wanted = pd.Series({"crater": 0.5, "other": 0.5})
    fitted = PriorShift(wanted).fit(FitData(target, class_frequencies=OLD))
    assert fitted(target).proba[0] == pytest.approx([0.375 / 1.375, 1 / 1.375])
    assert fitted.parameters["target_shares"] == {"other": 0.5, "crater": 0.5}


def test_the_same_frequencies_change_nothing(make_predictions):
    target = make_predictions([[0.6, 0.4], [0.95, 0.05]])
    fitted = PriorShift(OLD).fit(FitData(target, class_frequencies=OLD))
    assert fitted(target).proba == pytest.approx(target.proba)


def gaussian(share, n=20_000):
    """Posteriors for shares .8 : .2 of two unit Gaussians; `share` are class 1."""
    rng = np.random.default_rng(0)
    y = rng.random(n) < share
    x = rng.normal(2.0 * y, 1)
    odds = 0.25 * np.exp(2 * x - 2)
    second = odds / (1 + odds)
    return np.column_stack([1 - second, second])


@pytest.mark.parametrize("share", [0.05, 0.2, 0.7])
def test_the_estimate_is_the_most_likely_frequency(share):
    proba, old = gaussian(share), np.array([0.8, 0.2])
    found, _ = estimate_frequencies(proba, old)
    likelihood = proba / old
    scipys = minimize_scalar(
        lambda s: -np.log(likelihood @ np.array([1 - s, s])).mean(),
        bounds=(0, 1),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert found[1] == pytest.approx(scipys.x, abs=1e-5)
    assert found[1] == pytest.approx(share, abs=0.01)


def test_equal_probabilities_everywhere_are_no_shift(make_predictions):
    # Shares .8 : .2 are known, but the classifier says .6 : .4 on average of both.
    proba = gaussian(0.2, 2000) ** 0.5
    val, target = (make_predictions(p, [0, 1] * 500) for p in (proba[::2], proba[1::2]))
    found = PriorShift().fit(FitData(target, val, OLD)).parameters["target_shares"]
    blind = PriorShift().fit(FitData(target, None, OLD)).parameters["target_shares"]
    believed = val.proba.mean(axis=0)[1]
    assert found["crater"] == pytest.approx(believed, abs=0.03)
    assert blind["crater"] > 1.3 * found["crater"]


def test_classes_never_trained_stay_out():
    proba = np.column_stack([gaussian(0.7, 500), np.zeros(500)])
    proba[0] = [0, 0, 1]
    found, _ = estimate_frequencies(proba, np.array([0.8, 0.2, 0.0]))
    assert found[2] == 0
    assert found.sum() == pytest.approx(1)


def test_unknown_class_is_named(make_predictions):
    target = make_predictions([[0.6, 0.4], [0.95, 0.05]])
    remedy = PriorShift(pd.Series({"crate": 1.0}))
    with pytest.raises(
        InputError, match=r"'crate', which is not a class.*mean 'crater'"
    ):
        remedy.fit(FitData(target, class_frequencies=OLD))


def test_a_frequency_of_0_rules_a_class_out(make_predictions):
    target = make_predictions([[0.3, 0.7], [0.95, 0.05]])
    remedy = PriorShift(pd.Series({"other": 1.0, "crater": 0.0}))
    after = remedy.fit(FitData(target, class_frequencies=OLD))(target)
    assert after.y_pred.tolist() == [0, 0]
