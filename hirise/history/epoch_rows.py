"""Whether the rows of a table without a column of epochs can be epochs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from hirise.errors import InputError, shown
from hirise.history.names import curve_of, is_epoch, is_step, words_of

_MEASURED = frozenset(
    (
        *("time", "date", "timestamp", "elapsed", "duration", "seconds", "sec"),
        *("runtime", "clock", "wall", "memory", "mem", "eta"),
    )
)
"""Words of columns that are logged beside the curves, whatever they hold."""
_SETTINGS = frozenset(
    (
        *("seed", "threshold", "temperature", "params", "parameters", "fold"),
        *("complexity", "ratio", "fraction", "width", "depth"),
    )
)
"""Words of what differs between trainings, or between evaluations of one model."""
_FLAGS = frozenset(("true", "false", "yes", "no", "*", "x"))
HOW = (
    "Expected: a row per epoch with `epoch`, `loss`, `accuracy`, `val_loss`, "
    "`val_accuracy`, or a row per image with `y_pred`."
)


def check_epoch_rows(path: Path, cells: pd.DataFrame) -> None:
    """Refuse a table whose rows are something else than epochs, as far as that shows.

    Each row is an epoch where a column counts epochs or steps. Without one, a text that
    differs between rows names methods, classes or images, and a setting such as a seed
    or a threshold that differs tells trainings or evaluations apart.

    Parameters
    ----------
    path : Path
        For the message.
    cells : DataFrame
        Text or numbers, as the file has them.

    Raises
    ------
    InputError
        The column in which the rows differ.

    Examples
    --------
    >>> table = pd.DataFrame({"method": ["a", "b"], "accuracy": ["0.8", "0.9"]})
    >>> check_epoch_rows(Path("results.csv"), table)
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: results.csv: This has no column of epochs or steps, and
    its rows differ in `method`, so they are not epochs. Expected: a row per epoch with
    `epoch`, `loss`, `accuracy`, `val_loss`, `val_accuracy`, or a row per image with
    `y_pred`.
    """
    if cells.empty or any(_counts_rows(cells, name) for name in cells.columns):
        return
    if not {curve_of(str(name)) for name in cells.columns} - {None, "learning_rate"}:
        return  # that there is no curve is told otherwise
    for place, name in enumerate(map(str, cells.columns)):
        if curve_of(name) is None and _tells_rows_apart(cells.iloc[:, place], place):
            raise InputError(
                "This has no column of epochs or steps, and its rows differ in "
                f"`{shown(name)}`, so they are not epochs.",
                where=path,
                how=HOW,
            )


def _counts_rows(cells: pd.DataFrame, name: str) -> bool:
    """Whether a column counts epochs or steps; a setting is the same in all rows."""
    if not (is_epoch(name) or is_step(name)):
        return False
    return len(cells) == 1 or len(set(cells[name].astype(str))) > 1


def _tells_rows_apart(column: pd.Series, place: int) -> bool:
    words = set(words_of(str(column.name)))
    if words & _MEASURED:
        return False
    given = column.map(lambda cell: cell.strip() if isinstance(cell, str) else cell)
    given = given[given.map(lambda cell: cell is not None and str(cell) != "")]
    if len(set(given.astype(str))) < 2:
        return False
    numbers = pd.to_numeric(given.map(_without_percent), errors="coerce")
    if numbers.isna().all():
        return not set(given.astype(str).str.lower()) <= _FLAGS
    if numbers.isna().any():
        return False
    return bool(words & _SETTINGS) or (place == 0 and _is_axis(numbers.to_numpy(float)))


def _without_percent(cell: object) -> object:
    return cell.removesuffix("%") if isinstance(cell, str) else cell


def _is_axis(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bool:
    """Whether these go up or down evenly, and are no count of the rows."""
    steps = np.diff(values)
    if len(steps) < 2 or not np.isfinite(steps).all():
        return False
    even = np.allclose(steps, steps[0], rtol=1e-6) and steps[0] != 0
    return bool(even and not np.isclose(steps[0], 1))
