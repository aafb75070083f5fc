"""Every τ of logit adjustment at once: which labels change, and the metrics then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.metrics.metrics import (
    Totals,
    accuracy,
    balanced_accuracy,
    confusion_counts,
    macro_f1,
)
from hirise.predictions import Predictions
from hirise.remedies.adjustment import log_probabilities

STEP = 0.05
TAUS = np.round(np.arange(0, 3.01, STEP), 2)
"""Values of τ that are tried; 0 changes nothing, 1 makes all classes equally likely."""

METRICS = (accuracy, balanced_accuracy, macro_f1)
"""Metrics in the table of all steps."""

_CELLS = 4_000_000
"""Scores that are held at once."""


@dataclass(frozen=True)
class TauSteps:
    """Which images change their label from one τ to the next.

    Few images change, and each at few steps: these moves, and the matrix without τ,
    are all that must be kept for the matrix at any τ.

    Attributes
    ----------
    start : DataFrame of int
        Images by true class (index) and predicted class (columns), without τ. Where no
        true label is known, all images by the predicted class.
    moves : DataFrame of int
        `step` (position in `TAUS`) from which on `n` images of class `true` are
        predicted as `after` and no longer as `before`; class ids.
    table : DataFrame, one row per τ that is tried
        `tau`, `n_changed` (images that have another label than without τ) and, where
        true labels are known, `accuracy`, `balanced_accuracy` and `macro_f1`.
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
        """True and predicted images, without τ and at the step nearest to `tau`.

        Indexed by class name: `n_true` (where known), `n_before`, `n_after`.
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
    """Position in `TAUS` of the value nearest to `tau`.

    Examples
    --------
    >>> step_of(0.26), step_of(99)
    (5, 60)
    """
    return int(np.clip(round(tau / STEP), 0, len(TAUS) - 1))


def tau_steps(predictions: Predictions, offsets: Floats) -> TauSteps:
    """Count what each τ of `TAUS` does to the labels.

    Parameters
    ----------
    predictions : Predictions
        With probabilities. Images without a true label are left out, unless no image
        has one.
    offsets : (n_classes,) float
        What a τ of 1 adds to each log-probability.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.6, 0.4]])
    >>> predictions = Predictions(np.array([0, 0]), ("a", "b"), np.array([0, 1]), proba)
    >>> steps = tau_steps(predictions, np.array([0.0, 1.0]))
    >>> steps.confusion(1.0)
    predicted  a  b
    true
    a          1  0
    b          0  1
    """
    if predictions.proba is None:
        raise ValueError("`predictions` must have probabilities.")
    has_truth = bool(predictions.labelled.any())
    rows = np.flatnonzero(predictions.labelled | (not has_truth))
    y_pred = predictions.y_pred[rows]
    truth = predictions.y_true
    true = truth[rows] if has_truth and truth is not None else y_pred
    is_whole = len(rows) == len(predictions)
    proba = predictions.proba if is_whole else predictions.proba[rows]
    image, step, before, after = label_moves(log_probabilities(proba), offsets, y_pred)
    change = (after != y_pred[image]).astype(int) - (before != y_pred[image])
    n_changed = np.bincount(step, change, minlength=len(TAUS)).cumsum().astype(int)
    moves = count_moves(step, true[image], before, after, len(offsets))
    names = predictions.class_names
    start = pd.DataFrame(
        confusion_counts(true, y_pred, len(names)),
        index=pd.Index(names, name="true"),
        columns=pd.Index(names, name="predicted"),
    )
    table = pd.DataFrame({"tau": TAUS, "n_changed": n_changed})
    if has_truth:
        totals = totals_by_tau(start.to_numpy(), moves)
        table = table.assign(**{metric.__name__: metric(totals) for metric in METRICS})
    return TauSteps(start, moves, table)


def macro_f1_by_tau(truth: Ints, logs: Floats, offsets: Floats) -> Floats:
    """Macro-F1 at each of `TAUS`, in one pass over the images.

    Parameters
    ----------
    truth : (n_images,) int
    logs : (n_images, n_classes) float
        Log-probabilities.
    offsets : (n_classes,) float
        What a τ of 1 adds to each log-probability.

    Examples
    --------
    >>> logs = np.log([[0.9, 0.1], [0.6, 0.4]])
    >>> scores = macro_f1_by_tau(np.array([0, 1]), logs, np.array([0.0, 1.0]))
    >>> scores[[0, 20]].round(2)
    array([0.33, 1.  ])
    """
    n_classes = logs.shape[1]
    y_pred = logs.argmax(axis=1)
    image, step, before, after = label_moves(logs, offsets, y_pred)
    moves = count_moves(step, truth[image], before, after, n_classes)
    start = confusion_counts(truth, y_pred, n_classes)
    return macro_f1(totals_by_tau(start, moves))


def label_moves(logs: Floats, offsets: Floats, y_pred: Ints) -> tuple[Ints, ...]:
    """Image, step (position in `TAUS`), label before and label after of each change.

    Parameters
    ----------
    logs : (n_images, n_classes) float
        Log-probabilities.
    offsets : (n_classes,) float
        What a τ of 1 adds to each log-probability.
    y_pred : (n_images,) int
        The labels without τ.

    Returns
    -------
    four (n_moves,) int

    Examples
    --------
    >>> logs = np.log([[0.9, 0.1], [0.6, 0.4]])
    >>> y_pred, offsets = np.array([0, 0]), np.array([0.0, 1.0])
    >>> image, step, _, _ = label_moves(logs, offsets, y_pred)
    >>> image.tolist(), TAUS[step].tolist()  # the first changes at a large τ
    ([0, 1], [2.2, 0.45])
    """
    size = max(1, _CELLS // len(offsets))
    chunks = [
        _moves_of_chunk(
            logs[start : start + size], offsets, y_pred[start : start + size]
        )
        for start in range(0, len(logs), size)
    ]
    images = [number * size + moves[0] for number, moves in enumerate(chunks)]
    others = [[moves[i] for moves in chunks] for i in (1, 2, 3)]
    return tuple(np.concatenate(parts) for parts in (images, *others))


def _moves_of_chunk(logs: Floats, offsets: Floats, y_pred: Ints) -> tuple[Ints, ...]:
    """As `label_moves`, for a part of the images.

    Scores are straight lines over τ, so a label that is the same at two values is the
    same between them: only images that differ at both ends are examined further.
    """
    logs = np.ascontiguousarray(logs)

    def labels(rows: NDArray[np.intp] | slice, step: int) -> Ints:
        predicted: Ints = (logs[rows] + TAUS[step] * offsets).argmax(axis=1)
        return predicted

    rows, last = np.arange(len(logs)), len(TAUS) - 1
    first = logs.argmax(axis=1)
    # Labels other than the most probable class give way to it with the first step.
    other = np.flatnonzero(first != y_pred)
    moves = [(other, np.ones(len(other), dtype=int), y_pred[other], first[other])]
    ahead = [(0, last, rows, first, labels(slice(None), last))]
    while ahead:
        low, high, rows, before, after = ahead.pop()
        moved = before != after
        rows, before, after = rows[moved], before[moved], after[moved]
        if high - low == 1:
            moves.append((rows, np.full(len(rows), high), before, after))
        elif len(rows):
            middle = (low + high) // 2
            between = labels(rows, middle)
            ahead.append((low, middle, rows, before, between))
            ahead.append((middle, high, rows, between, after))
    return tuple(np.concatenate([part[i] for part in moves]) for i in range(4))


def count_moves(
    step: Ints, true: Ints, before: Ints, after: Ints, n_classes: int
) -> pd.DataFrame:
    """How many images (`n`) change alike, by the other parameters, each (n_moves,).

    Examples
    --------
    >>> step, true = np.array([9, 9]), np.array([1, 1])
    >>> count_moves(step, true, before=np.array([0, 0]), after=true, n_classes=2)
       step  true  before  after  n
    0     9     1       0      1  2
    """
    shape = (len(TAUS), n_classes, n_classes, n_classes)
    codes, n = np.unique(
        np.ravel_multi_index((step, true, before, after), shape), return_counts=True
    )
    names = ("step", "true", "before", "after")
    columns = dict(zip(names, np.unravel_index(codes, shape), strict=True))
    return pd.DataFrame({**columns, "n": n})


def totals_by_tau(start: Ints, moves: pd.DataFrame) -> Totals:
    """What metrics depend on at each step: (n_steps, n_classes).

    Parameters
    ----------
    start : (n_classes, n_classes) int
        Images by true (row) and predicted class, without τ.
    moves : DataFrame
        As `count_moves` gives them.

    Examples
    --------
    >>> start = np.array([[1, 0], [1, 0]])
    >>> columns = ["step", "true", "before", "after", "n"]
    >>> moves = pd.DataFrame([[9, 1, 0, 1, 1]], columns=columns)
    >>> accuracy(totals_by_tau(start, moves))[[8, 9]].tolist()
    [0.5, 1.0]
    """
    hits, predicted = np.zeros((2, len(TAUS), len(start)))
    step, true, before, after, n = moves.to_numpy().T
    np.add.at(predicted, (step, before), -n)
    np.add.at(predicted, (step, after), n)
    np.add.at(hits, (step, true), n * (after == true) - n * (before == true))
    return Totals(
        np.diagonal(start) + hits.cumsum(axis=0),
        np.tile(start.sum(axis=1), (len(TAUS), 1)).astype(float),
        start.sum(axis=0) + predicted.cumsum(axis=0),
    )
