"""What each τ does, against naming every image anew at every τ."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
)

from hirise.errors import InputError
from hirise.remedies import FitData, LogitAdjustment
from hirise.remedies import tau as tau_module
from hirise.remedies.logit_adjustment import explore_taus, frequency_offsets
from hirise.remedies.tau import TAUS, step_of, tau_steps

SHARES = np.array([0.9, 0.07, 0.03])


@pytest.fixture
def given(make_thresholded):
    return make_thresholded(500, 2)


def named(given, tau):
    return (np.log(given.proba) - tau * np.log(SHARES)).argmax(axis=1)


def test_by_hand(make_predictions):
    # Shares .8 : .2, so that crater gains τ ln 4: .7 : .3 turns at ln(7/3) / ln 4 =
    # .611, .9 : .1 at 1.585, and .99 : .01 at 3.3, which is not tried.
    given = make_predictions([[0.7, 0.3], [0.9, 0.1], [0.99, 0.01]], [1, 0, 0])
    steps = tau_steps(given, np.array([0, np.log(4)]))
    assert steps.moves.to_numpy().tolist() == [[13, 1, 0, 1, 1], [32, 0, 0, 1, 1]]
    assert steps.start.to_numpy().tolist() == [[2, 0], [1, 0]]
    assert steps.confusion(0.6).equals(steps.start)
    assert steps.confusion(0.65).to_numpy().tolist() == [[2, 0], [0, 1]]
    assert steps.confusion(3).to_numpy().tolist() == [[1, 1], [0, 1]]
    assert steps.table["n_changed"].iloc[[12, 13, 31, 32, 60]].tolist() == [
        *(0, 1, 1, 2, 2)
    ]
    assert steps.table["accuracy"].iloc[[0, 13, 32]].tolist() == [2 / 3, 1, 2 / 3]
    assert steps.labels(3).to_numpy().tolist() == [[2, 3, 1], [1, 0, 2]]


def test_every_step_is_scikit_learns(given):
    steps = tau_steps(given, frequency_offsets(SHARES))
    assert list(steps.table["tau"]) == list(TAUS)
    for tau, row in zip(TAUS, steps.table.itertuples(), strict=True):
        called = named(given, tau)
        found = steps.confusion(tau).to_numpy()
        assert (found == confusion_matrix(given.y_true, called)).all()
        assert row.n_changed == (called != given.y_pred).sum()
        assert row.accuracy == pytest.approx(accuracy_score(given.y_true, called))
        assert row.balanced_accuracy == pytest.approx(
            balanced_accuracy_score(given.y_true, called)
        )
        score = f1_score(given.y_true, called, average="macro")
        assert row.macro_f1 == pytest.approx(score)


def test_parts_of_the_images_come_to_the_same(given, monkeypatch):
    whole = tau_steps(given, frequency_offsets(SHARES))
    monkeypatch.setattr(tau_module, "_CELLS", 100)
    parts = tau_steps(given, frequency_offsets(SHARES))
    assert parts.moves.equals(whole.moves)
    assert parts.table.equals(whole.table)


def test_each_step_is_what_the_remedy_does(given):
    shares = pd.Series(SHARES, given.class_names)
    steps = tau_steps(given, frequency_offsets(SHARES))
    cured = LogitAdjustment(1.25).fit(FitData(given, class_frequencies=shares))(given)
    expected = confusion_matrix(given.y_true, cured.y_pred)
    assert (steps.confusion(1.25).to_numpy() == expected).all()


def test_labels_that_are_not_the_most_probable_stay_without_tau(given):
    odd = replace(given, y_pred=np.full(len(given), 2))
    steps = tau_steps(odd, frequency_offsets(SHARES))
    assert steps.start["dune"].sum() == 500
    for tau in (0.05, 1.0, 2.4):
        called = named(given, tau)
        found = steps.confusion(tau).to_numpy()
        assert (found == confusion_matrix(given.y_true, called)).all()
        row = steps.table.iloc[step_of(tau)]
        assert row["n_changed"] == (called != 2).sum()


def test_images_without_truth(given):
    half = given.y_true.copy()
    half[::2] = -1
    some = tau_steps(replace(given, y_true=half), frequency_offsets(SHARES))
    assert some.start.to_numpy().sum() == 250
    none = tau_steps(replace(given, y_true=None), frequency_offsets(SHARES))
    assert not none.has_truth
    assert list(none.table) == ["tau", "n_changed"]
    # The rows are then the labels that they had.
    counts = np.bincount(given.y_pred, minlength=3)
    assert none.start.to_numpy().tolist() == np.diag(counts).tolist()
    assert "n_true" not in none.labels(1.0)


def test_the_nearest_step():
    assert [step_of(tau) for tau in (-1, 0.02, 0.03, 1.0, 3, 9)] == [
        0,
        0,
        1,
        20,
        60,
        60,
    ]


def test_the_chosen_one_is_that_of_the_remedy(make_thresholded):
    val, target = make_thresholded(400, 0), make_thresholded(300, 1, split="test")
    data = FitData(target, val, pd.Series(SHARES, val.class_names))
    look = explore_taus(data)
    assert look.chosen == LogitAdjustment().fit(data).parameters["tau"]
    assert "chosen on val" in look.sentence
    assert not look.on_val
    assert explore_taus(replace(data, target=val)).on_val
    without = explore_taus(replace(data, val=None))
    assert without.chosen is None
    assert "no predictions of a val split" in without.sentence
    with pytest.raises(InputError, match="class frequencies of its training labels"):
        explore_taus(FitData(target))
