"""Temperature scaling and abstention, and confidence before and after them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints
from hirise.diagnosis import Diagnosis
from hirise.diagnosis.wording import percent
from hirise.errors import InputError, Refusal
from hirise.evaluation import Calibration, calibration, confidences_of, coverage_table
from hirise.evaluation.clusters import Clusters
from hirise.metrics.calibration import expected_calibration_error, reliability
from hirise.remedies.adjustment import (
    Adjustment,
    confidence_of,
    log_probabilities,
    parts_by_class,
    probability_of,
)
from hirise.remedies.remedy import (
    FitData,
    Fitted,
    PredictionRemedy,
    check_probabilities_vary,
)

LEAST, MOST = 0.05, 20.0
"""Bounds of the temperature; beyond them val does not determine it."""
OPERATING_POINT = 0.9
"""NASA shows users only predictions with at least this calibrated probability."""

_MOST_STEPS = 60
_CLOSE = 1e-12

MISLEADING = {
    "collapsed": "the predictions have collapsed",
    "partly-collapsed": "the predictions have partly collapsed",
    "uninformed": "the predictions are unrelated to the true labels",
}
"""Verdict -> why calibration says nothing about such predictions."""


@dataclass(frozen=True)
class TemperatureScaling(PredictionRemedy):
    """Divides the log-probabilities by a temperature, fitted on val by log-loss."""

    key = "temperature-scaling"
    title = "Temperature scaling"
    source = "Guo et al. (2017), arXiv:1706.04599"
    effect = (
        "Confidence then equals accuracy on average. No predicted label changes, so "
        "accuracy and macro-F1 stay the same."
    )

    def fit(self, data: FitData) -> Fitted:
        """Fit the temperature."""
        check_probabilities_vary(data.target, data.where)
        truth, logs = data.labelled_val("a temperature")
        temperature = best_temperature(truth, logs)
        before, after = _ece(truth, logs, 1.0), _ece(truth, logs, 1 / temperature)
        sentence = (
            f"Temperature {temperature:.3g}, fitted on {data.chosen_on}: its "
            f"calibration error is "
            f"{after:.3f} ({before:.3f} without)."
        )
        if temperature in (LEAST, MOST):
            sentence += (
                " That is the limit of the range tried: val does not determine the "
                "temperature."
            )
        n_classes = len(data.target.class_names)
        adjustment = Adjustment(1 / temperature, (0.0,) * n_classes)
        return self.fitted(sentence, adjustment, temperature=temperature)


def best_temperature(truth: Ints, logs: Floats) -> float:
    """The temperature with the least log-loss, from 0.05 to 20.

    Parameters
    ----------
    truth : (n_images,) int
    logs : (n_images, n_classes) float
        Log-probabilities, or logits.

    References
    ----------
    Guo et al. (2017), arXiv:1706.04599. The log-loss is convex in 1 / temperature, so
    its slope has one root. Newton's method finds it; steps that leave the interval
    that is known to hold the root are replaced by bisection.

    Examples
    --------
    >>> truth = np.array([0] * 3 + [1])
    >>> logs = np.log(np.tile([0.9, 0.1], (4, 1)))
    >>> round(float(best_temperature(truth, logs)), 3)
    2.0
    """
    target = float(logs[np.arange(len(truth)), truth].mean())
    low, high = 1 / MOST, 1 / LEAST
    # The log-loss is convex in 1 / T: its slope tells on which side the minimum is.
    if _slope(logs, target, low)[0] >= 0:
        return MOST
    if _slope(logs, target, high)[0] <= 0:
        return LEAST
    scale = 1.0
    for _ in range(_MOST_STEPS):
        slope, curvature = _slope(logs, target, scale)
        low, high = (scale, high) if slope < 0 else (low, scale)
        # Newton's step, or half the interval where that step would leave it.
        ahead = scale - slope / curvature if curvature > 0 else low
        if min(abs(slope), abs(ahead - scale) / scale) <= _CLOSE:
            break
        scale = ahead if low < ahead < high else (low + high) / 2
    return 1 / scale


def _slope(logs: Floats, target: float, scale: float) -> tuple[float, float]:
    """First and second derivative of the log-loss by 1 / temperature."""
    first = second = 0.0
    for _, part in parts_by_class(logs):
        powers = scale * part
        powers -= powers.max(axis=0)
        np.exp(powers, out=powers)
        powers /= powers.sum(axis=0)
        powers *= part
        means = powers.sum(axis=0)
        powers *= part
        first += means.sum()
        second += powers.sum() - means @ means
    return first / len(logs) - target, second / len(logs)


def _ece(truth: Ints, logs: Floats, scale: float) -> float:
    y_pred = logs.argmax(axis=1)
    confidence = probability_of(scale * logs, y_pred)
    return expected_calibration_error(reliability(confidence, y_pred == truth))


@dataclass(frozen=True)
class Abstention(PredictionRemedy):
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
        "The accuracy of the answers rises, and coverage falls. Images of rare "
        "classes are often left unanswered. It does not cure a collapse."
    )

    confidence: float = OPERATING_POINT

    def __post_init__(self) -> None:
        if not 0 < self.confidence <= 1:
            raise InputError(
                f"The confidence must be above 0 and at most 1, got "
                f"{self.confidence:g}."
            )

    def fit(self, data: FitData) -> Fitted:
        """Fit the temperature that calibrates the confidence."""
        scaling = TemperatureScaling().fit(data)
        confidence = confidence_of(scaling(data.target))
        coverage = float((confidence >= self.confidence).mean())
        sentence = (
            f"{percent(coverage)} of the images are answered, those with a confidence "
            f"of {self.confidence:g} or more. {scaling.sentence}"
        )
        return self.fitted(
            sentence,
            scaling.adjustment,
            least_confidence=self.confidence,
            confidence=self.confidence,
            coverage=coverage,
            **scaling.parameters,
        )


@dataclass(frozen=True)
class Calibrated:
    """Confidence against accuracy, before and after temperature scaling.

    Attributes
    ----------
    temperature : float, optional
        Fitted on val; None where that cannot be done.
    sentence : str
        What was fitted, or why nothing could be.
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
    sentence: str
    before: Calibration
    after: Calibration | None
    coverage: pd.DataFrame
    on_val: bool
    n_images: int

    def at(self, confidence: float) -> pd.Series:
        """The row of `coverage` for the nearest least confidence."""
        return self.coverage.iloc[round(min(max(confidence, 0.0), 1.0) * 100)]


