"""Signs in curves and predictions together: another epoch, another model."""

from __future__ import annotations

import math

import numpy as np

from hirise.diagnosis.causes.known import Known
from hirise.diagnosis.causes.sign import Seen, Sign
from hirise.diagnosis.wording import Phrase, Rate

CONTRADICTED, CONTRADICTED_ON_TEST = 0.10, 0.20
"""Accuracy between curves and predictions beyond the interval of the latter."""
VALIDATION = ("", "val", "all")
"""Splits whose images can be those that were measured in training."""
SAME = 0.005
ACCURACY_COST = 0.05


def curves_contradict(known: Known) -> Seen:
    """Training measured another accuracy than these predictions have."""
    apart = _apart(known)
    if apart is None:
        return None
    measured, value, is_apart = apart
    if not is_apart:
        return False
    return Phrase(
        "In training the validation accuracy was {measured}, but these predictions "
        "have {accuracy}.",
        {"measured": Rate(measured), "accuracy": Rate(value)},
    )


def other_epoch(known: Known) -> Seen:
    """The predictions have the accuracy of another epoch than the last or kept one."""
    apart = _apart(known)
    if apart is None:
        return None
    _, value, is_apart = apart
    accuracies = known.curve("val_accuracy")
    nearest = int(np.nanargmin(np.abs(accuracies - value)))
    if not is_apart or abs(accuracies[nearest] - value) > SAME:
        return False
    return Phrase(
        "The predictions have the validation accuracy of epoch {epoch}, {accuracy}.",
        {"epoch": nearest + 1, "accuracy": Rate(value)},
    )


def _apart(known: Known) -> tuple[float, float, bool] | None:
    """Accuracy of the kept epoch and of the predictions, and whether they differ."""
    evaluation, history = known.evidence.evaluation, known.evidence.history
    if evaluation is None or not evaluation.has_truth or history.empty:
        return None
    if "val_accuracy" not in history or evaluation.split == "train":
        return None
    kept = known.evidence.kept_epoch
    rows = history[history["epoch"] == kept] if kept is not None else history
    measured = (rows if len(rows) else history)["val_accuracy"].dropna()
    value, low, high = evaluation.bounds("accuracy")
    if measured.empty or not 0 <= measured.iloc[-1] <= 1:
        return None
    low, high = (value if math.isnan(x) else x for x in (low, high))
    last = float(measured.iloc[-1])
    limit = CONTRADICTED if evaluation.split in VALIDATION else CONTRADICTED_ON_TEST
    is_apart = last - high >= limit or low - last >= limit
    return last, value, is_apart


def accuracy_cost(known: Known) -> Seen:
    """Choosing the epoch by accuracy has cost macro-F1."""
    history = known.evidence.history
    made = known.was_made("HR407")
    if "val_macro_f1" not in history or "val_accuracy" not in history or not made:
        return None
    scores = history["val_macro_f1"]
    if scores.isna().all() or known.finding("HR407") is None:
        return False
    chosen = float(scores.iloc[int(history["val_accuracy"].argmax())])
    if not scores.max() - chosen >= ACCURACY_COST:
        return False
    return Phrase(
        "The epoch with the best validation accuracy has macro-F1 {chosen:.3f}, "
        "another epoch has {best:.3f}.",
        {"chosen": chosen, "best": float(scores.max())},
    )


SIGNS: tuple[Sign, ...] = (
    Sign(
        "curves-contradict",
        "file",
        "curves and predictions disagree",
        curves_contradict,
    ),
    Sign(
        "other-epoch",
        "epoch",
        "the predictions are those of another epoch",
        other_epoch,
    ),
    Sign(
        "accuracy-cost",
        "choice",
        "choosing by accuracy cost macro-F1",
        accuracy_cost,
        ("HR407",),
    ),
)
