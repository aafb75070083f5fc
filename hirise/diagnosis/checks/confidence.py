"""HR3xx: the probabilities."""

from collections.abc import Iterator
from dataclasses import dataclass

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.rules import RULES
from hirise.diagnosis.wording import images


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
