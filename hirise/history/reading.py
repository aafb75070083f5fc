"""Any history -> curves with our names, one row per epoch."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from hirise.errors import InputError, shown
from hirise.history.epochs import (
    TEST,
    VAL,
    as_epochs,
    column_of,
    curve_of,
    is_of_epochs,
)
from hirise.history.mlflow import metric_folders, read_mlflow
from hirise.history.source import (
    Source,
    holds_event_files,
    is_event_file,
    refuse_endless,
)
from hirise.history.tables import read_table
from hirise.predictions.files import csv_header

_NAMED = 6

Form = Literal["table", "events", "mlflow"]


@dataclass(frozen=True, eq=False)
class Curves:
    """A history as it was understood.

    Attributes
    ----------
    table : DataFrame, one row per epoch
        `epoch` (from 1), then `loss`, `accuracy`, `balanced_accuracy`, `macro_f1`, the
        same with `val_`, and `learning_rate`: those that are there.
    sources : mapping of column to name
        What each curve is called where it comes from.
    left_aside : tuple of str
        What was not understood, or was there under another name already.
    notes : tuple of str
        What was assumed, for people.
    raw : DataFrame
        The file as a table; empty where it is none.
    """

    table: pd.DataFrame
    sources: dict[str, str]
    left_aside: tuple[str, ...]
    notes: tuple[str, ...]
    raw: pd.DataFrame


def read_history(path: Path) -> pd.DataFrame:
    """Read a history: columns `epoch` (from 1), `loss`, `accuracy`, `val_loss`….

    See `read_curves`, which also tells what was made of which name.
    """
    return read_curves(path).table


def read_curves(path: Path) -> Curves:
    """Read training curves from what any framework writes.

    Parameters
    ----------
    path : Path
        A CSV (Keras' `CSVLogger`) or JSON (`History.history`, or a list of one dict per
        epoch); an event file of TensorBoard, or its log folder; a run folder of MLflow.

    Raises
    ------
    InputError
        Not a history: what was found instead, or which value is no number.
    """
    form = _form_of(path)
    if form is None and path.is_dir():
        raise InputError(
            f"{path}: is a folder without event files of TensorBoard or metrics of "
            f"MLflow, so it holds no training curves. Links are not followed."
        )
    try:
        source = _READERS[form or "table"](path)
        chosen, notes = _chosen(source)
        points = {column: source.points(name) for column, name in chosen.items()}
    except OSError as error:
        raise InputError(
            f"{error.filename or path}: cannot be read ({error.strerror or error}). "
            f"Change its rights, or copy it elsewhere."
        ) from error
    points = {column: one for column, one in points.items() if len(one.steps)}
    if not set(points) - {"learning_rate"}:
        raise _nothing_found(path, source)
    table, told = as_epochs(points)
    refuse_endless(path, len(table))
    table.insert(0, "epoch", range(1, len(table) + 1))
    aside = tuple(name for name in source.logged if name not in chosen.values())
    told = (*source.notes, *notes, *told)
    return Curves(table, dict(chosen), aside, told, source.raw)


def is_history(path: Path) -> bool:
    """Whether a file or folder holds training curves, not predictions or a run."""
    return _form_of(path) is not None


def _form_of(path: Path) -> Form | None:
    if path.is_dir():
        if metric_folders(path):
            return "mlflow"
        return "events" if holds_event_files(path) else None
    if is_event_file(path):
        return "events"
    if path.suffix.lower() == ".json":
        return "table"
    if path.suffix.lower() not in {".csv", ".tsv", ".txt", ".log"}:
        return None
    try:
        columns = csv_header(path)[0]
    except (OSError, UnicodeDecodeError, csv.Error):
        return None  # what is wrong with it is said when it is read
    if {"y_true", "y_pred"} & set(columns):
        return None
    # A prediction may be called top1, and then the file is none of curves.
    curves = {curve_of(name) for name in columns if name.lower() != "top1"}
    return "table" if curves - {None, "learning_rate"} else None


def _chosen(source: Source) -> tuple[dict[str, str], tuple[str, ...]]:
    """Which name becomes which column; of several, the one that is of epochs."""
    found: dict[tuple[str, str], str] = {}
    for name in sorted(source.logged, key=lambda name: not is_of_epochs(name)):
        meaning = source.logged[name].meaning
        if meaning is not None:
            found.setdefault((meaning.curve, meaning.side or "train"), name)
    notes: tuple[str, ...] = ()
    sides = {side for _, side in found}
    if TEST in sides and VAL not in sides:
        found = {(c, VAL if s == TEST else s): n for (c, s), n in found.items()}
        notes = ("There are no validation curves; those of the test are taken.",)
    order = list(source.logged)
    columns = {
        column_of(curve, side): name
        for (curve, side), name in sorted(
            found.items(), key=lambda item: order.index(item[1])
        )
        if side != TEST
    }
    return columns, notes


def _nothing_found(path: Path, source: Source) -> InputError:
    names = [repr(shown(name)) for name in source.logged]
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    found = ", ".join(names[:_NAMED]) + more or "none"
    return InputError(
        f"{path}: no training curves found ({source.what}: {found}). Expected are "
        f"`loss`, `accuracy`, `val_loss`, `val_accuracy`, one row per epoch."
    )


def _read_events(path: Path) -> Source:
    # Loads protobuf and checksums, which all else does without.
    from hirise.history.tensorboard import read_event_file, read_log_folder

    return read_log_folder(path) if path.is_dir() else read_event_file(path)


_READERS: dict[Form, Callable[[Path], Source]] = {
    "table": read_table,
    "events": _read_events,
    "mlflow": read_mlflow,
}
