"""A file of any supported format -> Predictions."""

import csv
from collections.abc import Mapping
from pathlib import Path

from hirise.errors import InputError, nearest
from hirise.predictions.files import csv_header, read_columns
from hirise.predictions.interpret import interpret
from hirise.predictions.roles import with_roles
from hirise.predictions.table import Predictions

_DIAGNOSED_FIRST = ("val", "validation", "valid", "test")
_HISTORY_COLUMNS = {"loss", "val_loss", "accuracy", "val_accuracy", "acc", "val_acc"}


def read_predictions(
    path: Path, *, split: str | None = None, logits: bool = False
) -> Predictions:
    """Read one split of a predictions file: CSV (any delimiter), Parquet or npz.

    Parameters
    ----------
    split : str, optional
        Defaults to val, else test, else the only one.
    logits : bool
        The score columns are logits; turned into probabilities by softmax.

    Raises
    ------
    InputError
        A file that cannot be read as predictions, saying where.
    """
    everything = read_all_predictions(path, logits=logits)
    names = [predictions.split for predictions in everything]
    return everything[names.index(choose_split(names, split, where=str(path)))]


def read_all_predictions(
    path: Path,
    *,
    logits: bool = False,
    class_names: tuple[str, ...] | None = None,
    columns: Mapping[str, str] | None = None,
) -> tuple[Predictions, ...]:
    """Read every split of a predictions file, in the order they first occur.

    Parameters
    ----------
    logits : bool
        The score columns are logits; turned into probabilities by softmax.
    class_names : tuple of str, optional
        Names of the classes in the order of their ids or numbered columns.
    columns : mapping of role to column, optional
        Such as `{"y_true": "label"}`, where the file calls them otherwise.

    Raises
    ------
    InputError
        A file that cannot be read as predictions, saying where.
    """
    columns = columns or {}
    try:
        table, about = read_columns(path, text=tuple(columns.values()))
        named = with_roles(table, columns)
        return interpret(named, about, logits=logits, class_names=class_names).parts
    except InputError as error:
        message = str(error)
        raise InputError(
            message if message.startswith(str(path)) else f"{path}: {message}"
        ) from error


def choose_split(names: list[str], wanted: str | None, *, where: str) -> str:
    """The split to diagnose: the wanted one, else val, else test, else the only one."""
    if wanted is not None:
        if names == [""]:
            raise InputError(
                f"{where}: there are no splits, as it has no column `split`; leave "
                f"--split out."
            )
        if wanted not in names:
            listed = ", ".join(repr(name) for name in names)
            raise InputError(
                f"{where}: there is no split {wanted!r}, only {listed}."
                f"{nearest(wanted, names)}"
            )
        return wanted
    for name in _DIAGNOSED_FIRST:
        if name in names:
            return name
    if len(names) == 1:
        return names[0]
    listed = ", ".join(repr(name) for name in names)
    raise InputError(f"{where}: choose one of the splits {listed} with --split.")


def looks_like_history(path: Path) -> bool:
    """Whether a file holds training curves (loss, accuracy per epoch) instead."""
    if path.suffix.lower() == ".json":
        return True
    if path.suffix.lower() not in {".csv", ".tsv", ".txt", ".log"}:
        return False
    try:
        columns = set(csv_header(path)[0])
    except (OSError, UnicodeDecodeError, csv.Error):
        return False  # what is wrong with it is said when it is read
    return bool(columns & _HISTORY_COLUMNS) and not columns & {"y_true", "y_pred"}
