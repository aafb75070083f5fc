"""The metrics of a split under their names, and two scores of many runs."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from hirise.metrics.metrics import confusion_counts, macro_f1, totals_of
from hirise.predictions import Predictions, read_predictions
from hirise.runs import Run

SIDES = ("val", "test")
SCORES = ("accuracy", "macro_f1")


def run_scores(run: Run, *, judged: Predictions | None = None) -> dict[str, float]:
    """Accuracy and macro-F1 on val and test, and what one answer for all would score.

    Val is read from the history where there are no predictions of it.

    Parameters
    ----------
    run : Run
    judged : Predictions, optional
        Those of one split of the run, where they have been read already.

    Returns
    -------
    dict
        `val_accuracy`, `test_accuracy`, `always_accuracy` and the same with
        `macro_f1`; fractions, NaN where unknown. `always_…` is the score of naming the
        largest class every time, on val, else on test.

    Raises
    ------
    InputError
        Predictions that cannot be read.
    """
    found = {f"{side}_{score}": math.nan for score in SCORES for side in SIDES}
    found |= {f"always_{score}": math.nan for score in SCORES}
    for side in reversed(SIDES):
        if side in run.splits():
            predictions = judged
            if predictions is None or predictions.split != side:
                predictions = read_predictions(run.predictions_path(side))
            found |= _scores(predictions, side)
    if math.isnan(found["val_accuracy"]):
        found |= {f"val_{score}": _recorded(run, f"val_{score}") for score in SCORES}
    return found


def _scores(predictions: Predictions, side: str) -> dict[str, float]:
    rows = predictions.labelled
    if predictions.y_true is None or not rows.any():
        return {}
    truth, n_classes = predictions.y_true[rows], len(predictions.class_names)
    found = {}
    always = np.full_like(truth, np.bincount(truth).argmax())
    for name, called in ((side, predictions.y_pred[rows]), ("always", always)):
        totals = totals_of(confusion_counts(truth, called, n_classes))
        found[f"{name}_accuracy"] = float((truth == called).mean())
        found[f"{name}_macro_f1"] = float(macro_f1(totals))
    return found


def _recorded(run: Run, column: str) -> float:
    """A column of `history.csv` in the epoch that was kept, else in the last one."""
    history = run.history()
    if column not in history or history.empty:
        return math.nan
    kept = history[history["epoch"] == run.info.epoch]
    return float((history if kept.empty else kept)[column].iloc[-1])


METRICS = {
    "accuracy": ("Accuracy", "share of images that are named rightly"),
    "majority_share": ("Majority share", "accuracy of always the largest class"),
    "chance_agreement": ("Chance agreement", "accuracy of guessing with these shares"),
    "balanced_accuracy": ("Balanced accuracy", "mean recall of the classes"),
    "macro_f1": ("Macro-F1", "mean F1 of the classes in truth or predictions"),
    "macro_f1_true_classes": (
        "Macro-F1, true classes",
        "mean F1 of those in the truth",
    ),
    "weighted_f1": ("Weighted-F1", "mean F1 by number of images; rare classes hide"),
    "mcc": ("Matthews correlation", "0 for guessing, 1 for perfect"),
    "kappa": (
        "Cohen's kappa",
        "agreement beyond chance: 0 for guessing, 1 for perfect",
    ),
    "macro_auc": ("Macro AUC", "how well it ranks: 0.5 for guessing, 1 for perfect"),
    "log_loss": ("Log-loss", "nats; lower is better"),
    "ece": ("Calibration error", "mean gap between confidence and accuracy"),
}


def metrics_table(summary: pd.DataFrame) -> pd.DataFrame:
    """`Evaluation.summary` with titles and meanings; undefined values stay empty."""
    known = summary.reindex([key for key in METRICS if key in summary.index])
    titles, meanings = zip(*(METRICS[str(key)] for key in known.index), strict=True)
    known.insert(0, "metric", titles)
    return known.assign(meaning=meanings).reset_index(drop=True)
