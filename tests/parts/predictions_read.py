"""Predictions on a table of six images, and what was read of predictions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hirise.predictions import Predictions

NAMES = np.array(["cat", "dog", "horse"])
TRUTH = np.array([0, 1, 2, 0, 1, 2])
PREDICTED = np.array([0, 1, 2, 0, 2, 1])
"""Four of six are correct."""
FILES = [f"{i}.png" for i in range(6)]
PROBA = np.full((6, 3), 0.2) + 0.4 * np.eye(3)[PREDICTED]


def truth(predictions: Predictions) -> list[str | None]:
    """True labels as text, None where unknown."""
    assert predictions.y_true is not None
    return [None if i < 0 else predictions.class_names[i] for i in predictions.y_true]


def accuracy(predictions: Predictions) -> float:
    """How many of the images are predicted correctly."""
    assert predictions.y_true is not None
    return float((predictions.y_true == predictions.y_pred).mean())


def counted(predictions: Predictions) -> NDArray[np.int64]:
    """Images by true and predicted class."""
    assert predictions.y_true is not None
    n = len(predictions.class_names)
    confusion = np.zeros((n, n), dtype=np.int64)
    np.add.at(confusion, (predictions.y_true, predictions.y_pred), 1)
    return confusion
