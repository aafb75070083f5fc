"""HR101 and HR104 to HR107: the images, their labels and files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.labels import Shuffle, numbers_test
from hirise.diagnosis.labels.agreement import LabelTest
from hirise.diagnosis.rules import evaluated_images
from hirise.diagnosis.wording import Images, Items, Names, Phrase, Rate, of_split
from hirise.evaluation import MEASURABLE, Evaluation

MAX_CLASSES = 4
"""Classes that a finding lists one by one."""

MAX_SUSPECTS = 3
"""Suspected labels that a finding lists one by one."""

TIMES = ("", "once", "twice", "three times", "four times")
"""How many times a list was shuffled more than intended, by that number."""


@dataclass(frozen=True)
class TinyClass(Check):
    """A class with hardly any images in a split, so that nothing is known of it."""

    code = "HR104"
    title = "Class absent or tiny in a split"
    advice = "Collect images of the class, or split so that each split gets some."
    remedies = ("split-by-group", "leave-class-out")
    pages = ("data",)
    sentence = "{where} has {parts}."

    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        for split, counts in self._counts(evidence).items():
            few = counts[counts < self.minimum].sort_values()
            if not few.empty:
                yield self.finding(
                    subject=split,
                    where=f"Split {split}" if split else "This file",
                    parts=self._parts(few),
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
            )
        )
        parts = []
        if absent.names:
            parts.append(Phrase("no image of {names}", {"names": absent}))
        if tiny.items:
            fields = {"minimum": self.minimum, "classes": tiny}
            parts.append(Phrase("fewer than {minimum} of {classes}", fields))
        return Items(tuple(parts), " and ")


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
        "factor of more than {factor:g} and beyond chance: {classes}."
    )

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
        self, train: pd.Series[int], counts: pd.Series[int], split: str
    ) -> Iterator[Finding]:
        n, n_train = counts.sum(), train.sum()
        here, training = counts / n, train / n_train
        pooled = (train + counts) / (n_train + n)
        spread = np.sqrt(pooled * (1 - pooled) * (1 / n_train + 1 / n))
        beyond = (here - training).abs() > self.deviations * spread
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.maximum(here, training) / np.minimum(here, training)
        enough = np.maximum(here, training) * min(n, n_train) >= self.minimum
        differs = (ratio > self.factor) & beyond & enough
        if not differs.any():
            return
        ratios = pd.Series(ratio, here.index)[differs]
        classes = tuple(
            Phrase(
                "'{name}' {here} (training {training})",
                {
                    "name": name,
                    "here": Rate(float(here[name])),
                    "training": Rate(float(training[name])),
                },
            )
            for name in ratios.sort_values(ascending=False).index
        )
        yield self.finding(
            subject=split,
            factor=self.factor,
            classes=Items(classes, most=MAX_CLASSES),
        )


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
            subject="" if len(rows) == 1 else subject,
            severity="note" if only_harmless else None,
            sentence=sentence,
            rows=rows,
            problems=Items(phrases, separator),
        )


@dataclass(frozen=True)
class MisalignedLabels(Check):
    """The labels of a split belong to other images, by up to four independent tests.

    Each test is made for train, val and test by itself, and any can be impossible. What
    the numbers alone show is a warning, and nothing where another test supports the
    labels.
    """

    code = "HR101"
    title = "Labels do not belong to their images"
    advice = (
        "Give each call its own copy of the labels (`labels=list(labels)`), write the "
        "correct ones with `hirise check`, and train or evaluate again."
    )
    severity = "error"
    remedies = ("repaired-labels",)
    pages = ("data",)
    sentence = "{tests}"
    with_proof = "{tests} Proof: {proof}"
    of_numbers = "{tests} These numbers alone give only a suspicion."

    mismatch: float = 0.01
    siblings: float = 0.99
    association: float = 4.0
    enough: float = 6.0
    training_kappa: float = 0.40
    chance_kappa: float = 0.10

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        tests = evidence.labels.tests if evidence.labels is not None else ()
        answers = [
            (test, self.is_misaligned(test))
            for test in (*tests, numbers_test(evidence))
        ]
        if all(answer is None for _, answer in answers):
            raise NotApplicable(_reasons([test for test, _ in answers], evidence))
        for split in dict.fromkeys(test.split for test, _ in answers):
            of_this = [(t, answer) for t, answer in answers if t.split == split]
            fired = [test for test, answer in of_this if answer]
            if any(test.test != "numbers" for test in fired):
                yield self._proven(evidence, split, fired)
            elif fired and all(answer is not False for _, answer in of_this):
                yield self.finding(
                    subject=split,
                    severity="warning",
                    sentence=self.of_numbers,
                    tests=self._statements(fired),
                )

    def is_misaligned(self, test: LabelTest) -> bool | None:
        """Whether the labels belong to other images; None where it is inconclusive."""
        if test.reason:
            return None
        if test.test == "catalog":
            return test.value >= self.mismatch
        if test.test == "siblings":
            return test.value < self.siblings
        if test.test == "numbers":
            high = test.chance >= self.training_kappa
            return high and test.value <= self.chance_kappa
        if test.z >= self.association:
            return False
        return True if test.expected >= self.enough else None

    def _proven(
        self, evidence: Evidence, split: str, fired: list[LabelTest]
    ) -> Finding:
        assert evidence.labels is not None
        tests = self._statements(fired)
        shuffle = evidence.labels.proof(split)
        if shuffle is None:
            return self.finding(subject=split, tests=tests)
        proof = _proof_statement(shuffle)
        return self.finding(
            subject=split, sentence=self.with_proof, tests=tests, proof=proof
        )

    def _statements(self, tests: list[LabelTest]) -> Items:
        return Items(tuple(map(self.statement, tests)), " ")

    def statement(self, test: LabelTest) -> Phrase:
        """What the test measured, with its threshold, as a sentence."""
        kappas = test.test == "numbers"
        return Phrase(
            _STATEMENTS[test.test],
            {
                "split": of_split(test.split),
                "kept": " in the predictions" if test.source == "predictions" else "",
                "n": test.n,
                "value": test.value if kappas else Rate(test.value),
                "chance": test.chance if kappas else Rate(test.chance),
                "z": test.z,
                "expected": test.expected,
                "reference": test.reference,
                "mismatch": Rate(self.mismatch),
                "siblings": Rate(self.siblings),
                "association": self.association,
                "chance_kappa": self.chance_kappa,
            },
        )


_STATEMENTS = {
    "catalog": (
        "{value} of {n:,} {split}labels{kept} are not those that the catalog has for "
        "their images (shuffled labels: {chance}, {mismatch} is too many)."
    ),
    "siblings": (
        "{value} of {n:,} {split}pairs of copies of one landmark have the same label "
        "(shuffled labels: {chance}, {siblings} is expected)."
    ),
    "numbers": (
        "Cohen's kappa is {chance:.2f} on training images and {value:.2f} on "
        "{split}images ({chance_kappa:.2f} or less is chance)."
    ),
    "neighbours": (
        "Similar {split}images have the same label no more often than by chance (z "
        "{z:.1f} over {n:,} images, under {association:.1f}; {reference} give "
        "{expected:.1f})."
    ),
}


def _proof_statement(shuffle: Shuffle) -> Phrase:
    return Phrase(
        "these are the correct labels, shuffled {times} more than intended with seed "
        "{seed} (all {n:,} match). Keras' `image_dataset_from_directory` shuffles "
        "the list that it is given.",
        {
            "times": TIMES[shuffle.passes],
            "seed": shuffle.seed,
            "n": shuffle.n_images,
        },
    )


def _reasons(tests: list[LabelTest], evidence: Evidence) -> str:
    """Why none of the tests could be made, each reason once."""
    reasons: dict[str, str] = {}
    for test in tests:
        inconclusive = test.test == "neighbours" and not test.reason
        reasons.setdefault(test.test, _doubt(test) if inconclusive else test.reason)
    if evidence.labels is None or len(reasons) == 1:
        reasons = {"labels": "no labels with image names are known"} | reasons
    return "; ".join(f"{test}: {reason}" for test, reason in reasons.items())


def _doubt(test: LabelTest) -> str:
    known = np.isfinite(test.expected)
    low = f"correct labels could give as little ({test.reference})"
    return f"z is {test.z:.1f}, and {low if known else test.reference}"


@dataclass(frozen=True)
class SuspectedLabels(Check):
    """Images that the model confidently, and probably correctly, predicts otherwise."""

    code = "HR107"
    title = "Suspected label errors"
    advice = "Check these images first, and correct the incorrect labels."
    remedies = ("repaired-labels",)
    unless = ("HR101",)
    pages = ("data",)
    sentence = (
        "{n:,} of {images} ({rate}) may be mislabelled or misclassified. {minimum} or "
        "more should be reviewed. First: {first}."
    )

    minimum: int = 10

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.require_measurable()
        if evaluation.split == "train":
            raise NotApplicable("the model was trained on these images, not held out")
        if not evidence.verdict.passing:
            raise NotApplicable(
                "the model knows too little to doubt a label: a class that it never "
                "predicts would look mislabelled"
            )
        suspects = evidence.suspects
        n = len(suspects)
        if not n:
            return
        first = tuple(
            Phrase(
                "'{image}' is labelled '{given}', probably '{suggested}' "
                "(self-confidence {self_confidence:.3f})",
                {str(key): value for key, value in row.items()},
            )
            for _, row in suspects.head(MAX_SUSPECTS).iterrows()
        )
        yield self.finding(
            severity="note" if n < self.minimum else None,
            n=n,
            images=evaluated_images(evaluation),
            rate=Rate(n / evaluation.n_evaluated),
            minimum=self.minimum,
            first=Items(first, "; "),
        )


ANSWERS = {True: "foreign", False: "belong", None: "unsure"}
TESTS = ("catalog", "siblings", "neighbours", "numbers")
_SPLITS = ("train", "val", "test")


def alignment_table(
    evidence: Evidence, check: MisalignedLabels | None = None
) -> pd.DataFrame:
    """How far the recorded labels agree with what is known of their images.

    Returns
    -------
    DataFrame, one row per split, source and test, train first
        `split`, `source` and `test` as in `LabelTest`; `n` compared; `observed`, the
        fraction that agrees (Cohen's kappa of the test `numbers`); `shuffled`, what
        shuffled labels would give; `right`, what correct labels would give, NaN where
        that is not known; `z`, of `neighbours`, in standard deviations of shuffled
        labels; `answer`, one of `ANSWERS`; `reason`, why there is none, "" if there is.
    """
    check = check or MisalignedLabels()
    tests = evidence.labels.tests if evidence.labels is not None else ()
    rows = [
        {
            "split": test.split,
            "source": test.source,
            "test": test.test,
            "n": test.n,
            **_agreement(test),
            "z": test.z,
            "answer": _answer(test, check),
            "reason": test.reason,
        }
        for test in (*tests, numbers_test(evidence))
    ]
    rows.sort(key=_place)
    return pd.DataFrame(rows)


def _place(row: dict[str, Any]) -> tuple[int, str, int, str]:
    split = row["split"]
    place = _SPLITS.index(split) if split in _SPLITS else len(_SPLITS)
    return place, split, TESTS.index(row["test"]), row["source"]


def _answer(test: LabelTest, check: MisalignedLabels) -> str:
    """The answer; inconclusive where the network itself has learned nothing."""
    if test.test == "numbers" and test.chance < check.training_kappa:
        return ANSWERS[None]
    return ANSWERS[check.is_misaligned(test)]


def _agreement(test: LabelTest) -> dict[str, float]:
    if test.test == "catalog":
        return {"observed": 1 - test.value, "shuffled": 1 - test.chance, "right": 1.0}
    if test.test == "numbers":
        return {"observed": test.value, "shuffled": 0.0, "right": test.chance}
    right = 1.0 if test.test == "siblings" else float("nan")
    return {"observed": test.value, "shuffled": test.chance, "right": right}


def shuffle_statement(shuffles: Sequence[Shuffle]) -> Phrase | None:
    """The in-place shuffle of each split in one sentence; None without any."""
    if not shuffles:
        return None
    splits = tuple(
        Phrase(
            "those of {split} {times} more than intended (all {n:,} match)",
            {
                "split": shuffle.split,
                "times": TIMES[shuffle.passes],
                "n": shuffle.n_images,
            },
        )
        for shuffle in shuffles
    )
    seeds = sorted({shuffle.seed for shuffle in shuffles})
    return Phrase(
        "The labels are the correct ones, shuffled with seed {seeds}: {splits}. Keras' "
        "image_dataset_from_directory shuffles the list that it is given, in place.",
        {"seeds": Items(tuple(seeds), " and "), "splits": Items(splits)},
    )
