"""Predictions -> predictions: scaled log-probabilities with an offset per class.

Logit adjustment, thresholds, temperature and prior shift are all of this one form, and
so is any chain of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hirise.predictions import Predictions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

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


def log_probabilities(proba: Floats) -> Floats:
    """Natural logarithms of (n_images, n_classes) probabilities, all finite."""
    logs: Floats = np.log(np.maximum(proba, FLOOR))
    return logs


def softmax(scores: Floats) -> Floats:
    """Probabilities of (n_images, n_classes) scores; each row sums to 1."""
    proba = np.empty_like(scores)
    for rows, part in by_class(scores):
        part -= part.max(axis=0)
        np.exp(part, out=part)
        part /= part.sum(axis=0)
        proba[rows] = part.T
    return proba


def by_class(scores: Floats) -> Iterator[tuple[slice, Floats]]:
    """Copies of some thousand rows at a time, classes first: (n_classes, n_rows).

    What is summed over few classes is so summed several times quicker, and what is made
    of a part stays in the processor's cache.
    """
    for start in range(0, len(scores), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        yield rows, np.array(scores[rows].T, order="C")


def called_probability(scores: Floats, called: Ints) -> Floats:
    """`softmax` of (n_images, n_classes) scores at the class `called`: (n_images,)."""
    found = np.empty(len(called))
    for rows, part in by_class(scores):
        part -= part.max(axis=0)
        np.exp(part, out=part)
        own = part[called[rows], np.arange(part.shape[1])]
        found[rows] = own / part.sum(axis=0)
    return found


def adjusted(predictions: Predictions, adjustment: Adjustment) -> Predictions:
    """The same images with adjusted probabilities, and the labels that follow.

    Without offsets the order of the classes stays, and so do the labels. Predictions
    need probabilities.
    """
    if predictions.proba is None:
        raise ValueError("`predictions` must have probabilities.")
    offsets = np.array(adjustment.offsets)
    scores = adjustment.scale * log_probabilities(predictions.proba) + offsets
    y_pred = adjusted_labels(predictions, adjustment)
    return replace(predictions, proba=softmax(scores), y_pred=y_pred)


def adjusted_labels(predictions: Predictions, adjustment: Adjustment) -> Ints:
    """The labels alone of `adjusted`: (n_images,)."""
    offsets = np.array(adjustment.offsets)[:, None]
    if predictions.proba is None or not offsets.any():
        return predictions.y_pred
    labels = np.empty(len(predictions), dtype=np.int64)
    for rows, part in by_class(predictions.proba):
        scores = adjustment.scale * log_probabilities(part) + offsets
        labels[rows] = scores.argmax(axis=0)
    return labels
