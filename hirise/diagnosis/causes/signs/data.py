"""Signs in the data: labels, splits, counts of classes."""

from __future__ import annotations

from collections.abc import Callable

from hirise.diagnosis.causes.known import Known
from hirise.diagnosis.causes.sign import Seen, Sign, check_sign
from hirise.diagnosis.checks.labels import MisalignedLabels
from hirise.diagnosis.wording import Names, Phrase
from hirise.evaluation import MEASURABLE

FEW_PER_CLASS = 20
"""Training images per class below which a network is likely to memorise them."""


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
        "absent-class",
        "absent",
        "a class is absent from training",
        absent_class,
        ("HR110",),
    ),
    Sign("tiny-class", "tiny", "a class has hardly any training image", tiny_class),
    Sign("few-images", "few images", "there are few training images", few_images),
)
