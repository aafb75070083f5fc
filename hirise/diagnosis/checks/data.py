"""HR104 to HR106 and HR110: the classes of each split, and the files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.wording import Images, Items, Names, Phrase, Rate
from hirise.evaluation import MEASURABLE, Evaluation
from hirise.metrics.multiple import holm

MAX_CLASSES = 4
"""Classes that a finding lists one by one."""

MOST_FEW = 20
"""Classes with too few images that are listed: of thousands, no one reads more."""


@dataclass(frozen=True)
class TinyClass(Check):
    """A class with hardly any images in a split, so that nothing is known of it."""

    code = "HR104"
    title = "Class absent or tiny in a split"
    advice = "Collect images of the class, or split so that each split gets some."
    remedies = ("split-by-group", "leave-class-out")
    pages = ("data",)
    # What is on record can be a part: a sample of a pipeline, or the labelled images.
    sentence = "{where} ({n:,} labelled images on record) has {parts}."

    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        for split, counts in self._counts(evidence).items():
            few = counts[counts < self.minimum].sort_values()
            if not few.empty:
                yield self.finding(
                    subject=split,
                    where=f"Split {split}" if split else "This file",
                    n=int(counts.sum()),
                    parts=self._parts(few),
                    rows=[
                        {"subject": str(name), "n_images": int(n)}
                        for name, n in few.items()
                    ],
                )

    def _counts(self, evidence: Evidence) -> dict[str, pd.Series[int]]:
        if evidence.split_counts is not None:
            return {str(s): column for s, column in evidence.split_counts.items()}
        evaluation = evidence.require_evaluation()
        if not evaluation.has_truth:
            raise NotApplicable("there are no true labels")
        return {evaluation.split: evaluation.per_class["support"]}

    def _parts(self, few: pd.Series[int]) -> Items:
        absent = Names(tuple(str(name) for name in few[few == 0].index))
        tiny = Items(
            tuple(
                Phrase("{name} ({n})", {"name": name, "n": int(n)})
                for name, n in few[few > 0].items()
            ),
            most=MOST_FEW,
        )
        parts = []
        if absent.names:
            parts.append(Phrase("no image of {names}", {"names": absent}))
        if tiny.items:
            fields = {"minimum": self.minimum, "classes": tiny}
            parts.append(Phrase("fewer than {minimum} of {classes}", fields))
        return Items(tuple(parts), " and ")


@dataclass(frozen=True)
class UnseenClass(Check):
    """A class that other splits hold and training does not, so it is never learned."""

    code = "HR110"
    title = "Class absent from training"
    advice = (
        "Shuffle before the split is made (sorted data with `validation_split` leave "
        "classes out), or leave the class out of the evaluation."
    )
    remedies = ("split-by-group", "leave-class-out")
    pages = ("data",)
    sentence = (
        "{n_absent} of {n_classes} classes have no training image on record, but "
        "{images} in other splits: {classes}. They cannot be learned."
    )

    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        training, others = self._counts(evidence)
        absent = others[(training == 0) & (others > 0)].sort_values(ascending=False)
        if absent.empty:
            return
        rows = [
            {"subject": str(name), "images": Images(int(n))}
            for name, n in absent.items()
        ]
        template = "'{subject}' ({images})"
        yield self.finding(
            severity=None if absent.max() >= self.minimum else "note",
            rows=rows,
            n_absent=len(rows),
            n_classes=int(((training > 0) | (others > 0)).sum()),
            images=Images(int(absent.sum())),
            classes=Items(
                tuple(Phrase(template, row) for row in rows), most=MAX_CLASSES
            ),
        )

    def _counts(self, evidence: Evidence) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Training images, or their frequency, by class; and images of other splits."""
        counts = evidence.split_counts
        if counts is not None and "train" in counts and counts["train"].sum():
            others = counts.drop(columns="train").sum(axis=1)
            if others.sum():
                return counts["train"], others
        evaluation = evidence.evaluation
        if evidence.training_shares is None or evaluation is None:
            raise NotApplicable("the class counts of training are unknown")
        if evaluation.split == "train" or not evaluation.has_truth:
            raise NotApplicable("no other split than train has true labels")
        support = evaluation.per_class["support"]
        return evidence.training_shares.reindex(support.index).fillna(0), support


