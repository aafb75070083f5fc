"""A collapse, said while it happens: from the curves of a training that still runs."""

import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.rules import RULES, Rules
from hirise.diagnosis.wording import images, percent

N_EPOCHS = 3
"""Epochs in a row at the majority share that are announced."""

TOLERANCE = 0.005
"""Distance of an accuracy from the majority share that counts as at it."""

_ADVICE = (
    "A network may leave this state in its first epochs; one that stays in it has "
    "collapsed, and more epochs change nothing."
)


def ongoing_collapse(evidence: Evidence, rules: Rules = RULES) -> str:
    """Say that a training is collapsing, as of its last epoch; "" if it is not.

    One class takes nearly all predicted labels of the validation images, or accuracy
    has been at the majority share for three epochs; in both cases agreement beyond
    chance (kappa) is as low as the verdict asks for, and there are images enough.

    Parameters
    ----------
    evidence : Evidence
        With `history`, `predicted_counts` and `split_counts` up to the last epoch.
    rules : Rules
        Thresholds of the verdict.
    """
    truth = _val_truth(evidence, rules)
    kappa = evidence.epoch_kappa("val")
    if truth is None or not kappa < rules.kappa_high:
        return ""
    return _one_class(evidence, truth, rules) or _at_majority(evidence, truth, kappa)


def _val_truth(evidence: Evidence, rules: Rules) -> "pd.Series[int] | None":
    """Validation images by true class; None if they do not suffice for a verdict."""
    if evidence.split_counts is None or "val" not in evidence.split_counts:
        return None
    truth = evidence.split_counts["val"]
    enough = truth.sum() >= rules.min_images
    outside = truth.sum() - truth.max()
    return truth if enough and outside >= rules.min_outside_majority else None


def _one_class(evidence: Evidence, truth: "pd.Series[int]", rules: Rules) -> str:
    counts = evidence.predicted_counts
    counts = counts[counts["split"] == "val"]
    table = counts.pivot_table(index="epoch", columns="class_name", values="n")
    shares = table.div(table.sum(axis=1), axis=0)
    taken = shares.max(axis=1) >= rules.top_share
    if not taken.iloc[-1]:
        return ""
    last, n_epochs = shares.iloc[-1], int(taken[::-1].cumprod().sum())
    name, n = str(last.idxmax()), int(table.iloc[-1].sum())
    called = "all" if last[name] == 1 else f"{percent(last[name])} of the"
    accuracy = evidence.history["val_accuracy"].iloc[-1]
    return (
        f"{_epochs(table.index[-1], n_epochs)}: {called} {images(n, 'val')} are called "
        f"'{name}'. Accuracy {percent(accuracy)}; the share of '{name}' is "
        f"{percent(truth[name] / truth.sum())}. {_ADVICE}"
    )


def _at_majority(evidence: Evidence, truth: "pd.Series[int]", kappa: float) -> str:
    share = truth.max() / truth.sum()
    last = evidence.history["val_accuracy"].tail(N_EPOCHS)
    if len(last) < N_EPOCHS or not ((last - share).abs() <= TOLERANCE).all():
        return ""
    return (
        f"{_epochs(evidence.history['epoch'].iloc[-1], N_EPOCHS)}: validation accuracy "
        f"stays at {percent(last.iloc[-1])}, the share of '{truth.idxmax()}' "
        f"({percent(share)}); agreement beyond chance is low (kappa {kappa:.2f}). "
        f"{_ADVICE}"
    )


def _epochs(last: float, n: int) -> str:
    first = last - n + 1
    return f"Epoch {last:.0f}" if n == 1 else f"Epochs {first:.0f} to {last:.0f}"
