"""A cure that trained and the run before it, made comparable: one truth for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from hirise.diagnosis.proof import Contender, contenders
from hirise.predictions.table import UNLABELLED
from hirise.runs import Run


class Judged(NamedTuple):
    """Both sides, what must be known to read them, and true labels that differ."""

    before: Contender
    after: Contender
    remarks: tuple[str, ...]
    n_rejudged: int


def judged_cure(
    before: Run, after: Run, remedies: Sequence[str], *, split: str | None
) -> Judged:
    """What `prove` compares of a cure by these remedies, on `split`.

    Raises
    ------
    InputError
        If the runs have nothing to compare.
    """
    one, two = contenders(before, after, split=split)
    changed = 0
    if "repaired-labels" in remedies:
        one, changed = judged_alike(one, two)
    told = remarks(remedies, changed, two.predictions.split or "")
    return Judged(one, two, tuple(told), changed)


def judged_alike(before: Contender, after: Contender) -> tuple[Contender, int]:
    """`before` judged by the truth of `after`, image by image; how many it changes."""
    old, new = before.predictions, after.predictions
    if old.image is None or new.image is None or old.y_true is None:
        return before, 0
    if new.y_true is None:
        return before, 0
    named = np.array([*new.class_names, None], dtype=object)[new.y_true]
    truth = pd.Series(named, index=pd.Index(new.image)).reindex(pd.Index(old.image))
    ids = {name: number for number, name in enumerate(old.class_names)}
    found = truth.map(ids).fillna(UNLABELLED).to_numpy(dtype=np.int64)
    known = found != UNLABELLED
    changed = int((found != old.y_true)[known].sum())
    judged = np.where(known, found, old.y_true)
    return replace(before, predictions=replace(old, y_true=judged)), changed


def remarks(keys: Sequence[str], n_rejudged: int, split: str) -> list[str]:
    """What must be known to read the comparison."""
    told = []
    if "split-by-group" in keys:
        told.append(
            "The score before was measured on images of which copies or neighbours "
            "were trained on, so a lower one now is no loss: it is what new images "
            "give."
        )
    if n_rejudged:
        told.append(
            f"Both are judged by the repaired labels: {n_rejudged:,} true labels of "
            f"{split} were others before."
        )
    return told
