"""The τ that logit adjustment tries, and what each does to labels, counted at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.metrics import Totals

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TAUS = np.round(np.arange(0, 3.01, 0.05), 2)
"""Values of τ that are tried; 0 changes nothing, 1 makes all classes equally likely."""

_CELLS = 4_000_000
"""Scores that are held at once."""


def label_moves(logs: Floats, lift: Floats, called: Ints) -> tuple[Ints, ...]:
    """Image, step (position in `TAUS`), label before and label after of each change.

    Parameters
    ----------
    logs : (n_images, n_classes) float
        Log-probabilities.
    lift : (n_classes,) float
        What a τ of 1 adds to each log-probability.
    called : (n_images,) int
        The labels without τ.

    Returns
    -------
    four (n_moves,) int
    """
    size = max(1, _CELLS // len(lift))
    found = [
        _moves_of(logs[at : at + size], lift, called[at : at + size])
        for at in range(0, len(logs), size)
    ]
    images = [at * size + moves[0] for at, moves in enumerate(found)]
    others = [[moves[i] for moves in found] for i in (1, 2, 3)]
    return tuple(np.concatenate(parts) for parts in (images, *others))


def _moves_of(logs: Floats, lift: Floats, called: Ints) -> tuple[Ints, ...]:
    """The same of a part of the images.

    Scores are straight lines over τ, so a label that is the same at two values is the
    same between them: only images that differ at both ends are looked at again.
    """
    logs = np.ascontiguousarray(logs)

    def labels(rows: NDArray[np.intp] | slice, step: int) -> Ints:
        named: Ints = (logs[rows] + TAUS[step] * lift).argmax(axis=1)
        return named

    rows, last = np.arange(len(logs)), len(TAUS) - 1
    first = logs.argmax(axis=1)
    # Labels that are not the most probable class give way to it with the first step.
    other = np.flatnonzero(first != called)
    found = [(other, np.ones(len(other), dtype=int), called[other], first[other])]
    ahead = [(0, last, rows, first, labels(slice(None), last))]
    while ahead:
        low, high, rows, before, after = ahead.pop()
        moved = before != after
        rows, before, after = rows[moved], before[moved], after[moved]
        if high - low == 1:
            found.append((rows, np.full(len(rows), high), before, after))
        elif len(rows):
            middle = (low + high) // 2
            between = labels(rows, middle)
            ahead.append((low, middle, rows, before, between))
            ahead.append((middle, high, rows, between, after))
    return tuple(np.concatenate([part[i] for part in found]) for i in range(4))


def counted_moves(
    step: Ints, true: Ints, before: Ints, after: Ints, n_classes: int
) -> pd.DataFrame:
    """How many images (`n`) change alike, by the other parameters, each (n_moves,)."""
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
        As `counted_moves` gives them.
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
