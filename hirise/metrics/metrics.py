"""Metrics of a classifier as pure functions of arrays.

A label metric is a function of three counts per class, so one function serves both the
value and its bootstrap: pass `(n_classes,)` counts, or `(n_resamples, n_classes)`.
Undefined is NaN, never 0. A metric knows no model, file or class name.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bounds = tuple[float, float, float]
"""A value and its 95% interval; NaN where undefined."""

LOG_LOSS_FLOOR = 1e-7


@dataclass(frozen=True)
class Totals:
    """What label metrics depend on, each (..., n_classes): correct, true and predicted.

    `hits` counts images of a class that were called so, `true` those of the class,
    `predicted` those called so.
    """

    hits: Floats
    true: Floats
    predicted: Floats

    @property
    def n_images(self) -> Floats:
        """Images, (...)."""
        return np.asarray(self.true.sum(axis=-1), dtype=float)


def confusion_counts(y_true: Ints, y_pred: Ints, n_classes: int) -> Ints:
    """Images by true (row) and predicted class: (n_classes, n_classes)."""
    cells = np.bincount(y_true * n_classes + y_pred, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes).astype(np.int64)


def totals_of(confusion: NDArray[Any]) -> Totals:
    """Totals of one confusion matrix, rows true."""
    counts = np.asarray(confusion, dtype=float)
    return Totals(np.diagonal(counts).copy(), counts.sum(axis=1), counts.sum(axis=0))


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Elementwise quotient, NaN where the denominator is 0."""
    shape = np.broadcast_shapes(np.shape(numerator), np.shape(denominator))
    undefined = np.full(shape, np.nan)
    divided: Floats = np.divide(
        numerator, denominator, out=undefined, where=denominator != 0
    )
    return divided


def _mean_over(values: Floats, chosen: NDArray[np.bool_]) -> Floats:
    return ratio(np.where(chosen, values, 0).sum(axis=-1), chosen.sum(axis=-1))


def accuracy(totals: Totals) -> Floats:
    """Share of images whose predicted class is the true one."""
    return ratio(totals.hits.sum(axis=-1), totals.n_images)


def majority_share(totals: Totals) -> Floats:
    """Accuracy of always naming the most frequent true class."""
    return ratio(totals.true.max(axis=-1), totals.n_images)


def chance_agreement(totals: Totals) -> Floats:
    """Accuracy that the same label shares would score if independent of the truth."""
    return ratio((totals.true * totals.predicted).sum(axis=-1), totals.n_images**2)


def precision(totals: Totals) -> Floats:
    """Per class, share of the images called so that are of the class."""
    return ratio(totals.hits, totals.predicted)


def recall(totals: Totals) -> Floats:
    """Per class, share of its images that are called so."""
    return ratio(totals.hits, totals.true)


def f1(totals: Totals) -> Floats:
    """Per class, harmonic mean of precision and recall; NaN if it never occurs."""
    return ratio(2 * totals.hits, totals.true + totals.predicted)


def balanced_accuracy(totals: Totals) -> Floats:
    """Mean recall over the classes that occur in the truth."""
    return _mean_over(recall(totals), totals.true > 0)


def macro_f1(totals: Totals) -> Floats:
    """Mean F1 over the classes that occur in the truth or among the predictions."""
    return _mean_over(f1(totals), totals.true + totals.predicted > 0)


def macro_f1_true_classes(totals: Totals) -> Floats:
    """Mean F1 over the classes that occur in the truth."""
    return _mean_over(f1(totals), totals.true > 0)


def weighted_f1(totals: Totals) -> Floats:
    """Mean F1 weighted by support."""
    weighted = np.where(totals.true > 0, f1(totals) * totals.true, 0)
    return ratio(weighted.sum(axis=-1), totals.n_images)


def kappa(totals: Totals) -> Floats:
    """Cohen's kappa: agreement beyond chance, in [-1, 1]; NaN if chance explains all.

    References
    ----------
    Cohen (1960), A coefficient of agreement for nominal scales.
    """
    chance = chance_agreement(totals)
    return ratio(accuracy(totals) - chance, 1 - chance)


