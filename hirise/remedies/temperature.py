"""Temperature scaling: one number that makes confidence mean what it says."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hirise.calibration import expected_calibration_error, reliability
from hirise.remedies.adjustment import Adjustment, softmax
from hirise.remedies.remedy import (
    Fitted,
    Ground,
    Remedy,
    varied_probabilities,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LEAST, MOST = 0.05, 20.0
"""Bounds of the temperature; beyond them val does not tell it."""

_MOST_STEPS = 60
_CLOSE = 1e-12


@dataclass(frozen=True)
class TemperatureScaling(Remedy):
    """Divides the log-probabilities by a temperature, fitted on val by log-loss."""

    key = "temperature-scaling"
    title = "Temperature scaling"
    source = "Guo et al. (2017), arXiv:1706.04599"
    effect = (
        "Confidence comes to mean accuracy; no predicted label changes, so accuracy "
        "and macro-F1 stay."
    )

    def fit(self, ground: Ground) -> Fitted:
        """Fit the temperature."""
        varied_probabilities(ground.target, ground.where)
        truth, logs = ground.labelled_val("a temperature")
        temperature = best_temperature(truth, logs)
        before, after = _ece(truth, logs), _ece(truth, logs / temperature)
        told = (
            f"Temperature {temperature:.3g}, fitted on val: its calibration error is "
            f"{after:.3f} ({before:.3f} without)."
        )
        if temperature in (LEAST, MOST):
            told += " That is the bound of what is tried: val does not tell it."
        n_classes = len(ground.target.class_names)
        adjustment = Adjustment(1 / temperature, (0.0,) * n_classes)
        return self.fitted(told, adjustment, temperature=temperature)


def best_temperature(truth: Ints, logs: Floats) -> float:
    """The temperature with the least log-loss, from .05 to 20.

    Parameters
    ----------
    truth : (n_images,) int
    logs : (n_images, n_classes) float
        Log-probabilities, or logits.

    References
    ----------
    Guo et al. (2017), arXiv:1706.04599. The log-loss is convex in 1 / temperature, so
    its slope has one root, found by false position (Dowell and Jarratt 1971).
    """
    true = logs[np.arange(len(truth)), truth]

    def slope(scale: float) -> float:
        expected = (softmax(scale * logs) * logs).sum(axis=1)
        return float((expected - true).mean())

    low, high = 1 / MOST, 1 / LEAST
    below, above = slope(low), slope(high)
    if below >= 0:
        return MOST
    if above <= 0:
        return LEAST
    return 1 / _root(slope, (low, below), (high, above))


def _root(
    slope: Callable[[float], float],
    low: tuple[float, float],
    high: tuple[float, float],
) -> float:
    """Where a rising slope is 0, between two places given with their slopes.

    False position by the Illinois rule: a dozen slopes instead of sixty by halving.
    """
    (left, below), (right, above) = low, high
    side = 0
    middle = left
    for _ in range(_MOST_STEPS):
        middle = (left * above - right * below) / (above - below)
        found = slope(middle)
        if abs(found) <= _CLOSE or right - left <= _CLOSE * middle:
            break
        if found < 0:
            left, below = middle, found
            above, side = (above / 2 if side < 0 else above), -1
        else:
            right, above = middle, found
            below, side = (below / 2 if side > 0 else below), 1
    return middle


def _ece(truth: Ints, logs: Floats) -> float:
    proba = softmax(logs)
    right = proba.argmax(axis=1) == truth
    return expected_calibration_error(reliability(proba.max(axis=1), right))
