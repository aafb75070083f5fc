"""HR1xx: the images, their labels and files."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.wording import images, listed
from hirise.evaluation import MEASURABLE, Evaluation


@dataclass(frozen=True)
class TinyClass(Check):
    """A class with hardly any images in a split, so that nothing can be said of it."""

    code = "HR104"
    title = "Class absent or tiny in a split"
    advice = "Collect images of it, or split so that each side gets some."
    remedies = ("split-by-group", "leave-class-out")

    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        for split, counts in self._counts(evidence).items():
            few = counts[counts < self.minimum].sort_values()
            if few.empty:
                continue
            absent = [str(name) for name in few[few == 0].index]
            tiny = [f"{name} ({n})" for name, n in few[few > 0].items()]
            parts = [f"no image of {listed(absent)}"] if absent else []
            parts += [f"fewer than {self.minimum} of {', '.join(tiny)}"] if tiny else []
            where = f"Split {split}" if split else "This file"
            yield self.finding(
                f"{where} has {' and '.join(parts)}.", subject=str(split)
            )

    def _counts(self, evidence: Evidence) -> dict[str, "pd.Series[int]"]:
        if evidence.split_counts is not None:
            return {str(s): column for s, column in evidence.split_counts.items()}
        evaluation = evidence.judged_or_not
        if not evaluation.has_truth:
            raise NotApplicable("there are no true labels")
        return {evaluation.split: evaluation.per_class["support"]}


@dataclass(frozen=True)
class BadFiles(Check):
    """Files and rows that are missing, broken, repeated or contradict themselves."""

    code = "HR105"
    title = "Missing, corrupt, unlabelled or repeated files"
    advice = "Mend or remove them, then measure again: they are left out until then."

    harmless: tuple[str, ...] = ("resized",)

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.file_problems is None and evidence.evaluation is None:
            raise NotApplicable("neither files nor predictions are known")
        if evidence.file_problems is not None:
            for problem, n in evidence.file_problems.items():
                severity = "note" if problem in self.harmless else "warning"
                text = f"{images(int(n))} in the dataset: {problem}."
                yield self.finding(text, subject=str(problem), severity=severity)  # type: ignore[arg-type]
        if evidence.evaluation is not None:
            yield from self._rows(evidence.evaluation)

    def _rows(self, evaluation: Evaluation) -> Iterator[Finding]:
        n = evaluation.n_images
        if evaluation.n_disagreeing:
            yield self.finding(
                f"In {evaluation.n_disagreeing:,} of {images(n, evaluation.split)} "
                f"`y_pred` is not the class of the largest probability; "
                f"`y_pred` rules.",
                subject="y_pred",
            )
        if evaluation.n_unlabelled and evaluation.has_truth:
            yield self.finding(
                f"{evaluation.n_unlabelled:,} of {images(n, evaluation.split)} have no "
                f"true label and are left out of every score.",
                subject="unlabelled",
            )
        if evaluation.n_tied:
            yield self.finding(
                f"In {evaluation.n_tied:,} of {images(n, evaluation.split)} several "
                f"classes share the largest probability; the first of them counts.",
                subject="tied",
                severity="note",
            )
