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

# Keras clips probabilities at the same value, `keras.config.epsilon()`.
LOG_LOSS_FLOOR = 1e-7
_ROWS = 10_000


@dataclass(frozen=True)
class Totals:
    """What label metrics depend on, each (..., n_classes): correct, true and predicted.

    `hits` counts images of a class that are predicted as it, `true` those of the class,
    `predicted` those that are predicted as it.
    """

    hits: Floats
    true: Floats
    predicted: Floats

    @property
    def n_images(self) -> Floats:
        """Images, (...)."""
        return np.asarray(self.true.sum(axis=-1), dtype=float)


def confusion_counts(y_true: Ints, y_pred: Ints, n_classes: int) -> Ints:
    """Images by true (row) and predicted class: (n_classes, n_classes).

    Examples
    --------
    >>> confusion_counts(np.array([0, 0, 1]), np.array([0, 1, 1]), n_classes=2)
    array([[1, 1],
           [0, 1]])
    """
    cells = np.bincount(y_true * n_classes + y_pred, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes).astype(np.int64)


def totals_of(confusion: NDArray[Any]) -> Totals:
    """Totals of one confusion matrix, rows true.

    Examples
    --------
    >>> totals = totals_of(np.array([[3, 1], [0, 2]]))
    >>> totals.hits, totals.true, totals.predicted
    (array([3., 2.]), array([4., 2.]), array([3., 3.]))
    """
    counts = np.asarray(confusion, dtype=float)
    return Totals(np.diagonal(counts).copy(), counts.sum(axis=1), counts.sum(axis=0))


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Elementwise quotient, NaN where the denominator is 0.

    Examples
    --------
    >>> ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0]))
    array([0.25,  nan])
    """
    shape = np.broadcast_shapes(np.shape(numerator), np.shape(denominator))
    undefined = np.full(shape, np.nan)
    divided: Floats = np.divide(
        numerator, denominator, out=undefined, where=denominator != 0
    )
    return divided


def _mean_over(values: Floats, chosen: NDArray[np.bool_]) -> Floats:
    return ratio(np.where(chosen, values, 0).sum(axis=-1), chosen.sum(axis=-1))


def accuracy(totals: Totals) -> Floats:
    """Fraction of images whose predicted class is the true one.

    Examples
    --------
    >>> float(accuracy(totals_of(np.array([[3, 1], [0, 4]]))))
    0.875
    """
    return ratio(totals.hits.sum(axis=-1), totals.n_images)


def majority_share(totals: Totals) -> Floats:
    """Accuracy of the majority-class baseline.

    Examples
    --------
    >>> float(majority_share(totals_of(np.array([[60, 15], [10, 15]]))))
    0.75
    """
    return ratio(totals.true.max(axis=-1), totals.n_images)


def chance_agreement(totals: Totals) -> Floats:
    """Accuracy of predictions with the same class frequencies, but independent.

    Examples
    --------
    >>> float(chance_agreement(totals_of(np.array([[60, 15], [10, 15]]))))
    0.6
    """
    return ratio((totals.true * totals.predicted).sum(axis=-1), totals.n_images**2)


def precision(totals: Totals) -> Floats:
    """Per class, fraction of its predictions that are correct.

    Examples
    --------
    >>> precision(totals_of(np.array([[3, 1], [0, 4]])))
    array([1. , 0.8])
    """
    return ratio(totals.hits, totals.predicted)


def recall(totals: Totals) -> Floats:
    """Per class, fraction of its images that are classified correctly.

    Examples
    --------
    >>> recall(totals_of(np.array([[3, 1], [0, 4]])))
    array([0.75, 1.  ])
    """
    return ratio(totals.hits, totals.true)


def f1(totals: Totals) -> Floats:
    """Per class, harmonic mean of precision and recall; NaN if it never occurs.

    Examples
    --------
    >>> f1(totals_of(np.array([[3, 1, 0], [1, 3, 0], [0, 0, 0]])))
    array([0.75, 0.75,  nan])
    """
    return ratio(2 * totals.hits, totals.true + totals.predicted)


def balanced_accuracy(totals: Totals) -> Floats:
    """Mean recall over the true classes.

    Examples
    --------
    >>> float(balanced_accuracy(totals_of(np.array([[90, 0], [5, 5]]))))
    0.75
    """
    return _mean_over(recall(totals), totals.true > 0)


def macro_f1(totals: Totals) -> Floats:
    """Mean F1 over the true and the predicted classes.

    Examples
    --------
    >>> totals = totals_of(np.array([[3, 1, 0], [1, 3, 0], [0, 0, 0]]))
    >>> float(macro_f1(totals))
    0.75
    """
    return _mean_over(f1(totals), totals.true + totals.predicted > 0)


def macro_f1_true_classes(totals: Totals) -> Floats:
    """Mean F1 over the true classes.

    Examples
    --------
    >>> totals = totals_of(np.array([[3, 1, 0], [1, 2, 1], [0, 0, 0]]))
    >>> [round(float(f(totals)), 2) for f in (macro_f1_true_classes, macro_f1)]
    [0.66, 0.44]
    """
    return _mean_over(f1(totals), totals.true > 0)


def weighted_f1(totals: Totals) -> Floats:
    """Mean F1 weighted by support.

    Examples
    --------
    >>> totals = totals_of(np.array([[90, 0], [10, 0]]))
    >>> round(float(weighted_f1(totals)), 2), round(float(macro_f1(totals)), 2)
    (0.85, 0.47)
    """
    weighted = np.where(totals.true > 0, f1(totals) * totals.true, 0)
    return ratio(weighted.sum(axis=-1), totals.n_images)


def kappa(totals: Totals) -> Floats:
    """Cohen's kappa: agreement beyond chance, in [-1, 1]; NaN if chance explains all.

    References
    ----------
    Cohen (1960), A coefficient of agreement for nominal scales.

    Examples
    --------
    >>> float(kappa(totals_of(np.array([[90, 0], [10, 0]]))))
    0.0
    >>> round(float(kappa(totals_of(np.array([[45, 5], [5, 45]])))), 2)
    0.8
    """
    chance = chance_agreement(totals)
    return ratio(accuracy(totals) - chance, 1 - chance)


def mcc(totals: Totals) -> Floats:
    """Matthews correlation for several classes; NaN if either input is constant.

    References
    ----------
    Gorodkin (2004), Comparing two K-category assignments by a K-category correlation.

    Examples
    --------
    >>> round(float(mcc(totals_of(np.array([[45, 5], [5, 45]])))), 2)
    0.8
    """
    n = totals.n_images
    covariance = n * totals.hits.sum(axis=-1) - (totals.true * totals.predicted).sum(-1)
    spread_true = n**2 - (totals.true**2).sum(axis=-1)
    spread_predicted = n**2 - (totals.predicted**2).sum(axis=-1)
    return ratio(covariance, np.sqrt(spread_true) * np.sqrt(spread_predicted))


def effective_classes(counts: NDArray[Any]) -> float:
    """Effective number of classes: exp of the frequencies' entropy; NaN if empty.

    Examples
    --------
    >>> [round(effective_classes(np.array(n)), 2) for n in ([5, 5, 0], [97, 2, 1])]
    [2.0, 1.17]
    """
    return float(np.exp(entropy(counts)))


def entropy(counts: NDArray[Any]) -> float:
    """Entropy of class frequencies in nats, for (n_classes,) counts or frequencies.

    Examples
    --------
    >>> round(entropy(np.array([1, 1])), 4), round(entropy(np.array([1, 1, 1, 1])), 4)
    (0.6931, 1.3863)
    """
    if counts.sum() == 0:
        return float("nan")
    frequencies = counts[counts > 0] / counts.sum()
    return float(-(frequencies * np.log(frequencies)).sum())


def cross_entropy_of(true_counts: Floats, frequencies: Floats) -> float:
    """Log-loss, in nats, of a model that outputs `frequencies` for every image.

    Parameters
    ----------
    true_counts, frequencies : (n_classes,)
        Images per true class; the probabilities that the model outputs.

    Examples
    --------
    >>> counts = np.array([75.0, 25.0])
    >>> round(cross_entropy_of(counts, np.array([0.75, 0.25])), 3)
    0.562
    >>> round(cross_entropy_of(counts, np.array([0.5, 0.5])), 3)
    0.693
    """
    loss = -np.log(np.maximum(frequencies, LOG_LOSS_FLOOR))
    return float(ratio((true_counts * loss).sum(), true_counts.sum()))


def losses(y_true: Ints, proba: Floats) -> Floats:
    """Log-loss of each image in nats; probabilities below 1e-7 count as 1e-7.

    Examples
    --------
    >>> losses(np.array([0, 1]), np.array([[0.5, 0.5], [1.0, 0.0]])).round(2).tolist()
    [0.69, 16.12]
    """
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
        NaN and zero influence where the class has all images, or none.

    References
    ----------
    DeLong et al. (1988), Comparing the areas under two or more correlated ROC curves:
    `influence` holds their structural components.

    Examples
    --------
    >>> is_crater = np.array([True, True, False, False])
    >>> one_vs_rest_auc(is_crater, np.array([0.9, 0.4, 0.5, 0.1])).auc
    0.75
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
    """By rising score: fraction of the rest below an image of the class, or reverse.

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


