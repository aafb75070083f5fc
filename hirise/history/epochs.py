"""Curves of others as one row per epoch, under our names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Steps = NDArray[np.int64]
Values = NDArray[np.float64]

OFTEN = 10
"""How many times more points than another curve one has that is logged per batch."""
FEW = 3
"""Points that a curve needs for its steps to be taken as the epochs."""
_FARTHEST = 2**40
"""Steps beyond are taken as this one, so that sums of them stay numbers."""


class Points(NamedTuple):
    """A curve: its steps in the order in which they were written, and its values."""

    steps: Steps
    values: Values


class Epochs(NamedTuple):
    """`table` has one row per epoch, a column per curve; `notes` say what was done."""

    table: pd.DataFrame
    notes: tuple[str, ...]


def as_epochs(curves: Mapping[str, Points]) -> Epochs:
    """Put curves side by side.

    Where the steps of a curve begin again, a training went on in the same file: what
    follows comes after what was there. Of two values at one step the later holds, as
    when a training was resumed. Where a curve has more than ten times the points of
    another, it was logged per batch, and its mean over each epoch is taken.
    """
    went_on, n_times = _went_on({n: _counted(p) for n, p in curves.items()})
    series = {name: _last_per_step(points) for name, points in went_on.items()}
    notes = []
    if n_times:
        again = "once" if n_times == 1 else f"{n_times:,} times"
        notes.append(
            f"The epochs begin again {again}; what follows is taken as the same "
            f"training, which went on."
        )
    replaced = sum(len(p.steps) - len(series[n]) for n, p in went_on.items())
    if replaced:
        notes.append(
            "Some epochs were logged twice, as when a training is resumed; the later "
            "values are taken."
        )
    table, averaged = _side_by_side(series)
    if averaged:
        notes.append(
            f"{', '.join(averaged)}: logged more often than once per epoch; the mean "
            f"over each epoch is taken."
        )
    return Epochs(table, tuple(notes))


def _counted(points: Points) -> Points:
    """Numbered in their order where no step was given, so that all are the same."""
    steps = points.steps
    if len(steps) > 1 and (steps == steps[0]).all():
        return points._replace(steps=np.arange(len(steps)))
    return points


def _went_on(curves: Mapping[str, Points]) -> tuple[dict[str, Points], int]:
    """The curves with their steps continued, and how often they began again."""
    steps = {n: np.clip(p.steps, -_FARTHEST, _FARTHEST) for n, p in curves.items()}
    parts = {n: _part_of(s) for n, s in steps.items()}
    n_parts = max(
        (int(part[-1]) + 1 for part in parts.values() if len(part)), default=1
    )
    first = np.full(n_parts, _FARTHEST)
    last = np.full(n_parts, -_FARTHEST)
    for name, part in parts.items():
        np.minimum.at(first, part, steps[name])
        np.maximum.at(last, part, steps[name])
    shift = np.concatenate([[0], np.cumsum(last[:-1] + 1 - first[1:])])
    moved = {
        name: Points(steps[name] + shift[parts[name]], curves[name].values)
        for name in curves
    }
    return moved, n_parts - 1


def _part_of(steps: Steps) -> Steps:
    """Which part each point belongs to; one begins where the first step is back."""
    begins = steps <= steps[:1]
    return np.cumsum(begins) - 1


def _last_per_step(points: Points) -> pd.Series:
    series = pd.Series(points.values, index=points.steps)
    return series[~series.index.duplicated(keep="last")].sort_index()


def _side_by_side(
    series: Mapping[str, pd.Series],
) -> tuple[pd.DataFrame, list[str]]:
    counts = {name: len(one) for name, one in series.items()}
    if len(set(counts.values())) == 1:  # perhaps one counted from 0, another from 1
        return pd.DataFrame({n: one.to_numpy() for n, one in series.items()}), []
    rarest = min(series, key=lambda name: (counts[name] < FEW, counts[name]))
    often = [n for n, count in counts.items() if count > OFTEN * counts[rarest]]
    if counts[rarest] < FEW or not often:
        return pd.DataFrame(dict(series)).reset_index(drop=True), []
    rows = series[rarest].index.to_numpy()
    taken = {
        name: _means(one, rows) if name in often else one.reindex(rows).to_numpy()
        for name, one in series.items()
    }
    return pd.DataFrame(taken), often


def _means(series: pd.Series, rows: Steps) -> Values:
    """The mean of what was logged up to each row, since the one before."""
    row = np.searchsorted(rows, series.index.to_numpy())
    inside = row < len(rows)
    values, row = series.to_numpy()[inside], row[inside]
    n = np.bincount(row, minlength=len(rows))
    with np.errstate(invalid="ignore"):
        total = np.bincount(row, weights=values, minlength=len(rows))
        return np.where(n > 0, total / np.maximum(n, 1), np.nan)


TRAIN, VAL, TEST = "train", "val", "test"

_SIDES = {
    "train": TRAIN,
    "training": TRAIN,
    "val": VAL,
    "valid": VAL,
    "validation": VAL,
    "eval": VAL,
    "evaluation": VAL,
    "dev": VAL,
    "test": TEST,
    "testing": TEST,
}
_FILLERS = {"epoch", "metrics", "metric"}
"""Words that say nothing of which curve it is: `epoch_loss`, `metrics/accuracy`."""
_CURVES = {
    "loss": ("loss",),
    "accuracy": (
        "accuracy",
        "acc",
        "categorical_accuracy",
        "sparse_categorical_accuracy",
        "binary_accuracy",
        "accuracy_score",
        "accuracy_top1",
        "top1",
        "top_1",
        "top1_accuracy",
        "top_1_accuracy",
        "acc1",
    ),
    "balanced_accuracy": (
        "balanced_accuracy",
        "balanced_accuracy_score",
        "balanced_acc",
        "bal_acc",
    ),
    "macro_f1": (
        "macro_f1",
        "f1_macro",
        "macro_f1_score",
        "f1_macro_score",
        "f1_score_macro",
    ),
    "learning_rate": ("learning_rate", "lr"),
}
_KNOWN = {alias: curve for curve, aliases in _CURVES.items() for alias in aliases}


class Meaning(NamedTuple):
    """`side` is `train`, `val`, `test` or "", where the name does not say it."""

    curve: str
    side: str


def meaning_of(name: str) -> Meaning | None:
    """What a metric is, by its name; None for none of ours."""
    words = _words(name)
    sides = {_SIDES[word] for word in words if word in _SIDES}
    if len(sides) > 1:
        return None
    rest = [word for word in words if word not in _SIDES and word not in _FILLERS]
    curve = _KNOWN.get("_".join(rest))
    if curve is None and rest[:1] == ["lr"]:  # of an optimiser, as in lr-Adam/pg1
        curve = "learning_rate"
    return None if curve is None else Meaning(curve, next(iter(sides), ""))


def side_of(folder: str) -> str:
    """The side that a folder's name ends in: `val`, `Loss_train`, not `test_3`."""
    return _SIDES.get((_words(folder) or [""])[-1], "")


def is_side(folder: str) -> bool:
    """Whether a folder's name says nothing but a side."""
    return "".join(_words(folder)) in _SIDES


def column_of(curve: str, side: str) -> str:
    """The column for a curve; the learning rate has no sides."""
    if side in ("", TRAIN) or curve == "learning_rate":
        return curve
    return f"{side}_{curve}"


def curve_of(name: str) -> str | None:
    """The column that a metric goes to, such as `val_accuracy`; None for none."""
    meaning = meaning_of(name)
    return None if meaning is None else column_of(*meaning)


def is_of_epochs(name: str) -> bool:
    """Whether the name says that it was logged once per epoch."""
    return "epoch" in _words(name)


def _words(name: str) -> list[str]:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    return re.findall(r"[a-z0-9]+", parted.lower())
