"""What the tests of the labels found, as one table in one unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from hirise.diagnosis.checks.labels import TIMES, ForeignLabels
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.labels import Shuffle, numbers_test
from hirise.diagnosis.labels.measure import LabelTest

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
