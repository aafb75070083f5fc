"""Metrics as a table with their titles, and two scores of many runs."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from hirise.metrics.metrics import confusion_counts, macro_f1, totals_of
from hirise.metrics.titles import METRICS
from hirise.predictions import Predictions, read_predictions
from hirise.runs import Run

SPLITS = ("val", "test")
SCORES = ("accuracy", "macro_f1")


def run_scores(run: Run, *, known: Predictions | None = None) -> dict[str, float]:
    """Accuracy and macro-F1 on val and test, and of the majority-class baseline.

    Val is read from the history where there are no predictions of it.

    Parameters
    ----------
    run : Run
    known : Predictions, optional
        Those of one split of the run, where they have been read already.

    Returns
    -------
    dict
        `val_accuracy`, `test_accuracy`, `always_accuracy` and the same with
        `macro_f1`; fractions, NaN where unknown. `always_…` is the score of always
        predicting the largest class, on val, else on test.

    Raises
    ------
    InputError
        Predictions that cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pathlib import Path
    >>> from hirise.predictions import predictions_of
    >>> from hirise.runs import create_run
    >>> predictions = predictions_of(
    ...     {"y_true": ["a", "a", "b"], "y_pred": ["a", "b", "b"]}
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     writer.write_predictions("val", predictions.write)
    ...     scores = run_scores(writer.read())
    >>> round(scores["val_accuracy"], 2), round(scores["always_accuracy"], 2)
    (0.67, 0.67)
    """
    names = (*SPLITS, "always")
    scores = {f"{name}_{score}": math.nan for score in SCORES for name in names}
    # Val comes last, so that its baseline replaces that of test.
    for split in reversed(SPLITS):
        if split in run.splits():
            predictions = known
            if predictions is None or predictions.split != split:
                predictions = read_predictions(run.predictions_path(split))
            scores |= _split_scores(predictions, split)
    if math.isnan(scores["val_accuracy"]):
        scores |= {f"val_{score}": _recorded(run, f"val_{score}") for score in SCORES}
    return scores


def _split_scores(predictions: Predictions, split: str) -> dict[str, float]:
    rows = predictions.labelled
    if predictions.y_true is None or not rows.any():
        return {}
    truth, n_classes = predictions.y_true[rows], len(predictions.class_names)
    majority = np.full_like(truth, np.bincount(truth).argmax())
    scores = {}
    for name, predicted in ((split, predictions.y_pred[rows]), ("always", majority)):
        totals = totals_of(confusion_counts(truth, predicted, n_classes))
        scores[f"{name}_accuracy"] = float((truth == predicted).mean())
        scores[f"{name}_macro_f1"] = float(macro_f1(totals))
    return scores


def _recorded(run: Run, column: str) -> float:
    """A column of `history.csv` in the epoch that was kept, else in the last one."""
    history = run.history()
    if column not in history or history.empty:
        return math.nan
    kept = history[history["epoch"] == run.info.epoch]
    return float((history if kept.empty else kept)[column].iloc[-1])


def metrics_table(summary: pd.DataFrame) -> pd.DataFrame:
    """`Evaluation.summary` with titles and explanations, for people.

    Returns
    -------
    DataFrame, one row per known metric
        `metric` (its title), `value`, `low`, `high` and `meaning`.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame(
    ...     {"value": [0.5], "low": [0.4], "high": [0.6]}, index=["kappa"]
    ... )
    >>> metrics_table(summary).loc[0, "metric"]
    "Cohen's kappa"
    """
    known = summary.reindex([key for key in METRICS if key in summary.index])
    metrics = [METRICS[str(key)] for key in known.index]
    known.insert(0, "metric", [metric.title for metric in metrics])
    meanings = [metric.explanation for metric in metrics]
    return known.assign(meaning=meanings).reset_index(drop=True)
