"""What others call loss, accuracy and the like -> our names."""

from __future__ import annotations

import re
from typing import NamedTuple

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
