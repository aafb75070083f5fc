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
LEARNED = 0.05
"""Fraction of its first loss that a training must lose to be told from another."""
BACK = 0.75
"""Fraction of that loss which is back at the first epoch of another training."""
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
    what follows comes after what was there, unless the loss is back near its start:
    then it is another training, and the last one is used. Of two values at one step the
    later one is used, as when a training was resumed. A curve that was logged per batch
    is averaged over each epoch. What was not logged in an epoch is NaN there.

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
    curves, is_last = _last_training(curves, within=within)
    continued, n_times = _continued(curves, within=within)
    notes = []
    if is_last:
        notes.append(
            "The epochs begin again where the loss is back near its start, so that is "
            "another training. The last one is read, and what was logged before it is "
            "left out."
        )
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


def _last_training(
    curves: Mapping[str, Points], *, within: bool
) -> tuple[Mapping[str, Points], bool]:
    """The curves of the last training, and whether there was another before it.

    `CSVLogger(append=True)` puts a script that is run again below what it wrote before.
    A training that goes on keeps the loss that it had reached.
    """
    parts = {n: _part_of(p.steps, within=within) for n, p in curves.items()}
    name = next((n for n in ("loss", "val_loss") if n in curves), None)
    n_parts = {int(part[-1]) + 1 for part in parts.values() if len(part)}
    if name is None or len(n_parts) != 1 or n_parts == {1}:
        return curves, False
    values, begin = curves[name][1], 0
    for number in range(1, n_parts.pop()):
        known = values[(parts[name] >= begin) & (parts[name] < number)]
        first, low = known[0], np.fmin.reduce(known)
        restart = values[parts[name] == number][0]
        learned = first - low > LEARNED * first
        if restart > (1 + LEARNED) * first or (
            learned and restart - low >= BACK * (first - low)
        ):
            begin = number
    if not begin:
        return curves, False
    kept = {n: part >= begin for n, part in parts.items()}
    last = {n: Points(p[0][kept[n]], p[1][kept[n]]) for n, p in curves.items()}
    return last, True


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
