"""Predictions -> predictions: scaled log-probabilities with an offset per class.

Logit adjustment, thresholds, temperature and prior shift are all of this one form, and
so is any chain of them.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hirise.predictions import Predictions

Floats = NDArray[np.float64]

FLOOR = float(np.finfo(np.float32).smallest_subnormal)
"""Probabilities of 0 count as this, the least above 0 that a network can give."""


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
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    proba: Floats = powers / powers.sum(axis=1, keepdims=True)
    return proba


def adjusted(predictions: Predictions, adjustment: Adjustment) -> Predictions:
    """The same images with adjusted probabilities, and the labels that follow.

    Without offsets the order of the classes stays, and so do the labels. Predictions
    need probabilities.
    """
    if predictions.proba is None:
        raise ValueError("`predictions` must have probabilities.")
    offsets = np.array(adjustment.offsets)
    scores = adjustment.scale * log_probabilities(predictions.proba) + offsets
    y_pred = scores.argmax(axis=1) if offsets.any() else predictions.y_pred
    return replace(predictions, proba=softmax(scores), y_pred=y_pred)
