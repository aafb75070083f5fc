from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from hirise.errors import InputError
from hirise.remedies import FitData, LogitAdjustment, adjustment
from hirise.remedies.logit_adjustment import frequency_offsets
from hirise.remedies.tau import TAUS

SHARES = pd.Series({"other": 0.8, "crater": 0.2})


def test_by_hand(make_predictions):
    # At τ = 1, .7 : .3 becomes .7/.8 : .3/.2 = .875 : 1.5, so crater has 1.5/2.375.
    target = make_predictions([[0.7, 0.3], [0.9, 0.1]])
    fitted = LogitAdjustment(tau=1.0).fit(FitData(target, class_frequencies=SHARES))
    after = fitted(target)
    assert after.proba[0] == pytest.approx([0.875 / 2.375, 1.5 / 2.375])
    # .9/.8 : .1/.2 = 1.125 : .5
    assert after.proba[1] == pytest.approx([1.125 / 1.625, 0.5 / 1.625])
    assert after.y_pred.tolist() == [1, 0]
    assert target.y_pred.tolist() == [0, 0]
    assert fitted.parameters == {"tau": 1.0}


def test_tau_0_changes_nothing(make_predictions):
    target = make_predictions([[0.7, 0.3], [0.9, 0.1]])
    after = LogitAdjustment(tau=0.0).fit(FitData(target, class_frequencies=SHARES))(
        target
    )
    assert after.proba == pytest.approx(target.proba)
    assert after.y_pred.tolist() == target.y_pred.tolist()


def test_tau_is_the_best_of_scikit_learn(make_thresholded):
    val, target = make_thresholded(400, 0), make_thresholded(300, 1, split="test")
    shares = np.array([0.9, 0.07, 0.03])
    data = FitData(target, val, pd.Series(shares, val.class_names))
    scores = []
    for tau in TAUS:
        named = (np.log(val.proba) - tau * np.log(shares)).argmax(axis=1)
        scores.append(f1_score(val.y_true, named, average="macro"))
    fitted = LogitAdjustment().fit(data)
    assert fitted.parameters["tau"] == TAUS[int(np.argmax(scores))]
    assert (
        f"macro-F1 there is {max(scores):.3f} ({scores[0]:.3f} without)"
        in fitted.sentence
    )


def test_frequencies_of_val_where_those_of_training_are_unknown(make_predictions):
    val = make_predictions([[0.7, 0.3]] * 4 + [[0.6, 0.4]], [0, 0, 0, 0, 1])
    fitted = LogitAdjustment(tau=1.0).fit(FitData(val, val))
    assert fitted.adjustment.offsets == pytest.approx((0, np.log(4)))
    assert "those of val" in fitted.sentence


def test_a_class_that_was_never_trained_gets_no_lift():
    assert frequency_offsets(np.array([0.8, 0.2, 0.0])) == pytest.approx(
        [0, np.log(4), 0]
    )


@pytest.mark.parametrize("tau", [-0.1, 10.1, np.nan])
def test_tau_out_of_range_is_refused(tau):
    with pytest.raises(InputError, match="τ must be from 0 to 10"):
        LogitAdjustment(tau=tau)


def test_class_frequencies_must_be_known(make_predictions):
    target = make_predictions([[0.7, 0.3], [0.9, 0.1]])
    with pytest.raises(InputError, match="`training_shares`"):
        LogitAdjustment(tau=1.0).fit(FitData(target))


@pytest.mark.parametrize("tau", [0.0, 1.5])
def test_labels_alone_are_those_of_the_adjusted_predictions(
    make_thresholded, monkeypatch, tau
):
    monkeypatch.setattr(adjustment, "_AT_ONCE", 7)
    given = make_thresholded(50, 3)
    given = replace(given, y_pred=np.ones(50, dtype=int))  # not the likeliest
    shares = pd.Series([0.9, 0.07, 0.03], index=list(given.class_names))
    chosen = LogitAdjustment(tau).fit(FitData(given, None, shares)).adjustment
    labels = adjustment.adjusted_labels(given, chosen)
    lift = np.log(0.9 / shares.to_numpy())
    by_hand = (np.log(given.proba) + tau * lift).argmax(axis=1)
    assert labels.tolist() == (by_hand.tolist() if tau else [1] * 50)
    assert adjustment.adjust(given, chosen).y_pred.tolist() == labels.tolist()
