"""Per-class thresholds: an offset for each class, and its precision and recall."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.errors import InputError
from hirise.evaluation import MEASURABLE, evaluate
from hirise.evaluation.clusters import Clusters, clusters_of
from hirise.metrics.metrics import (
    Totals,
    confusion_counts,
    f1,
    macro_f1,
    ratio,
    totals_of,
)
from hirise.remedies.adjustment import Adjustment, adjusted_labels
from hirise.remedies.remedy import (
    FitData,
    Fitted,
    PredictionRemedy,
    check_probabilities_vary,
)

RATES = ("precision", "recall")

_MOST_SWEEPS = 10
_LEAST_GAIN = 1e-9
PREVIEW_WORK = 2e7
"""Images × classes² up to which thresholds are fitted for a preview, in a second."""
MOST_WORK = 2e9
"""Images × classes² that are searched; more would take minutes."""


@dataclass(frozen=True)
class Thresholds(PredictionRemedy):
    """Moves each class's threshold to where macro-F1 on val is best, class by class.

    A class with fewer than `least_support` images in val keeps its threshold: on so few
    it would overfit.
    """

    key = "thresholds"
    title = "Per-class thresholds"
    source = "Coordinate ascent on macro-F1; Lipton et al. (2014), arXiv:1402.1892"
    effect = (
        "Macro-F1 rises if a class is predicted too seldom or too often. With few "
        "val images some of the gain is chance and does not carry over to other "
        "images."
    )

    least_support: int = MEASURABLE

    def fit(self, data: FitData) -> Fitted:
        """Choose the offsets."""
        check_probabilities_vary(data.target, data.where)
        truth, logs = data.labelled_val("thresholds")
        if logs.size * logs.shape[1] > MOST_WORK:
            raise InputError(
                f"{data.where}: {logs.shape[1]:,} classes on {len(logs):,} "
                "images are too many to choose a threshold for each.",
                how="Use logit-adjustment, which chooses one number.",
            )
        support = np.bincount(truth, minlength=logs.shape[1])
        movable = np.flatnonzero(support >= self.least_support)
        offsets = best_offsets(truth, logs, movable)
        names = data.target.class_names
        sentence = (
            f"Chosen on {data.chosen_on} for {len(movable)} classes: macro-F1 there is "
            f"{macro_f1_of(truth, logs + offsets):.3f} ({macro_f1_of(truth, logs):.3f} "
            f"without)."
        )
        left = len(names) - len(movable)
        if left:
            of = "" if data.crossed else "val "
            few = f"with fewer than {self.least_support} {of}images"
            sentence += (
                f" The threshold of 1 class {few} is unchanged."
                if left == 1
                else f" The thresholds of {left} classes {few} are unchanged."
            )
        chosen = dict(zip(names, map(float, offsets), strict=True))
        return self.fitted(sentence, Adjustment.by_offsets(offsets), offsets=chosen)


def best_offsets(truth: Ints, logs: Floats, movable: NDArray[np.intp]) -> Floats:
    """Offsets per class at which moving any single one no longer helps macro-F1.

    Parameters
    ----------
    truth : (n_images,) int
    logs : (n_images, n_classes) float
        Log-probabilities.
    movable : (n,) int
        Class ids whose offset may change; the others keep 0.

    Returns
    -------
    (n_classes,) float

    Examples
    --------
    >>> truth = np.array([0, 0, 1])
    >>> logs = np.log([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
    >>> offsets = best_offsets(truth, logs, movable=np.array([0, 1]))
    >>> (logs + offsets).argmax(axis=1).tolist()
    [0, 0, 1]
    """
    offsets: Floats = np.zeros(logs.shape[1])
    score = macro_f1_of(truth, logs)
    for _ in range(_MOST_SWEEPS):
        before = score
        for i in movable:
            offset, reached = _best_offset(truth, logs + offsets, int(i))
            if reached > score + _LEAST_GAIN:
                offsets[i] += offset
                score = reached
        if score <= before + _LEAST_GAIN:
            break
    return offsets


def macro_f1_of(truth: Ints, scores: Floats) -> float:
    """Macro-F1 of predicting the class with the highest score, (n_images, n_classes).

    Examples
    --------
    >>> macro_f1_of(np.array([0, 1]), np.array([[2.0, 1.0], [0.0, 1.0]]))
    1.0
    """
    counts = confusion_counts(truth, scores.argmax(axis=1), scores.shape[1])
    return float(macro_f1(totals_of(counts)))


def _best_offset(truth: Ints, scores: Floats, chosen: int) -> tuple[float, float]:
    """What to add to one class's scores, and the macro-F1 that follows.

    As the offset grows, images change to the class one by one, each where it overtakes
    the best of the others: every possible outcome is counted once.
    """
    others = scores.copy()
    others[:, chosen] = -np.inf
    rival = others.argmax(axis=1)
    needed = others[np.arange(len(truth)), rival] - scores[:, chosen]
    order = np.argsort(needed, kind="stable")
    true, rivals = truth[order], rival[order]
    start = totals_of(confusion_counts(truth, rival, scores.shape[1]))
    n_predicted = np.arange(len(true) + 1)
    hits = np.concatenate([[0], np.cumsum(true == chosen)])
    own = ratio(2 * hits, start.true[chosen] + n_predicted)
    total, n_classes = _others(start, true, rivals)
    # The class itself does not occur in `start`'s predictions.
    n_classes = (
        n_classes + (start.true[chosen] + n_predicted > 0) - (start.true[chosen] > 0)
    )
    values = ratio(total + np.nan_to_num(own), n_classes.astype(float))
    return _pick(values, needed[order])


def _others(start: Totals, true: Ints, rivals: Ints) -> tuple[Floats, Ints]:
    """Sum of the other classes' F1, and classes that occur, after each image left.

    Both (n_images + 1,).
    """
    by_rival = np.argsort(rivals, kind="stable")
    group = rivals[by_rival]
    first = np.searchsorted(group, group)
    left = np.arange(len(group)) - first + 1
    hit = np.cumsum(true[by_rival] == group)
    lost = hit - np.concatenate([[0], hit])[first]
    sums = start.true[group] + start.predicted[group] - left
    after = np.nan_to_num(ratio(2 * (start.hits[group] - lost), sums))
    begun = np.nan_to_num(f1(start))
    before = np.where(left == 1, begun[group], np.concatenate([[0], after[:-1]]))
    change, gone = np.empty((2, len(group)))
    change[by_rival], gone[by_rival] = after - before, sums == 0
    n_classes = int((start.true + start.predicted > 0).sum())
    return (
        begun.sum() + np.concatenate([[0], np.cumsum(change)]),
        (n_classes - np.concatenate([[0], np.cumsum(gone)])).astype(np.int64),
    )


def _pick(values: Floats, steps: Floats) -> tuple[float, float]:
    """The middle of the gap with the highest value; of equal ones the least move."""
    # Room on either side, as moving no image, or all of them, is an outcome too.
    ends = np.concatenate([[steps[0] - 1], steps, [steps[-1] + 1]])
    middles = (ends[:-1] + ends[1:]) / 2
    values = np.where(np.diff(ends) > 0, values, -np.inf)  # no room between ties
    best = np.flatnonzero(values >= values.max() - _LEAST_GAIN)
    place = best[np.abs(middles[best]).argmin()]
    return float(middles[place]), float(values[place])


@dataclass(frozen=True)
class ThresholdRates:
    """What the thresholds chosen on val do to each class of the target.

    Attributes
    ----------
    table : DataFrame, one row per class in the order of the ids
        Index `class_name`; `support`, `factor` (by which the probability of the class
        is multiplied before the largest is predicted, above 0), and `precision` and
        `recall` without (`_before`) and with thresholds, the latter with `_low` and
        `_high`.
    sentence : str
        What was chosen, in a sentence.
    on_val : bool
        The target is val itself, on which they were chosen.
    """

    table: pd.DataFrame
    sentence: str
    on_val: bool


def is_slow(data: FitData) -> bool:
    """Whether choosing thresholds takes more than about a second.

    Examples
    --------
    >>> from hirise.predictions import Predictions
    >>> predictions = Predictions(np.zeros(100, int), ("a", "b"))
    >>> is_slow(FitData(predictions, predictions))
    False
    """
    n_images = 0 if data.val is None else len(data.val)
    return n_images * len(data.target.class_names) ** 2 > PREVIEW_WORK


def threshold_rates(
    data: FitData, *, cluster: str | Clusters = "auto"
) -> ThresholdRates:
    """Choose thresholds on val, and measure the classes of the target with them.

    Raises
    ------
    InputError
        They cannot be chosen.

    Examples
    --------
    >>> from hirise.predictions import Predictions
    >>> truth = np.repeat([0, 1], [30, 10])
    >>> p = np.where(truth == 1, 0.4, 0.1)
    >>> proba = np.column_stack([1 - p, p])
    >>> predictions = Predictions(np.zeros(40, int), ("a", "b"), truth, proba)
    >>> rates = threshold_rates(FitData(predictions, predictions)).table
    >>> rates[["recall_before", "recall"]]
                recall_before  recall
    class_name
    a                     1.0     1.0
    b                     0.0     1.0
    """
    target = data.target
    fitted = Thresholds().fit(data)
    # Without probabilities only the labels are measured.
    labels = replace(target, proba=None, image=None, group=None)
    if isinstance(cluster, str):
        cluster = clusters_of(target, np.flatnonzero(target.labelled), cluster)
    before, after = (
        evaluate(replace(labels, y_pred=y_pred), cluster=cluster).per_class
        for y_pred in (target.y_pred, adjusted_labels(target, fitted.adjustment))
    )
    factors = np.exp(np.array(fitted.adjustment.offsets))
    table = before[["support"]].assign(factor=factors)
    for rate in RATES:
        table[f"{rate}_before"] = before[rate]
        bounds = [rate, f"{rate}_low", f"{rate}_high"]
        table[bounds] = after[bounds]
    return ThresholdRates(table, fitted.sentence, on_val=data.val is target)
