"""Signs in the data: labels, splits, counts of classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from hirise.diagnosis.causes.known import Known
from hirise.diagnosis.causes.sign import Seen, Sign, check_sign
from hirise.diagnosis.checks.labels import MisalignedLabels
from hirise.diagnosis.wording import Names, Phrase
from hirise.evaluation import MEASURABLE

FEW_PER_CLASS = 20
"""Training images per class below which a network is likely to memorise them."""


BEYOND_CHANCE = 3.0
"""Standard errors of the difference of two frequencies."""


def labels_proven(split: str) -> Callable[[Known], Seen]:
    """Labels of a split that belong to other images, by catalog, copies or pixels."""

    def seen(known: Known) -> Seen:
        for finding in known.findings:
            is_it = finding.subject.startswith("train") == (split == "train")
            if is_it and (finding.code, finding.severity) == ("HR101", "error"):
                return finding
        return False if _is_supported(known, split) else None

    return seen


def _is_supported(known: Known, split: str) -> bool:
    """Whether a test with names or pixels found that the labels fit their images."""
    labels, check = known.evidence.labels, MisalignedLabels()
    tests = () if labels is None else labels.tests
    return any(
        (test.split == "train") == (split == "train")
        and check.is_misaligned(test) is False
        for test in tests
    )


def absent_class(known: Known) -> Seen:
    """Classes of the evaluated split that training has no image of."""
    counts = known.evidence.split_counts
    if counts is None or "train" not in counts or not counts["train"].sum():
        return None
    others = [split for split in counts if split != "train"]
    present = counts[others].sum(axis=1) > 0
    absent = counts.index[(counts["train"] == 0) & present]
    if not len(absent):
        return False
    names = Names(tuple(map(str, absent)))
    return Phrase("Training has no image of {names}.", {"names": names})


def tiny_class(known: Known) -> Seen:
    """Classes with hardly any training image, but some."""
    counts = known.evidence.split_counts
    if counts is None or "train" not in counts or not counts["train"].sum():
        return None
    n = counts["train"]
    tiny = n[(n > 0) & (n < MEASURABLE)]
    if tiny.empty:
        return False
    return Phrase(
        "Training has fewer than {minimum} images of {names}.",
        {"minimum": MEASURABLE, "names": Names(tuple(map(str, tiny.index)))},
    )


def few_images(known: Known) -> Seen:
    """Few training images per class on average."""
    counts = known.evidence.split_counts
    if counts is None or "train" not in counts or not counts["train"].sum():
        return None
    n = counts["train"]
    per_class = float(n.sum() / max(1, (n > 0).sum()))
    if per_class >= FEW_PER_CLASS:
        return False
    return Phrase("Training has {n:.0f} images per class on average.", {"n": per_class})


def frequencies_exchanged(known: Known) -> Seen:
    """One class has fewer images in training and one more, as if relabelled."""
    changes = _changes(known)
    if changes is None:
        return None
    lost, gained = changes[changes < 0], changes[changes > 0]
    if len(changes) < 2 or len(lost) != 1 or len(gained) != 1:
        return False
    if gained.iloc[0] < -lost.iloc[0] / 2:
        return False
    return Phrase(
        "Of all classes '{less}' alone is rarer in training, and '{more}' alone is "
        "more frequent.",
        {"less": str(lost.index[0]), "more": str(gained.index[0])},
    )


def frequencies_tilted(known: Known) -> Seen:
    """Several classes have other frequencies in training, or one of two."""
    changes, counts = _changes(known), known.evidence.split_counts
    if changes is None or counts is None:
        return None
    if len(changes) < min(3, len(counts)):
        return False
    return Phrase(
        "The frequencies of {n} classes differ between the splits.",
        {"n": len(changes)},
    )


def _changes(known: Known) -> pd.Series[Any] | None:
    """Frequencies in training less those of the evaluated split, where beyond chance.

    None where the splits have not been compared.
    """
    counts, evaluation = known.evidence.split_counts, known.evidence.evaluation
    if counts is None or evaluation is None or not known.was_made("HR106"):
        return None
    if not {"train", evaluation.split} <= set(counts):
        return None
    if known.finding("HR106") is None:
        return pd.Series(dtype=float)
    n = counts[["train", evaluation.split]].astype(float)
    shares = n / n.sum()
    pooled = n.sum(axis=1) / n.to_numpy().sum()
    error = np.sqrt(pooled * (1 - pooled) * (1 / n.sum()).sum())
    difference: pd.Series[Any] = shares["train"] - shares[evaluation.split]
    beyond: pd.Series[Any] = difference[difference.abs() > BEYOND_CHANCE * error]
    return beyond


SIGNS: tuple[Sign, ...] = (
    check_sign("HR101", "labels of training", "training labels do not fit", "train"),
    check_sign(
        "HR101",
        "labels of evaluation",
        "evaluated labels do not fit",
        "evaluated",
    ),
    Sign(
        "labels-proven:train",
        "proof of training",
        "training labels belong to other images",
        labels_proven("train"),
        ("HR101",),
    ),
    Sign(
        "labels-proven:evaluated",
        "proof of evaluation",
        "evaluated labels belong to other images",
        labels_proven("evaluated"),
        ("HR101",),
    ),
    check_sign("HR102", "leak", "evaluated images are also in training"),
    check_sign("HR103", "leak", "pictures are there twice"),
    check_sign("HR108", "leak", "the observation predicts the class"),
    check_sign("HR106", "frequencies", "the splits have other class frequencies"),
    Sign(
        "frequencies-exchanged",
        "exchange",
        "one class is rarer in training and one more frequent",
        frequencies_exchanged,
        ("HR106",),
    ),
    Sign(
        "frequencies-tilted",
        "tilt",
        "many classes have other frequencies in training",
        frequencies_tilted,
        ("HR106",),
    ),
    Sign(
        "absent-class",
        "absent",
        "a class is absent from training",
        absent_class,
        ("HR110",),
    ),
    Sign("tiny-class", "tiny", "a class has hardly any training image", tiny_class),
    Sign("few-images", "few images", "there are few training images", few_images),
)
