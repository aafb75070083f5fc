"""HR101 and HR107: whether labels belong to their images, and are correct."""

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
from hirise.diagnosis.labels.noise import DRAWS
from hirise.diagnosis.rules import evaluated_images
from hirise.diagnosis.wording import Items, Phrase, Rate, of_split

MAX_SUSPECTS = 3
"""Suspected labels that a finding lists one by one."""

TIMES = ("", "once", "twice", "three times", "four times")
"""How many times a list was shuffled more than intended, by that number."""


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
        "{n:,} of {images} ({rate}) may be mislabelled or misclassified. With correct "
        "labels a model of this quality would give about {expected:.0f} (at most "
        "{most:.0f} in {n_draws} draws). About {noise} of the labels seem incorrect. "
        "First: {first}."
    )
    of_expected = (
        "{n:,} of {images} ({rate}) may be mislabelled or misclassified. With correct "
        "labels a model of this quality would give about {expected:.0f} (at most "
        "{most:.0f} in {n_draws} draws), so nothing tells label errors from errors of "
        "the model. First: {first}."
    )

    minimum: int = 10
    ratio: float = 10.8
    """Likelihood ratio from which some labels are incorrect, p = .001."""

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
        noise = evidence.label_noise
        real = noise.ratio > self.ratio and n > noise.most
        first = tuple(
            Phrase(
                "'{image}' is labelled '{given}', probably '{suggested}' "
                "(self-confidence {self_confidence:.3f})",
                {str(key): value for key, value in row.items()},
            )
            for _, row in suspects.head(MAX_SUSPECTS).iterrows()
        )
        yield self.finding(
            severity=None if real and n >= self.minimum else "note",
            sentence=None if real else self.of_expected,
            n=n,
            images=evaluated_images(evaluation),
            rate=Rate(n / evaluation.n_evaluated),
            expected=noise.expected,
            most=noise.most,
            n_draws=DRAWS,
            noise=Rate(noise.rate),
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
