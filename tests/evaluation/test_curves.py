"""Tables over thresholds, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve

from hirise.evaluation import (
    confidence_histogram,
    precision_recall_curves,
    threshold_table,
)
from hirise.predictions import Predictions


@pytest.fixture
def predictions():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 150)
    second = np.round(np.clip(rng.normal(0.35 + 0.3 * y, 0.2), 0, 1), 2)
    proba = np.column_stack([1 - second, second, np.zeros(150)])
    y[:10] = -1
    return Predictions(proba.argmax(axis=1), ("a", "b", "never"), y, proba)


def test_curves_are_scikit_learns(predictions):
    curves = precision_recall_curves(predictions)
    assert set(curves["class_name"]) == {"a", "b"}
    known = predictions.labelled
    for i, name in enumerate("ab"):
        ours = curves[curves["class_name"] == name].iloc[::-1]
        precision, recall, thresholds = precision_recall_curve(
            predictions.y_true[known] == i, predictions.proba[known, i]
        )
        np.testing.assert_allclose(ours["threshold"], thresholds)
        np.testing.assert_allclose(ours["precision"], precision[:-1])
        np.testing.assert_allclose(ours["recall"], recall[:-1])


def test_a_long_curve_is_thinned():
    rng = np.random.default_rng(0)
    y, score = rng.integers(0, 2, 5000), rng.random(5000)
    found = Predictions(y, ("a", "b"), y, np.column_stack([1 - score, score]))
    curves = precision_recall_curves(found)
    assert curves.groupby("class_name").size().max() <= 200
    ends = curves.groupby("class_name")["recall"].agg(["first", "last"])
    assert (ends["last"] == 1).all()
    assert (ends["first"] < 0.01).all()


def test_thresholds_by_hand(predictions):
    table = threshold_table(predictions, "b").set_index("threshold")
    known = predictions.labelled
    score, is_b = predictions.proba[known, 1], predictions.y_true[known] == 1
    for threshold in (0.0, 0.5, 1.0):
        called = score >= threshold
        row = table.loc[threshold]
        assert row["n_called"] == called.sum()
        assert row["n_hits"] == (called & is_b).sum()
        assert row["recall"] == pytest.approx((called & is_b).sum() / is_b.sum())
    nothing = threshold_table(predictions, "never").set_index("threshold")
    assert np.isnan(nothing.loc[0.5, "precision"])
    assert nothing["recall"].isna().all()


def test_the_histogram_counts_every_image_once(predictions):
    table = confidence_histogram(predictions)
    assert table["n_unknown"].sum() == 10
    known = predictions.labelled
    right = (predictions.y_pred == predictions.y_true) & known
    assert table["n_right"].sum() == right.sum()
    assert table[["n_right", "n_wrong", "n_unknown"]].sum().sum() == 150
    assert table["low"].iloc[0] == 0
    assert table["high"].iloc[-1] == 1


def test_without_probabilities_they_are_empty():
    y = np.array([0, 1])
    labels = Predictions(y, ("a", "b"), y)
    assert precision_recall_curves(labels).empty
    assert threshold_table(labels, "a").empty
    assert confidence_histogram(labels).empty
    untold = Predictions(y, ("a", "b"), None, np.eye(2))
    assert precision_recall_curves(untold).empty
    assert confidence_histogram(untold)["n_unknown"].sum() == 2
