"""What the names of metrics mean, whichever tool logged them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

TRAIN, VAL, TEST = "train", "val", "test"

_SPLITS = {
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
_FILLERS = {
    "epoch",
    "metrics",
    "metric",
    "history",
    "hist",
    "list",
    "avg",
    "average",
}
"""Words that do not tell the curve: `epoch_loss`, `train_acc_history`."""
_PLURALS = {"losses": "loss", "accuracies": "accuracy", "accs": "acc", "lrs": "lr"}
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
        "acc_1",
        "acc_top1",
        "acc_top_1",
        "accuracy_top_1",
        "top1_acc",
        "top_1_acc",
        "prec1",
        "prec_1",
    ),
    "error": ("error_rate",),
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
_STEPS = ("step", "global_step", "trainer_global_step", "iter", "iteration")
_EPOCHS = ("epoch", "epochs", "trainer_epoch", "train_epoch")
_KNOWN = {alias: curve for curve, aliases in _CURVES.items() for alias in aliases}


ERROR = "error"
"""The curve of error rates; one minus it is the accuracy."""
RATES = ("accuracy", "balanced_accuracy", "macro_f1", ERROR)
"""Curves from 0 to 1, or in per cent."""
_OF_VALIDATION = "metrics/"
"""Ultralytics measures what it calls so on validation images (its issue 14577)."""


class Meaning(NamedTuple):
    """A curve, and its split: `train`, `val`, `test`, or "" where no name tells it."""

    curve: str
    split: str


def meaning_of(name: str) -> Meaning | None:
    """What a metric is, by its name; None for a metric that is not read.

    Examples
    --------
    >>> meaning_of("epoch_val_loss")
    Meaning(curve='loss', split='val')
    >>> meaning_of("metrics/accuracy_top1")
    Meaning(curve='accuracy', split='val')
    >>> meaning_of("train_losses")
    Meaning(curve='loss', split='train')
    >>> meaning_of("gradient_norm") is None
    True
    """
    words = [_PLURALS.get(word, word) for word in words_of(name)]
    splits = {_SPLITS[word] for word in words if word in _SPLITS}
    if len(splits) > 1:
        return None
    if not splits and name.strip().startswith(_OF_VALIDATION):
        splits = {VAL}
    rest = [word for word in words if word not in _SPLITS and word not in _FILLERS]
    curve = _KNOWN.get("_".join(rest))
    if curve is None and rest[:1] == ["lr"]:  # of an optimiser, as in lr-Adam/pg1
        curve = "learning_rate"
    return None if curve is None else Meaning(curve, next(iter(splits), ""))


def split_of(folder: str) -> str:
    """The split that a folder's name ends in; "" if it does not.

    Examples
    --------
    >>> split_of("Loss_train"), split_of("validation"), split_of("test_3")
    ('train', 'val', '')
    """
    return _SPLITS.get((words_of(folder) or [""])[-1], "")


def is_split(folder: str) -> bool:
    """Whether a folder's name is that of a split and nothing else.

    Examples
    --------
    >>> is_split("Validation"), is_split("loss_train")
    (True, False)
    """
    return "".join(words_of(folder)) in _SPLITS


def column_of(curve: str, split: str) -> str:
    """The column for a curve; the learning rate belongs to no split.

    Examples
    --------
    >>> column_of("loss", "val"), column_of("learning_rate", "val")
    ('val_loss', 'learning_rate')
    """
    if split in ("", TRAIN) or curve == "learning_rate":
        return curve
    return f"{split}_{curve}"


def curve_of(name: str) -> str | None:
    """The column that a metric goes to; None for a metric that is not read.

    Examples
    --------
    >>> curve_of("Validation Accuracy"), curve_of("lr-Adam/pg1")
    ('val_accuracy', 'learning_rate')
    """
    meaning = meaning_of(name)
    return None if meaning is None else column_of(*meaning)


def is_of_epochs(name: str) -> bool:
    """Whether the name says that it was logged once per epoch.

    Examples
    --------
    >>> is_of_epochs("train_loss_epoch"), is_of_epochs("train_loss_step")
    (True, False)
    """
    return "epoch" in words_of(name)


def names_split(values: Iterable[object]) -> bool:
    """Whether all of these texts name a split, so that they tell what rows are of.

    Examples
    --------
    >>> names_split(["train", "Validation"]), names_split(["adam", "train"])
    (True, False)
    """
    return all(is_split(str(value)) for value in values)


def is_binary(name: str) -> bool:
    """Whether an accuracy is that of yes-or-no questions.

    Examples
    --------
    >>> is_binary("val_binary_accuracy"), is_binary("accuracy")
    (True, False)
    """
    return {"binary", "accuracy"} <= set(words_of(name))


def is_step(name: str) -> bool:
    """Whether a column counts batches.

    Examples
    --------
    >>> is_step("trainer/global_step"), is_step("_step"), is_step("train_loss_step")
    (True, True, False)
    """
    return "_".join(words_of(name)) in _STEPS


def is_epoch(name: str) -> bool:
    """Whether a metric is the number of the epoch.

    Examples
    --------
    >>> is_epoch("epoch"), is_epoch("trainer/epoch"), is_epoch("epoch_loss")
    (True, True, False)
    """
    return "_".join(words_of(name)) in _EPOCHS


def words_of(name: str) -> list[str]:
    """The words of a metric's name, in small letters.

    Examples
    --------
    >>> words_of("valAccuracy"), words_of("train/top-1")
    (['val', 'accuracy'], ['train', 'top', '1'])
    """
    separated = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    return re.findall(r"[a-z0-9]+", separated.lower())
