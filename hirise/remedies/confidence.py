"""Temperature scaling and abstention, and confidence before and after them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.diagnosis import Diagnosis
from hirise.diagnosis.wording import percent
from hirise.errors import InputError
from hirise.evaluation import (
    Calibration,
    calibration,
    confidences_of,
    coverage_table,
)
from hirise.evaluation.evaluation import Clusters
from hirise.metrics.calibration import expected_calibration_error, reliability
from hirise.remedies.remedy import (
    Adjustment,
    Fitted,
    Ground,
    Remedy,
    by_class,
    called_probability,
    confidence_of,
    log_probabilities,
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


OPERATING_POINT = 0.9
"""NASA shows users only predictions with at least this calibrated probability."""


@dataclass(frozen=True)
class Abstention(Remedy):
    """Answers only where the calibrated confidence is at least `confidence`.

    Confidence is calibrated by temperature scaling on val.
    """

    key = "abstention"
    title = "Abstention"
    source = (
        "Geifman and El-Yaniv (2017), arXiv:1705.08500; calibrated after Guo et al. "
        "(2017), arXiv:1706.04599"
    )
    effect = (
        "Accuracy of the answers rises, coverage falls; rare classes are often those "
        "left unanswered. It cures no collapse."
    )

    confidence: float = OPERATING_POINT

    def __post_init__(self) -> None:
        if not 0 < self.confidence <= 1:
            raise InputError(
                f"The confidence must be above 0 and at most 1, got "
                f"{self.confidence:g}."
            )

    def fit(self, ground: Ground) -> Fitted:
        """Fit the temperature that calibrates the confidence."""
        calibrated = TemperatureScaling().fit(ground)
        cured = calibrated(ground.target)
        covered = float((confidence_of(cured) >= self.confidence).mean())
        told = (
            f"{percent(covered)} of the images are answered, those with a confidence "
            f"of {self.confidence:g} or more. {calibrated.told}"
        )
        return self.fitted(
            told,
            calibrated.adjustment,
            least_confidence=self.confidence,
            confidence=self.confidence,
            coverage=covered,
            **calibrated.parameters,
        )


MISLEADS = {
    "collapsed": "the predictions have collapsed",
    "partly-collapsed": "the predictions have partly collapsed",
    "uninformed": "the predictions have nothing to do with the truth",
}
"""Verdict -> why calibration says nothing of such predictions."""


@dataclass(frozen=True)
class Calibrated:
    """How far confidence can be believed, as it is and after temperature scaling.

    Attributes
    ----------
    temperature : float, optional
        Fitted on val; None where that cannot be done.
    told : str
        What was fitted, or why nothing could be, in a sentence.
    before, after : Calibration
        Of the labelled target images; `after` is None without a temperature.
    coverage : DataFrame
        As `coverage_table`, of the calibrated confidence if there is a temperature.
    on_val : bool
        The target is val itself, on which the temperature was fitted.
    n_images : int
        Labelled images.
    """

    temperature: float | None
    told: str
    before: Calibration
    after: Calibration | None
    coverage: pd.DataFrame
    on_val: bool
    n_images: int

    def at(self, confidence: float) -> pd.Series:
        """The row of `coverage` for the nearest least confidence."""
        return self.coverage.iloc[round(min(max(confidence, 0.0), 1.0) * 100)]


def why_calibration_misleads(diagnosis: Diagnosis) -> str:
    """The reason in a sentence; "" where calibration can be looked at."""
    reason = MISLEADS.get(diagnosis.verdict)
    if reason is None:
        return ""
    return (
        f"Calibration would mislead: {reason}, and confidence that only repeats the "
        f"class shares can look honest while it tells no image from another."
    )


def calibrated(ground: Ground, *, cluster: str | Clusters = "auto") -> Calibrated:
    """Measure confidence on the target, before and after a temperature fitted on val.

    Parameters
    ----------
    ground : Ground
        Its `val` may be the target itself.
    cluster : {"auto", "landmark", "observation", "none"}
        What is resampled for the intervals.

    Raises
    ------
    InputError
        The target has no probabilities or no truth.
    """
    target = ground.target
    if target.proba is None:
        raise InputError("There are no probabilities, only labels.")
    if not target.labelled.any():
        raise InputError("There are no true labels to hold the confidence against.")
    judged = confidences_of(target, cluster=cluster)
    before, after, temperature = calibration(judged), None, None
    try:
        fitted = TemperatureScaling().fit(ground)
    except InputError as error:
        told = str(error)
    else:
        told, temperature = fitted.told, fitted.adjustment.scale**-1
        # No label changes, so neither do rightness and groups.
        rows = target.labelled
        scores = fitted.adjustment.scale * log_probabilities(target.proba[rows])
        confidence = called_probability(scores, target.y_pred[rows])
        judged = judged._replace(confidence=confidence)
        after = calibration(judged)
    return Calibrated(
        temperature,
        told,
        before,
        after,
        coverage_table(judged),
        on_val=ground.val is target,
        n_images=int(target.labelled.sum()),
    )


def confidence_document(
    ground: Ground | None, diagnosis: Diagnosis, *, cluster: str = "auto"
) -> dict[str, Any]:
    """The key `confidence` of `hirise check --json`; None where undefined.

    `ground` is None where there are no predictions.
    """
    reason = why_calibration_misleads(diagnosis)
    if ground is None:
        reason = "There are no predictions."
    if ground is None or reason:
        return {**_NOTHING, "reason": reason}
    try:
        found = calibrated(ground, cluster=cluster)
    except InputError as error:
        return {**_NOTHING, "reason": str(error)}
    row = found.at(OPERATING_POINT)
    return {
        "temperature": found.temperature,
        "fitted_on": None if found.temperature is None else "val",
        "reason": found.told if found.temperature is None else None,
        "ece_calibrated": _bounds(*(found.after.ece if found.after else _UNDEFINED)),
        "least_confidence": OPERATING_POINT,
        "n_answered": int(row["n_answered"]),
        "n_right": int(row["n_right"]),
        **{
            key: _bounds(row[key], row[f"{key}_low"], row[f"{key}_high"])
            for key in ("coverage", "accuracy")
        },
    }


def _bounds(value: float, low: float, high: float) -> dict[str, float | None]:
    found = {"value": value, "low": low, "high": high}
    return {k: float(v) if math.isfinite(v) else None for k, v in found.items()}


_UNDEFINED = (math.nan, math.nan, math.nan)
_NOTHING: dict[str, Any] = {
    "temperature": None,
    "fitted_on": None,
    "reason": None,
    "ece_calibrated": _bounds(*_UNDEFINED),
    "least_confidence": OPERATING_POINT,
    "n_answered": None,
    "n_right": None,
    "coverage": _bounds(*_UNDEFINED),
    "accuracy": _bounds(*_UNDEFINED),
}
