"""Probabilities that are scaled and shifted by class, and the labels that follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.errors import InputError, parameter
from hirise.predictions import Predictions

FLOOR = float(np.finfo(np.float32).smallest_subnormal)
"""Probabilities of 0 count as this, the least above 0 that a network can give."""

_AT_ONCE = 8192


@dataclass(frozen=True)
class Adjustment:
    """What becomes of probabilities: `softmax(scale · ln p + offsets)`.

    Attributes
    ----------
    scale : float
        Above 0; 1 / temperature.
    offsets : tuple of float
        One per class, in nats, in the order of the class ids.
    """

    scale: float
    offsets: tuple[float, ...]

    @classmethod
    def by_offsets(cls, offsets: Floats) -> Adjustment:
        """Offsets alone, (n_classes,)."""
        return cls(1.0, tuple(map(float, offsets)))

    @classmethod
    def unchanged(cls, n_classes: int) -> Adjustment:
        """The one that changes nothing."""
        return cls(1.0, (0.0,) * n_classes)


def log_probabilities(proba: Floats) -> Floats:
    """Natural logarithms of (n_images, n_classes) probabilities, all finite.

    Examples
    --------
    >>> log_probabilities(np.array([[1.0, 0.0]])).round(1)
    array([[   0. , -103.3]])
    """
    logs: Floats = np.log(np.maximum(proba, FLOOR))
    return logs


def softmax(scores: Floats) -> Floats:
    """Probabilities of (n_images, n_classes) scores; each row sums to 1.

    Examples
    --------
    >>> softmax(np.array([[0.0, np.log(3)]]))
    array([[0.25, 0.75]])
    """
    proba = np.empty_like(scores)
    for rows, part in parts_by_class(scores):
        part -= part.max(axis=0)
        np.exp(part, out=part)
        part /= part.sum(axis=0)
        proba[rows] = part.T
    return proba


def parts_by_class(scores: Floats) -> Iterator[tuple[slice, Floats]]:
    """Copies of some thousand rows at a time, classes first: (n_classes, n_rows).

    Sums over few classes are several times faster so, and what is computed from a part
    stays in the processor's cache.

    Examples
    --------
    >>> scores = np.arange(6.0).reshape(3, 2)
    >>> [(rows, part.shape) for rows, part in parts_by_class(scores)]
    [(slice(0, 8192, None), (2, 3))]
    """
    for start in range(0, len(scores), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        yield rows, np.array(scores[rows].T, order="C")


def probability_of(scores: Floats, labels: Ints) -> Floats:
    """`softmax` of (n_images, n_classes) scores at the class `labels`: (n_images,).

    Examples
    --------
    >>> probability_of(np.array([[0.0, np.log(3)]]), np.array([1]))
    array([0.75])
    """
    confidence = np.empty(len(labels))
    for rows, part in parts_by_class(scores):
        part -= part.max(axis=0)
        np.exp(part, out=part)
        own = part[labels[rows], np.arange(part.shape[1])]
        confidence[rows] = own / part.sum(axis=0)
    return confidence


def adjust(predictions: Predictions, adjustment: Adjustment) -> Predictions:
    """The same images with adjusted probabilities, and the labels that follow.

    Without offsets the order of the classes stays, and so do the labels. Predictions
    need probabilities.

    Examples
    --------
    >>> predictions = Predictions(
    ...     y_pred=np.array([0]), class_names=("a", "b"), proba=np.array([[0.6, 0.4]])
    ... )
    >>> after = adjust(predictions, Adjustment(1.0, (0.0, 1.0)))
    >>> after.y_pred, after.proba.round(2)
    (array([1]), array([[0.36, 0.64]]))
    """
    if predictions.proba is None:
        raise ValueError("`predictions` must have probabilities.")
    offsets = np.array(adjustment.offsets)
    scores = adjustment.scale * log_probabilities(predictions.proba) + offsets
    y_pred = adjusted_labels(predictions, adjustment)
    return replace(predictions, proba=softmax(scores), y_pred=y_pred)


def adjusted_labels(predictions: Predictions, adjustment: Adjustment) -> Ints:
    """Only the labels of `adjust`: (n_images,).

    Examples
    --------
    >>> proba = np.array([[0.6, 0.4], [0.9, 0.1]])
    >>> predictions = Predictions(np.array([0, 0]), ("a", "b"), proba=proba)
    >>> adjusted_labels(predictions, Adjustment(1.0, (0.0, 1.0))).tolist()
    [1, 0]
    """
    offsets = np.array(adjustment.offsets)[:, None]
    if predictions.proba is None or not offsets.any():
        return predictions.y_pred
    labels = np.empty(len(predictions), dtype=np.int64)
    for rows, part in parts_by_class(predictions.proba):
        scores = adjustment.scale * log_probabilities(part) + offsets
        labels[rows] = scores.argmax(axis=0)
    return labels


def confidence_of(predictions: Predictions) -> Floats:
    """Probability of the predicted class, (n_images,).

    Examples
    --------
    >>> proba = np.array([[0.6, 0.4], [0.1, 0.9]])
    >>> confidence_of(Predictions(np.array([0, 1]), ("a", "b"), proba=proba)).tolist()
    [0.6, 0.9]
    """
    if predictions.proba is None:
        raise ValueError("`predictions` must have probabilities.")
    rows = np.arange(len(predictions))
    confidence: Floats = predictions.proba[rows, predictions.y_pred]
    return confidence


def take_confident(predictions: Predictions, least_confidence: float) -> Predictions:
    """Only the images whose predicted class has at least this probability.

    Raises
    ------
    InputError
        There is none.

    Examples
    --------
    >>> proba = np.array([[0.6, 0.4], [0.1, 0.9]])
    >>> predictions = Predictions(np.array([0, 1]), ("a", "b"), proba=proba)
    >>> take_confident(predictions, 0.8).y_pred.tolist()
    [1]
    """
    if least_confidence <= 0:
        return predictions
    confidence = confidence_of(predictions)
    rows = np.flatnonzero(confidence >= least_confidence)
    if not len(rows):
        raise InputError(
            f"No image has a confidence of {least_confidence:g} or more (the highest "
            f"is {confidence.max():.3g}), so all would be left unanswered.",
            how=f"Give a lower {parameter('confidence')}.",
        )
    return take_rows(predictions, rows)


def take_rows(predictions: Predictions, rows: NDArray[np.intp]) -> Predictions:
    """The predictions for some images.

    Examples
    --------
    >>> predictions = Predictions(
    ...     np.array([0, 1]), ("a", "b"), image=["x.jpg", "y.jpg"]
    ... )
    >>> list(take_rows(predictions, np.array([1])).image)
    ['y.jpg']
    """
    columns = {
        name: values[rows]
        for name in ("y_true", "proba", "image", "group")
        if (values := getattr(predictions, name)) is not None
    }
    return replace(predictions, y_pred=predictions.y_pred[rows], **columns)
