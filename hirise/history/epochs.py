"""Curves as one row per epoch: continued, averaged and put side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints

OFTEN = 10
"""How many times more points than another curve one has that is logged per batch."""
FEW = 3
"""Points that a curve needs for its steps to be taken as the epochs."""
SOME = 2
"""The same, beside a curve whose steps cannot be epochs, such as 49, 99, 149."""
_FARTHEST = 2**40
"""Ints beyond are taken as this one, so that sums of them stay numbers."""


class Points(NamedTuple):
    """A curve: its steps in the order in which they were written, and its values."""

    steps: Ints
    values: Floats


class Epochs(NamedTuple):
    """`table` has a row per epoch and a column per curve; `notes` say what was done."""

    table: pd.DataFrame
    notes: tuple[str, ...]


def as_epochs(
    curves: Mapping[str, Points], *, numbered: bool = False, within: bool = False
) -> Epochs:
    """Put curves side by side.

    Where the steps of a curve begin again, a training was continued in the same file:
    what follows comes after what was there. Of two values at one step the later one is
    used, as when a training was resumed. A curve that was logged per batch is averaged
    over each epoch. What was not logged in an epoch is NaN there.

    Parameters
    ----------
    curves : mapping of name to Points
    numbered : bool
        The steps are the numbers of epochs, not of batches.
    within : bool
        Several values of one curve in an epoch are of its batches, not of an epoch that
        was done again.

    Examples
    --------
    >>> loss = Points(np.array([0, 1, 1]), np.array([0.9, 0.75, 0.5]))
    >>> table, notes = as_epochs({"loss": loss})
    >>> table["loss"].tolist()
    [0.9, 0.5]
    >>> len(notes)  # that some epochs were logged twice
    1
    >>> as_epochs({"loss": loss}, numbered=True, within=True).table["loss"].tolist()
    [0.9, 0.625]
    """
    if not numbered:
        curves = {name: _numbered(points) for name, points in curves.items()}
    within = numbered and (within or any(map(_is_within, curves.values())))
    continued, n_times = _continued(curves, within=within)
    notes = []
    if n_times:
        again = "once" if n_times == 1 else f"{n_times:,} times"
        notes.append(
            f"The epochs begin again {again}. The rows after that are read as the "
            "same training, continued."
        )
    series = {n: _one_per_step(p, within=within) for n, p in continued.items()}
    repeated = [n for n, p in continued.items() if len(p.steps) > len(series[n])]
    if repeated and not within:
        notes.append(
            "Some epochs were logged twice, as when a training is resumed. The later "
            "values are used."
        )
    averaged = repeated if within else []
    if numbered:
        table = _by_epoch(series)
        if table.index[0] > 1:
            notes.append(f"The first epoch that was logged is {table.index[0]:,}.")
    else:
        table, averaged = _side_by_side(series)
        table.index = pd.RangeIndex(1, len(table) + 1)
    if averaged:
        notes.append(
            f"{', '.join(averaged)}: logged more often than once per epoch. The mean "
            "over each epoch is used."
        )
    return Epochs(table.reset_index(names="epoch"), tuple(notes))


def _numbered(points: Points) -> Points:
    """Numbered in their order where no step was given, so that all are the same."""
    steps = points.steps
    if len(steps) > 1 and (steps == steps[0]).all():
        return points._replace(steps=np.arange(len(steps)))
    return points


def _is_within(points: Points) -> bool:
    """Whether most epochs have several values, and no epoch was done again."""
    distinct = len(np.unique(points.steps))
    sorted_ = bool((np.diff(points.steps) >= 0).all())
    return sorted_ and distinct > 1 and len(points.steps) > 1.5 * distinct


def _continued(
    curves: Mapping[str, Points], *, within: bool
) -> tuple[dict[str, Points], int]:
    """The curves with their steps continued, and how often they began again."""
    steps = {n: np.clip(p.steps, -_FARTHEST, _FARTHEST) for n, p in curves.items()}
    parts = {n: _part_of(s, within=within) for n, s in steps.items()}
    n_parts = max(
        (int(part[-1]) + 1 for part in parts.values() if len(part)), default=1
    )
    first = np.full(n_parts, _FARTHEST)
    last = np.full(n_parts, -_FARTHEST)
    for name, part in parts.items():
        np.minimum.at(first, part, steps[name])
        np.maximum.at(last, part, steps[name])
    # Each part begins one step after the end of the one before.
    shift = np.concatenate([[0], np.cumsum(last[:-1] + 1 - first[1:])])
    moved = {
        name: Points(steps[name] + shift[parts[name]], curves[name].values)
        for name in curves
    }
    return moved, n_parts - 1


def _part_of(steps: Ints, *, within: bool) -> Ints:
    """Which part each point belongs to; one begins where the first step is back."""
    begins = steps <= steps[:1]
    if within:  # the first epoch goes on while its number stays
        begins[1:] &= steps[:-1] > steps[:1]
    return np.cumsum(begins) - 1


def _one_per_step(points: Points, *, within: bool) -> pd.Series:
    series = pd.Series(points.values, index=points.steps)
    if within:
        return series.groupby(level=0).mean()
    return series[~series.index.duplicated(keep="last")].sort_index()


def _by_epoch(series: Mapping[str, pd.Series]) -> pd.DataFrame:
    """One row per number that occurs; the first epoch may be called 0, or -1."""
    table = pd.DataFrame(dict(series)).sort_index()
    table.index += max(0, 1 - int(table.index[0]))
    return table


def _side_by_side(
    series: Mapping[str, pd.Series],
) -> tuple[pd.DataFrame, list[str]]:
    counts = {name: len(values) for name, values in series.items()}
    if len(set(counts.values())) == 1:  # perhaps one counted from 0, another from 1
        return pd.DataFrame({n: s.to_numpy() for n, s in series.items()}), []
    rarest = min(series, key=lambda name: (counts[name] < SOME, counts[name]))
    rows = series[rarest].index.to_numpy()
    often = [n for n, s in series.items() if _is_often(s.index.to_numpy(), rows)]
    if not often:
        return pd.DataFrame(dict(series)).reset_index(drop=True), []
    if any(not np.isfinite(series[n]).all() for n in often):
        # What diverged after the last evaluation is an epoch of its own.
        rows = np.append(rows, max(series[n].index[-1] for n in often))
        rows = np.unique(rows)
    columns = {
        name: _means(s, rows) if name in often else s.reindex(rows).to_numpy()
        for name, s in series.items()
    }
    return pd.DataFrame(columns), often


def _is_often(steps: Ints, rows: Ints) -> bool:
    """Whether a curve was logged several times between the `rows` of another."""
    if len(steps) > OFTEN * len(rows):
        return len(rows) >= FEW
    if len(steps) <= len(rows) or len(rows) < SOME:
        return False
    consecutive = bool((np.diff(steps) == 1).all())
    return not (consecutive and np.isin(rows, steps).all())


def _means(series: pd.Series, rows: Ints) -> Floats:
    """The mean of what was logged up to each row, since the one before."""
    row = np.searchsorted(rows, series.index.to_numpy())
    inside = row < len(rows)
    values, row = series.to_numpy()[inside], row[inside]
    n = np.bincount(row, minlength=len(rows))
    with np.errstate(invalid="ignore"):
        total = np.bincount(row, weights=values, minlength=len(rows))
        return np.where(n > 0, total / np.maximum(n, 1), np.nan)
