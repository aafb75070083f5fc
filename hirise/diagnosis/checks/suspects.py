"""HR107: labels that held-out probabilities speak against."""

from collections.abc import Iterator
from dataclasses import dataclass

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.wording import images, percent

_SHOWN = 3


@dataclass(frozen=True)
class SuspectedLabels(Check):
    """Images that the model confidently, and probably rightly, calls something else."""

    code = "HR107"
    title = "Suspected label errors"
    advice = "Look at these images first; correct those labels that are wrong."
    remedies = ("repaired-labels",)
    unless = ("HR101",)

    minimum: int = 10

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation, verdict = evidence.judged, evidence.decision.verdict
        if evaluation.split == "train":
            raise NotApplicable("the model was trained on these images, not held out")
        if verdict not in ("healthy", "weak"):
            raise NotApplicable(
                "the model knows too little to doubt a label: a class that it never "
                "names would look mislabelled"
            )
        suspects = evidence.suspects
        n = len(suspects)
        if not n:
            return
        first = "; ".join(
            f"'{row['image']}' is labelled '{row['given']}', probably "
            f"'{row['suggested']}' (self-confidence {row['self_confidence']:.3f})"
            for _, row in suspects.head(_SHOWN).iterrows()
        )
        yield self.finding(
            f"{n:,} of {images(evaluation.n_judged, evaluation.split)} "
            f"({percent(n / evaluation.n_judged)}) may be mislabelled or are mistaken "
            f"by the model; {self.minimum} are worth a look. First: {first}.",
            severity="note" if n < self.minimum else None,
        )
