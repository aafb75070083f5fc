"""Confidence: its calibration, coverage, and tables over decision thresholds."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.evaluation.clusters import Clusters, clusters_of
from hirise.metrics.calibration import calibration_error_bounds, reliability
from hirise.metrics.intervals import (
    MIN_GROUPS,
    percentile_interval,
    resampled_totals,
    wilson,
)
from hirise.metrics.metrics import Bounds, Floats, Ints, ratio
from hirise.predictions import Predictions

# Divided, not added up, so that each is the same float as its literal.
LEVELS = np.arange(101) / 100
"""Minimum confidences of `coverage_table`, and thresholds of `threshold_table`."""

COVERAGE_COLUMNS = (
    *("confidence", "n_answered", "n_right", "coverage", "accuracy"),
    *("coverage_low", "coverage_high", "accuracy_low", "accuracy_high"),
)

MAX_POINTS = 200
"""Points of one precision-recall curve."""

N_BARS = 20
"""Of the histogram: their ends are hundredths, as the gallery filters by."""


class Calibration(NamedTuple):
    """`reliability` as its function returns it; `ece` with its 95% interval."""

    reliability: pd.DataFrame
    ece: Bounds


class Confidences(NamedTuple):
    """Labelled images: `confidence`, whether `correct`, each (n_images,); `clusters`.

    `clusters` is what is resampled for intervals.
    """

    confidence: Floats
    correct: NDArray[np.bool_]
    clusters: Clusters


def confidences_of(
    predictions: Predictions, *, cluster: str | Clusters = "auto"
) -> Confidences:
    """Probability of the predicted class, and whether that is the true one.

    Parameters
    ----------
    predictions : Predictions
        With probabilities and ground truth.
    cluster : {"auto", "landmark", "observation", "none"}
        See `clusters_of`.

    Examples
    --------
    >>> import numpy as np
    >>> from hirise.predictions import Predictions
    >>> predictions = Predictions(
    ...     y_pred=np.array([0, 1]),
    ...     y_true=np.array([0, 0]),
    ...     proba=np.array([[0.9, 0.1], [0.25, 0.75]]),
    ...     class_names=("a", "b"),
    ... )
    >>> confidence, correct, _ = confidences_of(predictions)
    >>> confidence.tolist(), correct.tolist()
    ([0.9, 0.75], [True, False])
    """
    if predictions.proba is None or predictions.y_true is None:
        raise ValueError("`predictions` must have probabilities and ground truth.")
    rows = np.flatnonzero(predictions.labelled)
    predicted = predictions.y_pred[rows]
    # A row may sum to a little more than 1, and so may one probability.
    confidence = predictions.proba[rows, predicted].clip(0, 1)
    correct = predicted == predictions.y_true[rows]
    return Confidences(confidence, correct, clusters_of(predictions, rows, cluster))


def calibration(
    predictions: Predictions | Confidences, *, cluster: str = "auto"
) -> Calibration:
    """Reliability and calibration error of the labelled images.

    Parameters
    ----------
    predictions : Predictions with probabilities and ground truth, or their Confidences
    cluster : {"auto", "landmark", "observation", "none"}
        What is resampled for the interval; see `clusters_of`.

    Examples
    --------
    >>> y_pred, y_true = np.zeros(4, dtype=int), np.array([0, 0, 0, 1])
    >>> proba = np.tile([[0.9, 0.1]], (4, 1))
    >>> predictions = Predictions(y_pred, ("a", "b"), y_true, proba)
    >>> table, (ece, low, high) = calibration(predictions)
    >>> table.round(2)
       confidence  accuracy  n_images
    0         0.9      0.75         4
    >>> round(ece, 2)
    0.15
    """
    confidence, correct, clusters = _confidences(predictions, cluster)
    return Calibration(
        reliability(confidence, correct),
        calibration_error_bounds(confidence, correct, groups=clusters.codes),
    )


def _confidences(predictions: Predictions | Confidences, cluster: str) -> Confidences:
    if isinstance(predictions, Confidences):
        return predictions
    return confidences_of(predictions, cluster=cluster)


def coverage_table(
    predictions: Predictions | Confidences, *, cluster: str = "auto"
) -> pd.DataFrame:
    """Accuracy where only predictions of some minimum confidence are answered.

    Parameters
    ----------
    predictions : Predictions, or their Confidences
    cluster : {"auto", "landmark", "observation", "none"}
        What is resampled for the intervals; see `clusters_of`.

    Returns
    -------
    DataFrame, one row per minimum confidence 0, .01 … 1
        Columns `confidence`, `n_answered`, `n_right`, `coverage` (fraction of labelled
        images that are answered), `accuracy` (of the answers; NaN without any), and
        95% intervals `coverage_low`, `coverage_high`, `accuracy_low`,
        `accuracy_high`: Wilson's for single images, else by bootstrap; NaN for fewer
        than 10 groups or answers. Empty without truth or probabilities.

    Examples
    --------
    >>> predictions = Predictions(
    ...     y_pred=np.array([0, 1]),
    ...     y_true=np.array([0, 0]),
    ...     proba=np.array([[0.9, 0.1], [0.25, 0.75]]),
    ...     class_names=("a", "b"),
    ... )
    >>> table = coverage_table(predictions).set_index("confidence")
    >>> table.loc[[0.5, 0.8], ["n_answered", "coverage", "accuracy"]]
                n_answered  coverage  accuracy
    confidence
    0.5                  2       1.0       0.5
    0.8                  1       0.5       1.0
    """
    if isinstance(predictions, Predictions) and (
        predictions.proba is None or not predictions.labelled.any()
    ):
        return pd.DataFrame(columns=list(COVERAGE_COLUMNS))
    confidence, correct, clusters = _confidences(predictions, cluster)
    level = np.searchsorted(LEVELS, confidence, side="right") - 1
    answers, hits = (
        # From the top down, as a level answers all that is more confident too.
        np.bincount(level[rows], minlength=len(LEVELS))[::-1].cumsum()[::-1]
        for rows in (slice(None), correct)
    )
    n_images = np.full(len(LEVELS), len(confidence), dtype=float)
    bounds = _coverage_intervals(level, correct, clusters, answers, hits)
    values = (
        *(LEVELS, answers, hits),
        *(ratio(answers, n_images), ratio(hits, answers.astype(float))),
        *bounds,
    )
    return pd.DataFrame(dict(zip(COVERAGE_COLUMNS, values, strict=True)))


def _coverage_intervals(
    level: Ints,
    correct: NDArray[np.bool_],
    clusters: Clusters,
    answers: Ints,
    hits: Ints,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Low and high of coverage, then of accuracy, at each level."""
    undefined = np.full(len(LEVELS), np.nan)
    if clusters.n_groups < MIN_GROUPS:
        return undefined, undefined, undefined, undefined
    if clusters.codes is None:
        n_images = np.full(len(LEVELS), len(level), dtype=float)
        coverage = wilson(answers.astype(float), n_images)
        accuracy = wilson(hits.astype(float), answers.astype(float))
    else:
        coverage, accuracy = _resampled_intervals(level, correct, clusters)
    few = answers < MIN_GROUPS
    low, high = (np.where(few, np.nan, bound) for bound in accuracy)
    return *coverage, low, high


