"""What guessing scores: the dashed lines of the learning curves."""

import pandas as pd

from hirise import metrics
from hirise.runs import Run


def guessing_levels(
    taught: pd.Series | None, judged: pd.Series | None
) -> dict[str, dict[str, float]]:
    """Scores that need no look at any image.

    Parameters
    ----------
    taught, judged : Series of int, optional
        Images of each class among the training labels, and among those that the
        curves are judged on (by default the training labels too).

    Returns
    -------
    dict
        For each metric of `history.csv`, names and values of its reference lines:
        the majority share, the chance agreement of guesses with the same shares, what
        always naming one class gives, and the entropy of the training shares in nats.
    """
    levels: dict[str, dict[str, float]] = {}
    if taught is not None:
        levels["loss"] = {
            "share entropy": metrics.entropy(taught.to_numpy(dtype=float))
        }
    counts = taught if judged is None else judged
    if counts is not None and counts.sum() > 0:
        shares = counts / counts.sum()
        majority, n_classes = float(shares.max()), int((shares > 0).sum())
        levels["accuracy"] = {
            "majority share": majority,
            "chance agreement": float((shares**2).sum()),
        }
        one = 2 * majority / (1 + majority) / n_classes
        levels["macro_f1"] = {"always one class": one}
        levels["balanced_accuracy"] = {"always one class": 1 / n_classes}
    return levels


def guessing_in(run: Run) -> dict[str, dict[str, float]]:
    """What guessing scores by the labels that a run has seen; empty if not known."""
    seen = run.labels_seen()
    if seen is None:
        return {}
    labels = seen.groupby("split")["label"]
    by_split = {name: rows.value_counts() for name, rows in labels}
    return guessing_levels(by_split.get("train"), by_split.get("val"))
