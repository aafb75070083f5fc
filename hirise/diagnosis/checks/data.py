"""HR1xx: the images, their labels and files."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.wording import images, listed, percent
from hirise.evaluation import MEASURABLE, Evaluation

MOST_TOLD = 4
"""Classes that a finding names one by one."""


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
class DifferentShares(Check):
    """A class that is much rarer or more frequent in a split than in training.

    A factor alone would condemn a class for a few images, and chance alone a split of
    many images for a difference that does not matter: both are asked for.
    """

    code = "HR106"
    title = "Class shares differ between splits"
    advice = (
        "Split with the classes in mind, or correct the probabilities for the shares "
        "of where the model will be used (Saerens et al. 2002)."
    )
    remedies = ("split-by-group", "prior-shift")

    factor: float = 2.0
    deviations: float = 3.0
    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        counts = evidence.split_counts
        if counts is None:
            raise NotApplicable("the class counts of the splits are unknown")
        if "train" not in counts or counts["train"].sum() == 0:
            raise NotApplicable("it is not known which images were trained on")
        others = [str(s) for s in counts if s != "train" and counts[s].sum()]
        if not others:
            raise NotApplicable("there is no other split than train")
        for split in others:
            yield from self._of_split(counts["train"], counts[split], split)

    def _of_split(
        self, train: "pd.Series[int]", there: "pd.Series[int]", split: str
    ) -> Iterator[Finding]:
        here, n_here, n_train = there / there.sum(), there.sum(), train.sum()
        shares = train / n_train
        pooled = (train + there) / (n_train + n_here)
        spread = np.sqrt(pooled * (1 - pooled) * (1 / n_train + 1 / n_here))
        beyond = (here - shares).abs() > self.deviations * spread
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.maximum(here, shares) / np.minimum(here, shares)
        enough = np.maximum(here, shares) * min(n_here, n_train) >= self.minimum
        found = (ratio > self.factor) & beyond & enough
        if not found.any():
            return
        worst = pd.Series(ratio, here.index)[found].sort_values(ascending=False).index
        told = [
            f"'{name}' {percent(here[name])} (training {percent(shares[name])})"
            for name in worst[:MOST_TOLD]
        ]
        more = f" and {len(worst) - MOST_TOLD} more" if len(worst) > MOST_TOLD else ""
        yield self.finding(
            f"Split {split} has other class shares than training, by a factor of more "
            f"than {self.factor:g} and beyond chance: {', '.join(told)}{more}.",
            subject=split,
        )


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