def _resampled_intervals(
    level: Ints, correct: NDArray[np.bool_], clusters: Clusters
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Intervals of coverage and accuracy over resamples of whole groups."""
    # One column per level and correctness; sums from the top down count answers.
    cells = 2 * level + correct
    used = np.flatnonzero(np.bincount(cells))
    codes = np.searchsorted(used, cells)
    kinds = np.eye(len(used))
    totals = resampled_totals(codes, kinds, groups=clusters.codes, smooth=True)
    counts = np.zeros((len(totals), 2 * len(LEVELS)))
    counts[:, used] = totals
    both = counts.reshape(len(totals), len(LEVELS), 2)[:, ::-1].cumsum(axis=1)[:, ::-1]
    answers, hits = both.sum(axis=2), both[:, :, 1]
    coverage = ratio(answers, answers[:, :1])
    accuracy = np.clip(ratio(hits, answers), 0, 1)
    return percentile_interval(coverage), percentile_interval(accuracy)


def precision_recall_curves(
    predictions: Predictions, class_names: Collection[str] | None = None
) -> pd.DataFrame:
    """Precision and recall of each class over thresholds of its probability.

    Parameters
    ----------
    predictions : Predictions
    class_names : collection of str, optional
        Only these classes; all by default.

    Returns
    -------
    DataFrame, at most 200 rows a class, thresholds falling
        Columns `class_name`, `threshold`, `precision`, `recall`; classes without true
        images are left out. Empty without truth or probabilities.

    Examples
    --------
    >>> y_pred, y_true = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]])
    >>> predictions = Predictions(y_pred, ("a", "b"), y_true, proba)
    >>> precision_recall_curves(predictions).query("class_name == 'a'").round(2)
      class_name  threshold  precision  recall
    0          a        0.9       1.00     0.5
    1          a        0.6       0.50     0.5
    2          a        0.3       0.67     1.0
    """
    columns = ["class_name", "threshold", "precision", "recall"]
    if predictions.proba is None or predictions.y_true is None:
        return pd.DataFrame(columns=columns)
    rows = predictions.labelled
    curves = [pd.DataFrame(columns=columns)]
    for i, name in enumerate(predictions.class_names):
        if class_names is not None and name not in class_names:
            continue
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
    if len(hits) > MAX_POINTS:
        steps = np.linspace(0, recall[-1], MAX_POINTS)
        kept = np.unique(np.searchsorted(recall, steps).clip(0, len(hits) - 1))
    return pd.DataFrame(
        {
            "threshold": ranked[last_of_ties[kept]],
            "precision": hits[kept] / (last_of_ties[kept] + 1),
            "recall": recall[kept],
        }
    )


def threshold_table(predictions: Predictions, class_name: str) -> pd.DataFrame:
    """Precision and recall of one class, predicted from each threshold on.

    Returns
    -------
    DataFrame, one row per threshold 0, .01 … 1
        Columns `threshold`, `n_called`, `n_hits`, `precision` and `recall` (NaN where
        undefined). Empty without truth or probabilities.

    Examples
    --------
    >>> y_pred, y_true = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]])
    >>> predictions = Predictions(y_pred, ("a", "b"), y_true, proba)
    >>> table = threshold_table(predictions, "a").set_index("threshold")
    >>> table.loc[[0.2, 0.8]].round(2)
               n_called  n_hits  precision  recall
    threshold
    0.2               3       2       0.67     1.0
    0.8               1       1       1.00     0.5
    """
    columns = ["threshold", "n_called", "n_hits", "precision", "recall"]
    if predictions.proba is None or predictions.y_true is None:
        return pd.DataFrame(columns=columns)
    i = predictions.class_names.index(class_name)
    rows = predictions.labelled
    score, is_class = predictions.proba[rows, i], predictions.y_true[rows] == i
    n_called = _n_at_least(score, LEVELS)
    n_hits = _n_at_least(score[is_class], LEVELS)
    precision = ratio(n_hits, n_called)
    recall = ratio(n_hits, np.full(len(LEVELS), is_class.sum(), dtype=float))
    values = (LEVELS, n_called.astype(int), n_hits.astype(int), precision, recall)
    return pd.DataFrame(dict(zip(columns, values, strict=True)))


def _n_at_least(score: Floats, thresholds: Floats) -> Floats:
    return len(score) - np.searchsorted(np.sort(score), thresholds).astype(float)


def confidence_histogram(predictions: Predictions) -> pd.DataFrame:
    """Confidence of correct and of incorrect predictions.

    Returns
    -------
    DataFrame, one row per equal-width bin of the probability of the predicted class
        Columns `low`, `high`, `n_right`, `n_wrong`, `n_unknown` (no true label). Empty
        without probabilities.

    Examples
    --------
    >>> y_pred, y_true = np.array([0, 0, 1]), np.array([0, 1, 1])
    >>> proba = np.array([[0.91, 0.09], [0.93, 0.07], [0.4, 0.6]])
    >>> predictions = Predictions(y_pred, ("a", "b"), y_true, proba)
    >>> table = confidence_histogram(predictions)
    >>> table[table[["n_right", "n_wrong"]].sum(axis=1) > 0]
        low  high  n_right  n_wrong  n_unknown
    12  0.6  0.65        1        0          0
    18  0.9  0.95        1        1          0
    """
    columns = ["low", "high", "n_right", "n_wrong", "n_unknown"]
    if predictions.proba is None:
        return pd.DataFrame(columns=columns)
    confidence = predictions.proba[np.arange(len(predictions)), predictions.y_pred]
    bins = np.minimum((confidence * N_BARS).astype(np.int64), N_BARS - 1).clip(0)
    known = predictions.labelled
    correct = known & (predictions.y_pred == predictions.y_true)
    counts = [
        np.bincount(bins[mask], minlength=N_BARS)
        for mask in (correct, known & ~correct, ~known)
    ]
    edges = np.arange(N_BARS + 1) / N_BARS
    values = (edges[:-1], edges[1:], *counts)
    return pd.DataFrame(dict(zip(columns, values, strict=True)))
