"""What the values of curves mean: fractions or per cent, error rates, no numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from hirise.history.epochs import Points
from hirise.history.names import ERROR, RATES

LOST = 2
"""Epochs at the end without a loss, but with an accuracy, that tell a NaN."""
MOST_RATE = 1.001
"""A fraction above is one in per cent; sums of floats may pass 1 by a little."""
MOST_PERCENT = 100.1
"""What is above is no rate at all, such as a number of correct images."""


def as_understood(
    points: Mapping[str, Points],
) -> tuple[dict[str, Points], tuple[str, ...]]:
    """Curves with rates from 0 to 1, and infinite where a loss is no longer a number.

    Rates in per cent are divided by 100. An error rate becomes the accuracy that it
    tells, where that was not logged. A NaN is a gap, except at the end of a loss that
    was a number in every epoch before: a network does not come back from that.

    Examples
    --------
    >>> steps = np.arange(2)
    >>> points = {
    ...     "val_error": Points(steps, np.array([25.0, 10.0])),
    ...     "loss": Points(steps, np.array([0.9, np.nan])),
    ... }
    >>> curves, notes = as_understood(points)
    >>> curves["val_accuracy"].values.tolist(), curves["loss"].values.tolist()
    ([0.75, 0.9], [0.9, inf])
    >>> notes[0]
    'val_accuracy is one minus the error rate.'
    """
    found: dict[str, Points] = {}
    notes: list[str] = []
    percent: list[str] = []
    for column, curve in points.items():
        rate = column.removeprefix("val_")
        steps, values = _loss(curve) if rate == "loss" else _without_gaps(curve)
        if np.isinf(values).sum() > np.isinf(curve[1]).sum():
            notes.append(f"{column} ends as NaN, which is written as infinite.")
        top = values.max(initial=0.0)
        if rate in RATES and top > MOST_PERCENT:
            notes.append(f"{column} goes up to {top:,.6g}, so it is ignored.")
            continue
        if rate in RATES and top > MOST_RATE:
            percent.append(column)
            values = values / 100
        if rate == ERROR:
            column = column.replace(ERROR, "accuracy")
            values = 1 - values
            if column in points:
                continue
            notes.append(f"{column} is one minus the error rate.")
        if len(steps):
            found[column] = Points(steps, values)
    if percent:
        notes.append(f"{', '.join(percent)}: in per cent.")
    return found, tuple(notes)


def with_lost_losses(
    table: pd.DataFrame,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """`table` with a loss as infinite where it alone is missing up to the end.

    pandas writes NaN as a blank. A loss that is blank in the last epochs, while the
    accuracy of the same images goes on, was no longer a number.

    Parameters
    ----------
    table : DataFrame, one row per epoch
        As `as_epochs` gives it.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"epoch": [1, 2, 3], "loss": [2.0, np.nan, np.nan], "accuracy": 0.1}
    ... )
    >>> with_lost_losses(table)[0]["loss"].tolist()
    [2.0, inf, inf]
    """
    notes = []
    for loss in ("loss", "val_loss"):
        rate = loss.replace("loss", "accuracy")
        if loss not in table or rate not in table:
            continue
        rows = table[table[rate].notna()]
        lost = rows[loss].isna().to_numpy()
        first = len(lost) - int(lost.sum())
        if lost.sum() >= LOST and lost[first:].all():
            epoch = rows["epoch"].iloc[first]
            table = table.copy()
            table.loc[rows.index[first:], loss] = np.inf
            notes.append(
                f"{loss} is missing from epoch {epoch:,} on, where {rate} is not. It "
                "is read as NaN from then on."
            )
    return table, tuple(notes)


def _without_gaps(curve: Points) -> Points:
    steps, values = curve
    known = ~np.isnan(values)
    return Points(steps[known], values[known])


def _loss(curve: Points) -> Points:
    """NaN at the end as infinity; where NaN stands before a number, it is a gap."""
    steps, values = curve
    known = np.flatnonzero(~np.isnan(values))
    if len(known) and known[-1] == len(known) - 1:
        return Points(steps, np.where(np.isnan(values), np.inf, values))
    return _without_gaps(curve)