def quadratic_kappa(squared_error: Floats, totals: Totals) -> Floats:
    """Cohen's kappa with quadratic weights, for classes in order.

    An error over two classes weighs four times as much as one between neighbours.

    Parameters
    ----------
    squared_error : float, or (n_resamples,)
        Sum over images of the squared distance between true and predicted class.
    totals : Totals

    References
    ----------
    Cohen (1968), Weighted kappa.

    Examples
    --------
    >>> confusion = np.array([[2, 1, 0], [0, 3, 0], [1, 0, 3]])
    >>> # One error of one class and one of two: 1 + 4. By chance it were 13.
    >>> round(float(quadratic_kappa(np.float64(5), totals_of(confusion))), 4)
    0.6154
    """
    places = np.arange(totals.true.shape[-1])
    weights = (places[:, None] - places) ** 2
    chance = ((totals.true @ weights) * totals.predicted).sum(axis=-1)
    chance = ratio(chance, totals.true.sum(axis=-1))
    return 1 - ratio(np.asarray(squared_error, dtype=float), chance)


def is_in_top(y_true: Ints, proba: Floats, k: int) -> NDArray[np.bool_]:
    """Whether the true class is among the `k` most probable: (n_images,).

    Of equal probabilities the first class goes before.

    Examples
    --------
    >>> proba = np.array([[0.5, 0.3, 0.2], [0.4, 0.2, 0.4]])
    >>> is_in_top(np.array([1, 1]), proba, k=2).tolist()
    [True, False]
    """
    found = np.zeros(len(y_true), dtype=bool)
    places = np.arange(proba.shape[1])
    # In parts: a comparison of all classes takes as much memory as the probabilities.
    for start in range(0, len(y_true), _ROWS):
        rows = slice(start, start + _ROWS)
        part, true = proba[rows], y_true[rows, None]
        own = np.take_along_axis(part, true, axis=1)
        before = (part > own) | ((part == own) & (places < true))
        found[rows] = before.sum(axis=1) < k
    return found


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
    """Every label metric of (n_images,) class ids, by name; NaN where undefined.

    Examples
    --------
    >>> scores = classification_summary(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    >>> {name: round(scores[name], 3) for name in ("accuracy", "kappa")}
    {'accuracy': 0.667, 'kappa': 0.4}
    """
    totals = totals_of(confusion_counts(y_true, y_pred, n_classes))
    return {metric.__name__: float(metric(totals)) for metric in LABEL_METRICS}
