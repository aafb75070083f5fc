"""Predictions made by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import ArrayLike

from hirise.predictions import Predictions

NAMES = ("other", "crater", "dune")


def predictions_of(
    proba: ArrayLike,
    y_true: ArrayLike | None = None,
    *,
    split: str = "val",
    names: Sequence[str] = NAMES,
    prefix: str = "i",
) -> Predictions:
    """`Predictions` of lists; the label is the most probable class."""
    weights = np.array(proba, dtype=float)
    rows = weights / weights.sum(axis=1, keepdims=True)
    return Predictions(
        y_pred=rows.argmax(axis=1),
        class_names=tuple(names[: rows.shape[1]]),
        y_true=None if y_true is None else np.array(y_true),
        proba=rows,
        image=np.array([f"{prefix}{i}.jpg" for i in range(len(rows))], dtype=object),
        split=split,
    )


def thresholded(
    n: int,
    seed: int,
    *,
    split: str = "val",
    shares: Sequence[float] = (0.9, 0.07, 0.03),
) -> Predictions:
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