@dataclass(frozen=True)
class DifferentFrequencies(Check):
    """A class that is much rarer or more frequent in a split than in training.

    A factor alone would condemn a class for a few images, and chance alone a split of
    many images for a difference that does not matter: both are required.
    """

    code = "HR106"
    title = "Class frequencies differ between splits"
    advice = (
        "Stratify the split by class, or correct the probabilities for the class "
        "frequencies where the model will be used (Saerens et al. 2002)."
    )
    remedies = ("split-by-group", "prior-shift")
    pages = ("data",)
    sentence = (
        "The class frequencies of split {subject} differ from those of training by a "
        "factor of more than {factor:g}, beyond chance: {classes}."
    )

    factor: float = 2.0
    level: float = 0.05
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
        evaluated = evidence.evaluation.split if evidence.evaluation else ""
        groups = _group_counts(evidence, counts)
        for split in others:
            yield from self._of_split(
                counts, groups, split, is_evaluated=evaluated in ("", "all", split)
            )

    def _of_split(
        self,
        counts: pd.DataFrame,
        groups: pd.DataFrame,
        split: str,
        *,
        is_evaluated: bool,
    ) -> Iterator[Finding]:
        frequencies = counts / counts.sum()
        here, training = frequencies[split], frequencies["train"]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.maximum(here, training) / np.minimum(here, training)
        enough = np.maximum(here, training) * counts[[split, "train"]].sum().min()
        beyond = self._beyond(frequencies, groups, split)
        differs = (ratio > self.factor) & beyond & (enough >= self.minimum)
        if not differs.any():
            return
        ratios = pd.Series(ratio, here.index)[differs].sort_values(ascending=False)
        rows = [
            {
                "subject": str(name),
                "here": Rate(float(here[name])),
                "training": Rate(float(training[name])),
            }
            for name in ratios.index
        ]
        template = "'{subject}' {here} (training {training})"
        # Of a split that is not evaluated, no score is affected.
        yield self.finding(
            subject=split,
            severity=None if is_evaluated else "note",
            rows=rows,
            factor=self.factor,
            classes=Items(
                tuple(Phrase(template, row) for row in rows), most=MAX_CLASSES
            ),
        )

    def _beyond(
        self, frequencies: pd.DataFrame, groups: pd.DataFrame, split: str
    ) -> NDArray[np.bool_]:
        """Whether each factor is more than `factor` beyond chance, by Holm's method.

        The logarithm of a ratio of frequencies is nearly normal, with the variance
        1/a + 1/b of their counts, here of groups; half a group stands for none.
        """
        n = groups[[split, "train"]].to_numpy(dtype=float)
        share = np.maximum(n, 0.5) / np.maximum(n.sum(axis=0), 1)
        log_ratio = np.abs(np.log(share[:, 0] / share[:, 1]))
        spread = np.sqrt((1 / np.maximum(n, 0.5)).sum(axis=1))
        z = (log_ratio - np.log(self.factor)) / spread
        p = np.array([math.erfc(one / math.sqrt(2)) / 2 for one in z])
        return holm(np.where(n.sum(axis=1) > 0, p, np.nan), self.level)


def _group_counts(evidence: Evidence, counts: pd.DataFrame) -> pd.DataFrame:
    """Landmarks per class and split where names tell them, else images."""
    places = None if evidence.leakage is None else evidence.leakage.places
    if places is None or not (places["landmark"] != "").all():
        return counts
    images = _crossed(places, counts)
    once = places.drop_duplicates(["split", "class_name", "landmark"])
    # Labels that training saw can be others than those of the table of images.
    return _crossed(once, counts) if images.equals(counts.astype("int64")) else counts


def _crossed(places: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Rows of `places` per class and split, in the order of `like`."""
    table = pd.crosstab(places["class_name"], places["split"])
    table = table.reindex(index=like.index, columns=like.columns, fill_value=0)
    return table.astype("int64").set_axis(like.index).set_axis(like.columns, axis=1)


ROW_PROBLEMS = {
    "y_pred": (
        "In {n:,} of {images} `y_pred` is not the class of the largest "
        "probability. `y_pred` is used."
    ),
    "unlabelled": (
        "{n:,} of {images} have no true label and are left out of every score."
    ),
    "tied": (
        "In {n:,} of {images} several classes have the largest probability. The "
        "first of them is used."
    ),
}
"""What can be wrong with rows of predictions, by subject."""


@dataclass(frozen=True)
class BadFiles(Check):
    """Files and rows that are missing, broken, repeated or contradict themselves."""

    code = "HR105"
    title = "Missing, corrupt, unlabelled or repeated files"
    advice = (
        "Fix or remove these files, then evaluate again: they are left out until then."
    )
    pages = ("data",)
    sentence = "In the dataset: {problems}."
    of_rows = "{problems}"

    harmless: tuple[str, ...] = ("resized", "tied")

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.file_problems is None and evidence.evaluation is None:
            raise NotApplicable("neither files nor predictions are known")
        if evidence.file_problems is not None:
            rows = [
                {"subject": str(problem), "images": Images(int(n))}
                for problem, n in evidence.file_problems.items()
            ]
            template = "{images} {subject}"
            yield from self._of_rows(rows, [template] * len(rows), "files", ", ", None)
        if evidence.evaluation is not None:
            yield from self._of_predictions(evidence.evaluation)

    def _of_predictions(self, evaluation: Evaluation) -> Iterator[Finding]:
        counts = {
            "y_pred": evaluation.n_disagreeing,
            "unlabelled": evaluation.n_unlabelled * evaluation.has_truth,
            "tied": evaluation.n_tied,
        }
        images = Images(evaluation.n_images, evaluation.split)
        rows = [
            {"subject": problem, "n": n, "images": images}
            for problem, n in counts.items()
            if n
        ]
        templates = [ROW_PROBLEMS[str(row["subject"])] for row in rows]
        yield from self._of_rows(rows, templates, "rows", " ", self.of_rows)

    def _of_rows(
        self,
        rows: list[dict[str, object]],
        templates: list[str],
        subject: str,
        separator: str,
        sentence: str | None,
    ) -> Iterator[Finding]:
        """One finding of all problems, as severe as the worst of them."""
        if not rows:
            return
        only_harmless = all(row["subject"] in self.harmless for row in rows)
        phrases = tuple(map(Phrase, templates, rows))
        yield self.finding(
            subject=None if len(rows) == 1 else subject,
            severity="note" if only_harmless else None,
            sentence=sentence,
            rows=rows,
            problems=Items(phrases, separator),
        )
