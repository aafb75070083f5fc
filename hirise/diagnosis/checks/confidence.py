"""HR3xx: the probabilities."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.rules import RULES
from hirise.diagnosis.wording import Images, Rate, lowered, rate_of
from hirise.evaluation import Evaluation


@dataclass(frozen=True)
class MisleadingConfidence(Check):
    """Confidence is further from accuracy than chance explains on as many images."""

    code = "HR301"
    title = "Misleading confidence"
    advice = (
        "Before you rely on the confidence, scale the logits by a temperature fitted "
        "on validation."
    )
    remedies = ("temperature-scaling",)
    pages = ("confidence",)
    sentence = (
        "Confidence differs from accuracy by {error} on average. Calibrated "
        "confidence would differ by about {chance} on as many images; more than "
        "{tolerance} above that is misleading. The model is {direction}."
    )

    tolerance: float = 0.05

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = self._informed(evidence)
        error = rate_of(evaluation.bounds("ece"))
        if np.isnan(error.low):
            raise NotApplicable("there are too few groups of images for an interval")
        chance = _chance_error(evaluation)
        if error.low - chance > self.tolerance:
            table = evaluation.reliability
            excess = np.average(
                table["confidence"] - table["accuracy"], weights=table["n_images"]
            )
            yield self.finding(
                error=error,
                chance=Rate(chance),
                tolerance=Rate(self.tolerance),
                direction="overconfident" if excess > 0 else "underconfident",
            )

    def _informed(self, evidence: Evidence) -> Evaluation:
        """The evaluation, unless its confidence means nothing."""
        evaluation, verdict = evidence.require_measurable(), evidence.verdict
        if not evaluation.has_proba:
            raise NotApplicable("there are no probabilities, only labels")
        if verdict.failing:
            raise NotApplicable(
                f"the verdict is “{lowered(verdict.title)}”: confidence that repeats "
                "the class frequencies can be calibrated and still mean nothing"
            )
        return evaluation


def _chance_error(evaluation: Evaluation) -> float:
    """About the calibration error that calibrated confidence has by chance alone.

    The mean absolute deviation of a rate, √(2 p (1 − p) / π n), in each bin; n are
    groups, as images of one group are correct or incorrect together.
    """
    table = evaluation.reliability
    p, n = table["confidence"].clip(0, 1), table["n_images"]
    n_groups = n * evaluation.n_groups / n.sum()
    return float(np.average(np.sqrt(2 * p * (1 - p) / (np.pi * n_groups)), weights=n))


@dataclass(frozen=True)
class IdenticalProbabilities(Check):
    """Every image gets the same probabilities, whatever it shows."""

    code = "HR302"
    title = "Identical probabilities for all images"
    advice = "Check that the input reaches the network, and that its units are alive."
    severity = "error"
    remedies = ("lower-learning-rate", "transfer")
    pages = ("predictions", "confidence")
    sentence = (
        "The model gives the same probabilities to {images}: each varies by "
        "{spread:.2g} at most (up to {tolerance:.0e} counts as the same)."
    )

    tolerance: float = RULES.same_row
    minimum: int = RULES.min_images

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.require_probabilities()
        if evaluation.n_images < 2:
            raise NotApplicable("there is only one image")
        spread = float(evaluation.probabilities["range"].max())
        if spread <= self.tolerance:
            collapsed = evidence.verdict.key == "collapsed"
            few = evaluation.n_images < self.minimum
            yield self.finding(
                severity="error" if collapsed else "note" if few else "warning",
                images=Images(evaluation.n_images, evaluation.split),
                spread=spread,
                tolerance=self.tolerance,
            )


@dataclass(frozen=True)
class FrequenciesAsProbabilities(Check):
    """Every image gets the training class frequencies as its probabilities."""

    code = "HR303"
    title = "Probabilities equal the training class frequencies"
    advice = (
        "Only the class frequencies were learned: check the input and the learning "
        "rate."
    )
    remedies = ("lower-learning-rate", "transfer")
    pages = ("predictions", "confidence")
    sentence = (
        "The mean probabilities of {images} differ from the training class frequencies "
        "by at most {difference:.3f}, and their standard deviation over the images is "
        "at most {spread:.3f}. Up to {tolerance:.2f} counts as equal."
    )

    tolerance: float = 0.02

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.require_probabilities()
        frequencies = evidence.require_training_frequencies()
        frequencies = frequencies.reindex(list(evaluation.class_names)).fillna(0)
        table = evaluation.probabilities
        difference = float((table["mean"] - frequencies).abs().max())
        spread = float(table["std"].max())
        if difference <= self.tolerance and spread <= self.tolerance:
            yield self.finding(
                images=Images(evaluation.n_images, evaluation.split),
                difference=difference,
                spread=spread,
                tolerance=self.tolerance,
            )
