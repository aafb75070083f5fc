"""What every τ of logit adjustment would do to predictions, counted once for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise import metrics
from hirise.metrics import confusion_counts
from hirise.predictions import Predictions
from hirise.remedies.adjustment import log_probabilities
from hirise.remedies.taus import TAUS, counted_moves, label_moves, totals_by_tau

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STEP = 0.05
"""From one of `TAUS` to the next."""

SHOWN = (metrics.accuracy, metrics.balanced_accuracy, metrics.macro_f1)
"""Metrics in the table of all steps."""


@dataclass(frozen=True)
class TauSteps:
    """Which images change their label from one τ to the next.

    Few images change, and each at few steps: these moves, and the matrix without τ,
    are all that must be kept to tell the matrix at any τ.

    Attributes
    ----------
    start : DataFrame of int
        Images by true class (index) and label as predicted (columns), without τ.
        Where no truth is known, all images by the label that they have.
    moves : DataFrame of int
        `step` (position in `TAUS`) from which on `n` images of class `true` are no
        longer called `before` but `after`; class ids.
    table : DataFrame, one row per τ that is tried
        `tau`, `n_changed` (images that have another label than without τ) and, where
        truth is known, `accuracy`, `balanced_accuracy` and `macro_f1`.
    """

    start: pd.DataFrame
    moves: pd.DataFrame
    table: pd.DataFrame

    @property
    def has_truth(self) -> bool:
        """Whether the rows of the matrices are true classes."""
        return "accuracy" in self.table

    def confusion(self, tau: float) -> pd.DataFrame:
        """The matrix at the step nearest to `tau`, in the form of `start`."""
        counts = self.start.to_numpy(copy=True)
        done = self.moves[self.moves["step"] <= step_of(tau)]
        np.add.at(counts, (done["true"], done["before"]), -done["n"])
        np.add.at(counts, (done["true"], done["after"]), done["n"])
        return pd.DataFrame(counts, self.start.index, self.start.columns)

    def labels(self, tau: float) -> pd.DataFrame:
        """True images and those called so, without τ and at the step nearest to `tau`.

        Indexed by class name: `n_true` (where truth is known), `n_before`, `n_after`.
        """
        table = pd.DataFrame(
            {
                "n_true": self.start.sum(axis=1),
                "n_before": self.start.sum(axis=0),
                "n_after": self.confusion(tau).sum(axis=0),
            }
        ).rename_axis("class_name")
        return table if self.has_truth else table.drop(columns="n_true")


def step_of(tau: float) -> int:
    """Position in `TAUS` of the value nearest to `tau`."""
    return int(np.clip(round(tau / STEP), 0, len(TAUS) - 1))


def tau_steps(predictions: Predictions, lift: Floats) -> TauSteps:
    """Count what each τ of `TAUS` does to the labels.

    Parameters
    ----------
    predictions : Predictions
        With probabilities. Of the images without a true label none is counted, unless
        no image has one.
    lift : (n_classes,) float
        What a τ of 1 adds to each log-probability, as `share_lift` gives it.

    Returns
    -------
    TauSteps
    """
    if predictions.proba is None:
        raise ValueError("`predictions` must have probabilities.")
    has_truth = bool(predictions.labelled.any())
    rows = np.flatnonzero(predictions.labelled | (not has_truth))
    called = predictions.y_pred[rows]
    truth = predictions.y_true
    true = truth[rows] if has_truth and truth is not None else called
    whole = len(rows) == len(predictions)
    proba = predictions.proba if whole else predictions.proba[rows]
    image, step, before, after = label_moves(log_probabilities(proba), lift, called)
    turned = (after != called[image]).astype(int) - (before != called[image])
    n_changed = np.bincount(step, turned, minlength=len(TAUS)).cumsum().astype(int)
    moves = counted_moves(step, true[image], before, after, len(lift))
    names = predictions.class_names
    start = pd.DataFrame(
        confusion_counts(true, called, len(names)),
        index=pd.Index(names, name="true"),
        columns=pd.Index(names, name="predicted"),
    )
    table = pd.DataFrame({"tau": TAUS, "n_changed": n_changed})
    if has_truth:
        totals = totals_by_tau(start.to_numpy(), moves)
        table = table.assign(**{one.__name__: one(totals) for one in SHOWN})
    return TauSteps(start, moves, table)
