"""Abstention: no answer where the classifier is not sure enough."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hirise.diagnosis.wording import percent
from hirise.errors import InputError
from hirise.metrics import ratio
from hirise.predictions import Predictions
from hirise.remedies.remedy import Fitted, Ground, Remedy, confidence_of
from hirise.remedies.temperature import TemperatureScaling

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


def coverage_table(predictions: Predictions) -> pd.DataFrame:
    """Accuracy of the answers, if only those of at least some confidence are given.

    Returns
    -------
    DataFrame, one row per least confidence 0, .01 … 1
        Columns `confidence`, `n_answered`, `coverage` (share of labelled images) and
        `accuracy` (NaN without answers). Empty without truth or probabilities.
    """
    columns = ["confidence", "n_answered", "coverage", "accuracy"]
    rows = predictions.labelled
    if predictions.proba is None or predictions.y_true is None or not rows.any():
        return pd.DataFrame(columns=columns)
    confidence = confidence_of(predictions)[rows]
    right = confidence[(predictions.y_pred == predictions.y_true)[rows]]
    least = np.arange(101) / 100
    answers, hits = (
        (len(some) - np.searchsorted(np.sort(some), least)).astype(float)
        for some in (confidence, right)
    )
    values = (
        least,
        answers.astype(int),
        answers / len(confidence),
        ratio(hits, answers),
    )
    return pd.DataFrame(dict(zip(columns, values, strict=True)))