def mcc(totals: Totals) -> Floats:
    """Matthews correlation for several classes; NaN if either side is constant.

    References
    ----------
    Gorodkin (2004), Comparing two K-category assignments by a K-category correlation.
    """
    n = totals.n_images
    covariance = n * totals.hits.sum(axis=-1) - (totals.true * totals.predicted).sum(-1)
    spread_true = n**2 - (totals.true**2).sum(axis=-1)
    spread_predicted = n**2 - (totals.predicted**2).sum(axis=-1)
    return ratio(covariance, np.sqrt(spread_true) * np.sqrt(spread_predicted))


def effective_classes(counts: NDArray[Any]) -> float:
    """Effective number of classes, exp of the entropy of the shares; NaN if empty."""
    return float(np.exp(entropy(counts)))


def entropy(counts: NDArray[Any]) -> float:
    """Entropy of the shares in nats, for (n_classes,) counts or shares."""
    if counts.sum() == 0:
        return float("nan")
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def cross_entropy_of_shares(true_counts: Floats, shares: Floats) -> float:
    """Log-loss, in nats, of a model that outputs `shares` for every image.

    Parameters
    ----------
    true_counts, shares : (n_classes,)
        Images per true class; the probabilities that the model outputs.
    """
    loss = -np.log(np.maximum(shares, LOG_LOSS_FLOOR))
    return float(ratio((true_counts * loss).sum(), true_counts.sum()))


def losses(y_true: Ints, proba: Floats) -> Floats:
    """Log-loss of each image in nats; probabilities below 1e-7 count as 1e-7."""
    chosen = proba[np.arange(len(y_true)), y_true]
    return -np.log(np.clip(chosen, LOG_LOSS_FLOOR, 1))


@dataclass(frozen=True)
class Ranking:
    """Area under the ROC curve of one class against the rest, and each image's part.

    `influence` is (n_images,) with mean 0: to first order, the area of a resample is
    `auc` plus the mean influence of the images drawn.
    """

    auc: float
    influence: Floats


def one_vs_rest_auc(is_class: NDArray[np.bool_], score: Floats) -> Ranking:
    """Probability that an image of the class scores above one that is not; ties half.

    Parameters
    ----------
    is_class : (n_images,) bool
    score : (n_images,) float

    Returns
    -------
    Ranking
        NaN and zero influence where only one side occurs.

    References
    ----------
    DeLong et al. (1988), Comparing the areas under two or more correlated ROC curves:
    `influence` holds their structural components.
    """
    n_class = int(is_class.sum())
    n_rest = len(is_class) - n_class
    if n_class == 0 or n_rest == 0:
        return Ranking(float("nan"), np.zeros(len(is_class)))
    order = np.argsort(score)
    placed = _placed(is_class[order], score[order])
    influence = np.empty(len(order))
    influence[order] = placed
    auc = float(influence[is_class].mean())
    influence -= auc
    influence *= np.where(is_class, len(order) / n_class, len(order) / n_rest)
    return Ranking(auc, influence)


def _placed(is_class: NDArray[np.bool_], score: Floats) -> Floats:
    """By rising score: share of the rest below an image of the class, or of it above.

    Few arrays are held at once, as each is as large as the scores.
    """
    ends = np.flatnonzero(np.append(score[1:] != score[:-1], True))
    class_up_to = np.cumsum(is_class)[ends]
    n_class = class_up_to[-1]
    rest_up_to = ends + 1 - class_up_to
    n_rest = rest_up_to[-1]
    n_tied = np.diff(ends, prepend=-1)
    del ends
    rest_below = rest_up_to - np.diff(rest_up_to, prepend=0) / 2
    rest_below /= n_rest
    del rest_up_to
    class_above = n_class - class_up_to + np.diff(class_up_to, prepend=0) / 2
    class_above /= n_class
    del class_up_to
    if len(n_tied) < len(score):
        rest_below, class_above = (
            np.repeat(each, n_tied) for each in (rest_below, class_above)
        )
    return np.where(is_class, rest_below, class_above)


LABEL_METRICS = (
    accuracy,
    majority_share,
    chance_agreement,
    balanced_accuracy,
    macro_f1,
    macro_f1_true_classes,
    weighted_f1,
    mcc,
    kappa,
)


def classification_summary(
    y_true: Ints, y_pred: Ints, n_classes: int
) -> dict[str, float]:
    """Every label metric of (n_images,) class ids, by name; NaN where undefined."""
    totals = totals_of(confusion_counts(y_true, y_pred, n_classes))
    return {metric.__name__: float(metric(totals)) for metric in LABEL_METRICS}
