"""Confidence before and after temperature scaling, as tables and as JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hirise.diagnosis import Diagnosis
from hirise.errors import InputError
from hirise.evaluation import (
    Calibration,
    calibration,
    coverage_table,
    judged_confidence,
)
from hirise.evaluation.clusters import Clusters
from hirise.remedies.abstention import OPERATING_POINT
from hirise.remedies.adjustment import called_probability, log_probabilities
from hirise.remedies.remedy import Ground
from hirise.remedies.temperature import TemperatureScaling

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
    judged = judged_confidence(target, cluster=cluster)
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
