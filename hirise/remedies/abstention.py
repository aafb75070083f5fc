"""Abstention: no answer where the classifier is not sure enough."""

from dataclasses import dataclass

from hirise.diagnosis.wording import percent
from hirise.errors import InputError
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
