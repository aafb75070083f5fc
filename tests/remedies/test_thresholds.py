from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from hirise.errors import InputError
from hirise.remedies import FitData, Thresholds, thresholds
from hirise.remedies.thresholds import _best_offset, best_offsets

ALL = np.arange(3)


def sklearn_score(truth, scores):
    return f1_score(truth, scores.argmax(axis=1), average="macro", zero_division=0)


def macro_f1(truth, scores):
    """What `sklearn_score` gives, in a hundredth of its time."""
    called = scores.argmax(axis=1)
    counts = [np.bincount(one, minlength=3) for one in (truth, called)]
    right = np.bincount(truth[truth == called], minlength=3)
    named = sum(counts) > 0
    return (2 * right[named] / sum(counts)[named]).mean()


def test_by_hand(make_predictions):
    # Crater has .4, .3, .2 where it is true and .1 elsewhere: any threshold between
    # .1 and .2 parts them, so macro-F1 reaches 1.
    proba = [[0.6, 0.4], [0.7, 0.3], [0.8, 0.2], [0.9, 0.1], [0.9, 0.1]]
    val = make_predictions(proba, [1, 1, 1, 0, 0])
    fitted = Thresholds(least_support=1).fit(FitData(val, val))
    assert fitted(val).y_pred.tolist() == [1, 1, 1, 0, 0]
    assert "macro-F1 there is 1.000 (0.286 without)" in fitted.sentence  # 4/7 and 0


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.data())
def test_one_offset_is_the_best_there_is(data):
    n = data.draw(st.integers(2, 12))
    grid = st.integers(-4, 4)
    scores = np.array(
        data.draw(st.lists(st.tuples(grid, grid, grid), min_size=n, max_size=n)), float
    )
    truth = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    offset, value = _best_offset(truth, scores, 1)
    moved = np.eye(3)[1]
    tried = [macro_f1(truth, scores + b * moved) for b in np.arange(-9.5, 10)]
    assert value == pytest.approx(max(tried))
    assert tried[-1] == pytest.approx(sklearn_score(truth, scores + 9.5 * moved))
    assert sklearn_score(truth, scores + offset * moved) == pytest.approx(value)


def test_ascent_beats_no_offsets_and_a_coarse_grid(make_thresholded):
    val = make_thresholded(500, 3)
    logs = np.log(val.proba)
    offsets = best_offsets(val.y_true, logs, ALL)
    grid = max(
        sklearn_score(val.y_true, logs + np.array([0, *pair]))
        for pair in product(np.arange(0, 4, 0.5), repeat=2)
    )
    assert sklearn_score(val.y_true, logs + offsets) >= grid


def test_small_classes_keep_their_threshold(make_thresholded):
    val = make_thresholded(100, 0)
    n_dunes = int((val.y_true == 2).sum())
    fitted = Thresholds(least_support=n_dunes + 1).fit(FitData(val, val))
    assert fitted.parameters["offsets"]["dune"] == 0
    assert f"1 class with fewer than {n_dunes + 1} val images is" in fitted.sentence


def test_too_many_classes_are_refused(make_thresholded, monkeypatch):
    val = make_thresholded(100, 0)
    monkeypatch.setattr(thresholds, "MOST_WORK", 899)
    with pytest.raises(InputError, match="Use logit-adjustment"):
        Thresholds().fit(FitData(val, val))
