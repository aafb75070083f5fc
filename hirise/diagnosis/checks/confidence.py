"""HR3xx: the probabilities."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.verdict import RULES
from hirise.diagnosis.wording import images, interval, percent
from hirise.evaluation import Evaluation


@dataclass(frozen=True)
class MisleadingConfidence(Check):
    """Stated confidence is further from accuracy than as many images would show."""

    code = "HR301"
    title = "Confidence misleads"
    advice = "Scale the logits by a temperature (on validation) before trusting it."
    remedies = ("temperature-scaling",)

    tolerance: float = 0.05

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = self._informed(evidence)
        value, low, high = evaluation.bounds("ece")
        if np.isnan(low):
            raise NotApplicable("there are too few groups of images for an interval")
        chance = _chance_error(evaluation)
        if low - chance > self.tolerance:
            table = evaluation.reliability
            over = np.average(
                table["confidence"] - table["accuracy"], weights=table["n_images"]
            )
            yield self.finding(
                f"Stated confidence differs from accuracy by {percent(value)} on "
                f"average ({interval(low, high)}), where honest confidence would "
                f"show about {percent(chance)} on as many images; over "
                f"{percent(self.tolerance)} more misleads. It is too "
                f"{'sure' if over > 0 else 'unsure'} of itself."
            )

    def _informed(self, evidence: Evidence) -> Evaluation:
        """The evaluation, unless what it says of confidence would mislead."""
        evaluation, verdict = evidence.judged, evidence.decision.verdict
        if not evaluation.has_proba:
            raise NotApplicable("there are no probabilities, only labels")
        if verdict in ("collapsed", "partly-collapsed", "uninformed"):
            raise NotApplicable(
                f"the predictions have {_STATE[verdict]}: confidence that repeats the "
                f"class shares can look honest and tells nothing"
            )
        return evaluation


_STATE = {
    "collapsed": "collapsed",
    "partly-collapsed": "partly collapsed",
    "uninformed": "nothing to do with the truth",
}


def _chance_error(evaluation: Evaluation) -> float:
    """About what the calibration error of honest confidence is, from chance alone.

    The mean absolute deviation of a share, √(2 p (1 − p) / π n), in each bin; n are
    groups, as images of one group are right or wrong together.
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
    advice = "Check that the input reaches the network, then lower the learning rate."
    severity = "error"
    remedies = ("lower-learning-rate", "transfer")

    tolerance: float = RULES.same_row
    minimum: int = RULES.min_images

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.probable
        if evaluation.n_images < 2:
            raise NotApplicable("there is one image only")
        spread = float(evaluation.probabilities["range"].max())
        if spread <= self.tolerance:
            collapsed = evidence.decision.verdict == "collapsed"
            few = evaluation.n_images < self.minimum
            yield self.finding(
                f"Over {images(evaluation.n_images, evaluation.split)} no probability "
                f"varies by more than {spread:.1e} "
                f"({self.tolerance:.0e} counts as equal).",
                severity="error" if collapsed else "note" if few else "warning",
            )


@dataclass(frozen=True)
class SharesAsProbabilities(Check):
    """Every image gets the class shares of the training labels as its probabilities."""

    code = "HR303"
    title = "Probabilities equal the training shares"
    advice = "Nothing but the class shares was learned: check input and learning rate."
    remedies = ("lower-learning-rate", "transfer")

    tolerance: float = 0.02

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.probable
        shares = evidence.shares.reindex(list(evaluation.class_names)).fillna(0)
        table = evaluation.probabilities
        off = float((table["mean"] - shares).abs().max())
        spread = float(table["std"].max())
        if off <= self.tolerance and spread <= self.tolerance:
            yield self.finding(
                "The mean probabilities of "
                f"{images(evaluation.n_images, evaluation.split)} differ from the "
                f"training shares by at most {off:.3f}, and vary between images by a "
                f"standard deviation of at most {spread:.3f} ({self.tolerance:.2f} "
                "counts as equal)."
            )
