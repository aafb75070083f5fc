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

    def _counts(self, evidence: Evidence) -> dict[str, pd.Series[int]]:
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
        self, train: pd.Series[int], there: pd.Series[int], split: str
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


TIMES = ("", "once", "twice", "three times", "four times")
"""How often a list was shuffled too often, by that number."""


@dataclass(frozen=True)
class ForeignLabels(Check):
    """The labels of a side belong to other images, by up to four independent tests.

    Each test is made for train, val and test by itself, and any can be impossible. What
    the numbers alone say is a warning, and nothing where another test vouches for the
    labels.
    """

    code = "HR101"
    title = "Labels do not belong to their images"
    advice = (
        "Give each call its own copy of the labels (`labels=list(labels)`), write the "
        "correct ones with `hirise check`, and train or measure again."
    )
    severity = "error"
    remedies = ("repaired-labels",)

    mismatch: float = 0.01
    siblings: float = 0.99
    association: float = 4.0
    enough: float = 6.0
    training_kappa: float = 0.40
    chance_kappa: float = 0.10

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        tests = evidence.labels.tests if evidence.labels is not None else ()
        numbers = numbers_test(evidence)
        answers = [(test, self.says(test)) for test in (*tests, numbers)]
        if all(said is None for _, said in answers):
            raise NotApplicable(_reasons([test for test, _ in answers], evidence))
        for split in dict.fromkeys(test.split for test, _ in answers):
            of_split = [(t, said) for t, said in answers if t.split == split]
            fired = [test for test, said in of_split if said]
            if any(test.test != "numbers" for test in fired):
                yield self._foreign(evidence, split, fired)
            elif fired and all(said is not False for _, said in of_split):
                text = f"{self.sentence(fired[0])}: suspected from these numbers alone."
                yield self.finding(text, subject=split, severity="warning")

    def says(self, test: LabelTest) -> bool | None:
        """Whether the labels are foreign by this test; None where it cannot tell."""
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

    def sentence(self, test: LabelTest) -> str:
        """What the test found, with its threshold; no full stop."""
        where = f"{test.split} " if test.split not in ("", "all") else ""
        if test.test == "catalog":
            return (
                f"{percent(test.value)} of {test.n:,} {where}labels{_kept(test)} are "
                f"not those that the catalog has for their images (shuffled labels: "
                f"{percent(test.chance)}; {percent(self.mismatch)} is too many)"
            )
        if test.test == "siblings":
            return (
                f"{percent(test.value)} of {test.n:,} {where}pairs of copies of one "
                f"landmark share their label (shuffled labels: {percent(test.chance)}; "
                f"{percent(self.siblings)} is expected)"
            )
        if test.test == "numbers":
            return (
                f"Cohen's kappa is {test.chance:.2f} on training images and "
                f"{test.value:.2f} on {where}images ({self.chance_kappa:.2f} or less "
                f"is chance)"
            )
        return (
            f"{where}images that look alike share their label no more often than by "
            f"chance (z {test.z:.1f} over {test.n:,} images, under "
            f"{self.association:.1f}; {test.reference} give {test.expected:.1f})"
        )

    def _foreign(
        self, evidence: Evidence, split: str, fired: list[LabelTest]
    ) -> Finding:
        assert evidence.labels is not None
        said = ". ".join(_capital(self.sentence(test)) for test in fired)
        proof = evidence.labels.proof(split)
        return self.finding(f"{said}.{_proof_text(proof)}", subject=split)


def _kept(test: LabelTest) -> str:
    return " in the predictions" if test.source == "predictions" else ""


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _proof_text(proof: Shuffle | None) -> str:
    if proof is None:
        return ""
    return (
        f" Proven: the labels seen are the right labels, shuffled "
        f"{TIMES[proof.passes]} too often with seed {proof.seed} (all "
        f"{proof.n_images:,} match): Keras' `image_dataset_from_directory` shuffles "
        f"the list it is given."
    )


def _reasons(tests: list[LabelTest], evidence: Evidence) -> str:
    """Why none of the tests could be made, each reason once."""
    reasons: dict[str, str] = {}
    for test in tests:
        unsure = test.test == "neighbours" and not test.reason
        said = _unsure(test) if unsure else test.reason
        reasons.setdefault(test.test, said)
    if evidence.labels is None or len(reasons) == 1:
        reasons = {"labels": "no labels with image names are known"} | reasons
    return "; ".join(f"{test}: {said}" for test, said in reasons.items())


def _unsure(test: LabelTest) -> str:
    known = np.isfinite(test.expected)
    little = f"right labels could give as little ({test.reference})"
    return f"z is {test.z:.1f}, and {little if known else test.reference}"


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
        n, n_images = len(suspects), evaluation.n_evaluated
        if not n:
            return
        first = "; ".join(
            f"'{row['image']}' is labelled '{row['given']}', probably "
            f"'{row['suggested']}' (self-confidence {row['self_confidence']:.3f})"
            for _, row in suspects.head(_SHOWN).iterrows()
        )
        yield self.finding(
            f"{n:,} of {images(n_images, evaluation.split)} "
            f"({percent(n / n_images)}) may be mislabelled or are mistaken "
            f"by the model; {self.minimum} are worth a look. First: {first}.",
            severity="note" if n < self.minimum else None,
        )


ANSWERS = {True: "foreign", False: "belong", None: "unsure"}
TESTS = ("catalog", "siblings", "neighbours", "numbers")
_SPLITS = ("train", "val", "test")


def alignment_table(
    evidence: Evidence, check: ForeignLabels | None = None
) -> pd.DataFrame:
    """How far the labels that were seen agree with what is known of their images.

    Returns
    -------
    DataFrame, one row per split, source and test, train first
        `split`, `source` and `test` as in `LabelTest`; `n` compared; `observed`, the
        share that agrees (Cohen's kappa of the test `numbers`); `shuffled`, what
        shuffled labels would give; `right`, what right labels would give, NaN where
        that is not known; `z`, of `neighbours`, in standard deviations of shuffled
        labels; `answer`, one of `ANSWERS`; `reason`, why there is none, "" if there is.
    """
    check = check or ForeignLabels()
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


def _answer(test: LabelTest, check: ForeignLabels) -> str:
    """A network that has learned nothing tells nothing of the labels."""
    if test.test == "numbers" and test.chance < check.training_kappa:
        return ANSWERS[None]
    return ANSWERS[check.says(test)]


def _agreement(test: LabelTest) -> dict[str, float]:
    if test.test == "catalog":
        return {"observed": 1 - test.value, "shuffled": 1 - test.chance, "right": 1.0}
    if test.test == "numbers":
        return {"observed": test.value, "shuffled": 0.0, "right": test.chance}
    right = 1.0 if test.test == "siblings" else float("nan")
    return {"observed": test.value, "shuffled": test.chance, "right": right}


def proof_sentence(proofs: Sequence[Shuffle]) -> str:
    """The in-place shuffle of each split in one sentence; "" without any."""
    if not proofs:
        return ""
    seeds = sorted({proof.seed for proof in proofs})
    told = [
        f"those of {proof.split} {TIMES[proof.passes]} too often "
        f"(all {proof.n_images:,} match)"
        for proof in proofs
    ]
    return (
        f"The labels are the right ones, shuffled with seed "
        f"{' and '.join(map(str, seeds))}: {', '.join(told)}. Keras' "
        f"image_dataset_from_directory shuffles the list that it is given, in place."
    )
