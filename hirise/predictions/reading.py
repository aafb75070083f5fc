"""A file of any supported format -> Predictions."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError, nearest
from hirise.predictions.files import csv_header, read_columns
from hirise.predictions.labels import Labels, natural_order, read_labels
from hirise.predictions.probabilities import RESERVED, Scores, find_scores
from hirise.predictions.table import Predictions, check_probabilities

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
    path: Path, *, logits: bool = False
) -> tuple[Predictions, ...]:
    """Read every split of a predictions file, in the order they first occur."""
    try:
        return _all_predictions(path, logits=logits)
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


def _all_predictions(path: Path, *, logits: bool) -> tuple[Predictions, ...]:
    table, about = read_columns(path)
    _refuse_several_truths(table)
    labels = [read_labels(table[c]) for c in ("y_true", "y_pred") if c in table]
    seen = {name for column in labels for name in column.names}
    named = about.get("class_names")
    class_names = named if isinstance(named, tuple) else None
    scores = find_scores(table, seen, class_names, logits=logits)
    if scores is None and "y_pred" not in table:
        raise InputError(_not_predictions(table))
    if not len(table):
        raise InputError("No predictions: the table has no rows.")
    names = scores.class_names if scores else _label_names(seen, class_names)
    whole = _assemble(table, labels, scores, names)
    if "split" not in table:
        return (Predictions(**whole, split=str(about.get("split", ""))),)
    if scores is not None:
        check_probabilities(scores.matrix, len(names))  # names the row of the file
    splits = read_labels(table["split"])
    numbered = [*enumerate(splits.names), *([(-1, "")] if -1 in splits.codes else [])]
    return tuple(
        _part(whole, np.flatnonzero(splits.codes == code), name)
        for code, name in numbered
    )


def _label_names(seen: set[str], named: tuple[str, ...] | None) -> tuple[str, ...]:
    if named is None:
        return natural_order(seen)
    if seen <= {str(i) for i in range(len(named))} and not seen <= set(named):
        return named
    return (*named, *natural_order(seen - set(named)))


def _assemble(
    table: pd.DataFrame,
    labels: list[Labels],
    scores: Scores | None,
    names: tuple[str, ...],
) -> dict[str, Any]:
    ids = {c.column: c.ids_as_names(names).encode(names) for c in labels}
    y_pred = ids.get("y_pred")
    if y_pred is None and scores is not None:
        y_pred = _most_probable(scores.matrix)
    elif y_pred is not None and len(y_pred) and y_pred.min() < 0:
        row = int(np.flatnonzero(y_pred < 0)[0])
        raise InputError(f"`y_pred` is empty in row {row + 1}; every image needs one.")
    return {
        "y_pred": y_pred,
        "y_true": ids.get("y_true"),
        "proba": scores.matrix if scores else None,
        "image": table["image"].array if "image" in table else None,
        "group": table["group"].array if "group" in table else None,
        "class_names": names,
        "notes": scores.notes if scores else (),
    }


def _most_probable(matrix: NDArray[np.float64]) -> NDArray[np.int64]:
    """Class of the largest probability; the first of equal ones."""
    undefined = np.isnan(matrix).any(axis=1)
    if undefined.any():
        raise InputError(
            f"The probabilities of row {int(undefined.argmax()) + 1} are not numbers "
            f"(NaN). Correct or leave out such rows."
        )
    return np.asarray(matrix.argmax(axis=1), dtype=np.int64)


def _part(whole: dict[str, Any], rows: NDArray[np.intp], split: str) -> Predictions:
    by_row = ("y_pred", "y_true", "proba", "image", "group")
    cut = {
        key: value[rows] if key in by_row and value is not None else value
        for key, value in whole.items()
    }
    return Predictions(**cut, split=split)


def _refuse_several_truths(table: pd.DataFrame) -> None:
    several = [c for c in table.columns if c.startswith("y_true_")]
    if len(several) > 1:
        raise InputError(
            f"Columns {several[0]!r}, {several[1]!r}… give several truths per image: "
            f"multi-label targets cannot be judged here. Give one column `y_true`."
        )


def _not_predictions(table: pd.DataFrame) -> str:
    found = ", ".join(repr(str(c)) for c in table.columns[:6])
    return (
        f"No predictions found in the columns {found}. Expected are `y_pred`, or one "
        f"probability column per class, and for a verdict `y_true`; see "
        f"{', '.join(RESERVED)} in the README."
    )
