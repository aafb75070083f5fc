"""Tables over decision thresholds, computed when a page or a report asks for them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.metrics import ratio
from hirise.predictions import Predictions

Floats = NDArray[np.float64]

_POINTS = 200
BARS = 20
"""Of the histogram: their ends are hundredths, as the gallery filters by."""


def precision_recall_curves(predictions: Predictions) -> pd.DataFrame:
    """Precision and recall of each class called where its probability is high enough.

    Returns
    -------
    DataFrame, at most 200 rows a class, thresholds falling
        Columns `class_name`, `threshold`, `precision`, `recall`; classes without true
        images are left out. Empty without truth or probabilities.
    """
    columns = ["class_name", "threshold", "precision", "recall"]
    if predictions.proba is None or predictions.y_true is None:
        return pd.DataFrame(columns=columns)
    rows = predictions.labelled
    curves = [pd.DataFrame(columns=columns)]
    for i, name in enumerate(predictions.class_names):
        is_class = predictions.y_true[rows] == i
        if is_class.any():
            curve = _curve(is_class, predictions.proba[rows, i])
            curves.append(curve.assign(class_name=name)[columns])
    return pd.concat(curves[1:] or curves, ignore_index=True)


def _curve(is_class: NDArray[np.bool_], score: Floats) -> pd.DataFrame:
    order = np.argsort(-score)
    ranked = score[order]
    last_of_ties = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    hits = np.cumsum(is_class[order])[last_of_ties]
    recall = hits / hits[-1]
    kept = np.arange(len(hits))
    if len(hits) > _POINTS:
        steps = np.linspace(0, recall[-1], _POINTS)
        kept = np.unique(np.searchsorted(recall, steps).clip(0, len(hits) - 1))
    return pd.DataFrame(
        {
            "threshold": ranked[last_of_ties[kept]],
            "precision": hits[kept] / (last_of_ties[kept] + 1),
            "recall": recall[kept],
        }
    )


def threshold_table(predictions: Predictions, class_name: str) -> pd.DataFrame:
    """What calling one class from each threshold on would do.

    Returns
    -------
    DataFrame, one row per threshold 0, .01 … 1
        Columns `threshold`, `n_called`, `n_hits`, `precision` and `recall` (NaN where
        undefined). Empty without truth or probabilities.
    """
    columns = ["threshold", "n_called", "n_hits", "precision", "recall"]
    if predictions.proba is None or predictions.y_true is None:
        return pd.DataFrame(columns=columns)
    i = predictions.class_names.index(class_name)
    rows = predictions.labelled
    score, is_class = predictions.proba[rows, i], predictions.y_true[rows] == i
    thresholds = np.arange(101) / 100
    n_called = _n_at_least(score, thresholds)
    n_hits = _n_at_least(score[is_class], thresholds)
    precision = ratio(n_hits, n_called)
    recall = ratio(n_hits, np.full(len(thresholds), is_class.sum(), dtype=float))
    values = (thresholds, n_called.astype(int), n_hits.astype(int), precision, recall)
    return pd.DataFrame(dict(zip(columns, values, strict=True)))


def _n_at_least(score: Floats, thresholds: Floats) -> Floats:
    return len(score) - np.searchsorted(np.sort(score), thresholds).astype(float)


def confidence_histogram(predictions: Predictions) -> pd.DataFrame:
    """How sure the model was, for right and wrong predictions.

    Returns
    -------
    DataFrame, one row per equal-width bin of the probability of the predicted class
        Columns `low`, `high`, `n_right`, `n_wrong`, `n_unknown` (no true label). Empty
        without probabilities.
    """
    columns = ["low", "high", "n_right", "n_wrong", "n_unknown"]
    if predictions.proba is None:
        return pd.DataFrame(columns=columns)
    chosen = predictions.proba[np.arange(len(predictions)), predictions.y_pred]
    bins = np.minimum((chosen * BARS).astype(np.int64), BARS - 1).clip(0)
    known = predictions.labelled
    right = known & (predictions.y_pred == predictions.y_true)
    counts = [
        np.bincount(bins[mask], minlength=BARS)
        for mask in (right, known & ~right, ~known)
    ]
    edges = np.arange(BARS + 1) / BARS
    values = (edges[:-1], edges[1:], *counts)
    return pd.DataFrame(dict(zip(columns, values, strict=True)))
