"""HR109 and HR111: pictures with several labels, or with nothing on them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.leakage import LeakageEvidence
from hirise.diagnosis.wording import Images, Items, Phrase, Rate
from hirise.evaluation import MEASURABLE

MOST = 4
"""Pairs or classes that a sentence lists one by one."""


def _compared(evidence: Evidence) -> LeakageEvidence:
    leakage = evidence.leakage
    if leakage is None or not leakage.has_pixels:
        raise NotApplicable("the pixels were not compared; give the dataset")
    return leakage


@dataclass(frozen=True)
class ContradictoryCopies(Check):
    """The same picture has different labels, so at most one of them is correct."""

    code = "HR109"
    title = "Same picture with different labels"
    advice = "Look at each pair, and correct or remove what is incorrect."
    pages = ("data",)
    sentence = (
        "{images} in {n_groups:,} {groups} of copies have labels that contradict each "
        "other; {minimum} or more are a warning. First: {pairs}."
    )

    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        leakage = _compared(evidence)
        groups = leakage.duplicates
        groups = groups[groups["n_classes"] > 1]
        if groups.empty:
            return
        pairs = leakage.duplicate_pairs
        pairs = pairs[pairs["class_name"] != pairs["copy_class_name"]]
        rows = [
            {
                "subject": str(pair["image"]),
                "class_name": str(pair["class_name"]),
                "copy": str(pair["copy"]),
                "copy_class_name": str(pair["copy_class_name"]),
            }
            for _, pair in pairs.iterrows()
        ]
        template = (
            "'{subject}' is labelled '{class_name}', its copy '{copy}' "
            "'{copy_class_name}'"
        )
        n = int(groups["n_images"].sum())
        yield self.finding(
            subject="",
            severity=None if n >= self.minimum else "note",
            rows=rows,
            images=Images(n),
            n_groups=len(groups),
            groups="group" if len(groups) == 1 else "groups",
            minimum=self.minimum,
            pairs=Items(tuple(Phrase(template, row) for row in rows), "; ", MOST),
        )


@dataclass(frozen=True)
class EmptyPictures(Check):
    """Images without contrast, or that cannot be decoded, among others."""

    code = "HR111"
    title = "Plain or unreadable images"
    advice = (
        "Look at these files. A reader that gives black for a broken file teaches the "
        "network that black is that class."
    )
    pages = ("data",)
    sentence = (
        "{n_plain:,} of {images} have hardly any contrast, as if black or white, and "
        "{n_unreadable:,} cannot be decoded: {rate} together, and {minimum} or more "
        "should be examined. Most are of {classes}."
    )

    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        leakage = _compared(evidence)
        assert leakage.features is not None
        features = leakage.features.drop_duplicates("image").set_index("image")
        if not (features["hash"] > 0).any():
            raise NotApplicable("only the bytes of the images are known; give them")
        hashes = features[["hash", "detail"]].reindex(leakage.places["image"])
        unreadable = hashes["hash"].isna().to_numpy()
        plain = (hashes == 0).all(axis=1).to_numpy()
        n = int((plain | unreadable).sum())
        if not n:
            return
        rows = _by_class(leakage.places["class_name"], plain, unreadable)
        template = "'{subject}' ({n_bad:,} of {n:,})"
        yield self.finding(
            subject="",
            severity=None if n >= self.minimum else "note",
            rows=rows,
            images=Images(len(hashes)),
            n_plain=int(plain.sum()),
            n_unreadable=int(unreadable.sum()),
            rate=Rate(n / len(hashes)),
            minimum=self.minimum,
            classes=Items(tuple(Phrase(template, row) for row in rows), most=MOST),
        )


def _by_class(
    classes: "pd.Series[str]", plain: np.ndarray, unreadable: np.ndarray
) -> list[dict[str, object]]:
    """The classes that have such images, those that have most of them first."""
    table = pd.DataFrame({"plain": plain, "unreadable": unreadable, "n": 1})
    counts = table.groupby(classes.to_numpy()).sum()
    counts["bad"] = counts["plain"] + counts["unreadable"]
    counts = counts[counts["bad"] > 0].sort_values("bad", ascending=False)
    return [
        {
            "subject": str(name),
            "n_bad": int(row["bad"]),
            "n_plain": int(row["plain"]),
            "n_unreadable": int(row["unreadable"]),
            "n": int(row["n"]),
        }
        for name, row in counts.iterrows()
    ]
