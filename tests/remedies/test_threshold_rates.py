from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import precision_score, recall_score

from hirise.errors import InputError
from hirise.remedies import FitData, Thresholds
from hirise.remedies.thresholds import is_slow, threshold_rates


@pytest.fixture
def data(make_thresholded):
    return FitData(make_thresholded(300, 1, split="test"), make_thresholded(400, 0))


def test_rates_are_scikit_learns_before_and_there(data):
    found = threshold_rates(data)
    target = data.target
    # Never named before: precision is undefined, not 0.
    assert found.table["precision_before"].isna().tolist() == [False, True, True]
    assert found.table["recall_before"].tolist() == [1, 0, 0]
    cured = Thresholds().fit(data)(target)
    for rate, score in (("precision", precision_score), ("recall", recall_score)):
        there = score(target.y_true, cured.y_pred, average=None)
        assert found.table[rate].to_numpy() == pytest.approx(there)
        assert (found.table[f"{rate}_low"] <= found.table[rate]).all()
        assert (found.table[rate] <= found.table[f"{rate}_high"]).all()
    assert found.table["support"].tolist() == np.bincount(target.y_true).tolist()
    assert found.sentence.startswith("Chosen on val")
    assert not found.on_val


def test_the_factor_is_what_a_probability_counts_times(data):
    factor = threshold_rates(data).table["factor"].to_numpy()
    cured = Thresholds().fit(data)(data.target)
    weighed = (data.target.proba * factor).argmax(axis=1)
    assert (weighed == cured.y_pred).all()


def test_without_val_there_are_no_threshold_rates(data):
    with pytest.raises(InputError, match="no predictions of a val split"):
        threshold_rates(replace(data, val=None))


def test_many_classes_take_long(data, monkeypatch):
    assert not is_slow(data)
    assert not is_slow(replace(data, val=None))
    monkeypatch.setattr("hirise.remedies.thresholds.PREVIEW_WORK", 400 * 9 - 1)
    assert is_slow(data)