def calibration_refusal(diagnosis: Diagnosis) -> Refusal | None:
    """Why calibration would mislead; None where it can be shown.

    Examples
    --------
    >>> from hirise.diagnosis import diagnose
    >>> labels = ["a", "b"] * 20
    >>> calibration_refusal(diagnose({"y_true": labels, "y_pred": labels})) is None
    True
    >>> calibration_refusal(diagnose({"y_true": labels, "y_pred": ["a"] * 40})) is None
    False
    """
    reason = MISLEADING.get(diagnosis.verdict.key)
    if reason is None:
        return None
    return Refusal(
        f"Calibration would mislead: {reason}, and confidence that only repeats the "
        "class frequencies can look calibrated while it separates no image from "
        "another."
    )


def calibrate(data: FitData, *, cluster: str | Clusters = "auto") -> Calibrated:
    """Measure confidence on the target, before and after a temperature fitted on val.

    Parameters
    ----------
    data : FitData
        Its `val` may be the target itself.
    cluster : {"auto", "landmark", "observation", "none"}
        What is resampled for the intervals.

    Raises
    ------
    InputError
        The target has no probabilities or no true labels.

    Examples
    --------
    >>> from hirise.predictions import Predictions
    >>> proba = np.tile([[0.9, 0.1]], (40, 1))
    >>> truth = np.repeat([0, 1], [30, 10])
    >>> val = Predictions(np.zeros(40, int), ("a", "b"), truth, proba)
    >>> measured = calibrate(FitData(val, val))
    >>> round(measured.before.ece[0], 2)
    0.15
    """
    target = data.target
    if target.proba is None:
        raise InputError("There are no probabilities, only labels.")
    if not target.labelled.any():
        raise InputError("There are no true labels to compare the confidence with.")
    answers = confidences_of(target, cluster=cluster)
    before, after, temperature = calibration(answers), None, None
    try:
        scaling = TemperatureScaling().fit(data)
    except InputError as error:
        sentence = str(error)
    else:
        sentence, temperature = scaling.sentence, scaling.adjustment.scale**-1
        # No label changes, so what is correct and the groups stay too.
        rows = target.labelled
        scores = scaling.adjustment.scale * log_probabilities(target.proba[rows])
        confidence = probability_of(scores, target.y_pred[rows])
        answers = answers._replace(confidence=confidence)
        after = calibration(answers)
    return Calibrated(
        temperature,
        sentence,
        before,
        after,
        coverage_table(answers),
        on_val=data.val is target,
        n_images=int(target.labelled.sum()),
    )


def confidence_document(
    data: FitData | None, diagnosis: Diagnosis, *, cluster: str = "auto"
) -> dict[str, Any]:
    """The key `confidence` of `hirise check --json`; None where undefined.

    `data` is None where there are no predictions.

    Examples
    --------
    >>> from hirise.diagnosis import diagnose
    >>> labels = ["a", "b"] * 20
    >>> diagnosis = diagnose({"y_true": labels, "y_pred": labels})
    >>> confidence_document(None, diagnosis)["reason"]
    'There are no predictions.'
    """
    if data is None:
        return _undefined("There are no predictions.")
    refusal = calibration_refusal(diagnosis)
    if refusal is not None:
        return _undefined(str(refusal))
    try:
        measured = calibrate(data, cluster=cluster)
    except InputError as error:
        return _undefined(str(error))
    row = measured.at(OPERATING_POINT)
    ece = measured.after.ece if measured.after else _NO_BOUNDS
    return {
        "temperature": measured.temperature,
        "fitted_on": None if measured.temperature is None else "val",
        "reason": measured.sentence if measured.temperature is None else None,
        "ece_calibrated": _bounds(*ece),
        "least_confidence": OPERATING_POINT,
        "n_answered": int(row["n_answered"]),
        "n_right": int(row["n_right"]),
        **{
            key: _bounds(row[key], row[f"{key}_low"], row[f"{key}_high"])
            for key in ("coverage", "accuracy")
        },
    }


_NO_BOUNDS = (math.nan, math.nan, math.nan)


def _undefined(reason: str) -> dict[str, Any]:
    return {
        "temperature": None,
        "fitted_on": None,
        "reason": reason,
        "ece_calibrated": _bounds(*_NO_BOUNDS),
        "least_confidence": OPERATING_POINT,
        "n_answered": None,
        "n_right": None,
        "coverage": _bounds(*_NO_BOUNDS),
        "accuracy": _bounds(*_NO_BOUNDS),
    }


def _bounds(value: float, low: float, high: float) -> dict[str, float | None]:
    bounds = {"value": value, "low": low, "high": high}
    return {k: float(v) if math.isfinite(v) else None for k, v in bounds.items()}
