"""Predictions made by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from hirise.predictions import Predictions

NAMES = ("other", "crater", "dune")


def predictions_of(proba, y_true=None, *, split="val", names=NAMES, prefix="i"):
    """`Predictions` of lists; the label is the most probable class."""
    proba = np.array(proba, dtype=float)
    proba = proba / proba.sum(axis=1, keepdims=True)
    return Predictions(
        y_pred=proba.argmax(axis=1),
        class_names=names[: proba.shape[1]],
        y_true=None if y_true is None else np.array(y_true),
        proba=proba,
        image=[f"{prefix}{i}.jpg" for i in range(len(proba))],
        split=split,
    )


def thresholded(n: int, seed: int, *, split="val", shares=(0.9, 0.07, 0.03)):
    """A classifier that ranks well, and whose argmax always names the first class."""
    rng = np.random.default_rng(seed)
    y_true = rng.choice(len(shares), size=n, p=shares)
    y_true[: len(shares)] = range(len(shares))
    weights = np.array(shares) * np.exp(rng.normal(0, 0.2, (n, len(shares))))
    weights[np.arange(n), y_true] *= 2
    weights[:, 1:] = np.minimum(weights[:, 1:], 0.95 * weights[:, :1])
    return predictions_of(weights, y_true, split=split, prefix=f"{split}-")


@pytest.fixture
def make_thresholded() -> Callable[..., Predictions]:
    return thresholded


@pytest.fixture
def make_predictions() -> Callable[..., Predictions]:
    return predictions_of
