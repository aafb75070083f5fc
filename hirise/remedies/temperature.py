"""Temperature scaling: one number that makes confidence mean what it says."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hirise.calibration import expected_calibration_error, reliability
from hirise.remedies.adjustment import Adjustment, by_class, called_probability
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
        before, after = _ece(truth, logs, 1.0), _ece(truth, logs, 1 / temperature)
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
    its slope has one root: found by Newton's steps, which are halved into the interval
    that is known to hold it where they leave it.
    """
    aim = float(logs[np.arange(len(truth)), truth].mean())
    low, high = 1 / MOST, 1 / LEAST
    if _slope(logs, aim, low)[0] >= 0:
        return MOST
    if _slope(logs, aim, high)[0] <= 0:
        return LEAST
    scale = 1.0
    for _ in range(_MOST_STEPS):
        slope, curvature = _slope(logs, aim, scale)
        low, high = (scale, high) if slope < 0 else (low, scale)
        ahead = scale - slope / curvature if curvature > 0 else low
        if min(abs(slope), abs(ahead - scale) / scale) <= _CLOSE:
            break
        scale = ahead if low < ahead < high else (low + high) / 2
    return 1 / scale


def _slope(logs: Floats, aim: float, scale: float) -> tuple[float, float]:
    """First and second derivative of the log-loss by 1 / temperature."""
    first = second = 0.0
    for _, part in by_class(logs):
        powers = scale * part
        powers -= powers.max(axis=0)
        np.exp(powers, out=powers)
        powers /= powers.sum(axis=0)
        powers *= part
        means = powers.sum(axis=0)
        powers *= part
        first += means.sum()
        second += powers.sum() - means @ means
    return first / len(logs) - aim, second / len(logs)


def _ece(truth: Ints, logs: Floats, scale: float) -> float:
    called = logs.argmax(axis=1)
    confidence = called_probability(scale * logs, called)
    return expected_calibration_error(reliability(confidence, called == truth))
