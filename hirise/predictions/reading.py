"""A file of any supported format -> Predictions."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError, nearest
from hirise.predictions.files import csv_header, read_columns
from hirise.predictions.labels import encode, label_text, natural_order
from hirise.predictions.probabilities import RESERVED, Scores, find_scores
from hirise.predictions.table import Predictions

_DIAGNOSED_FIRST = ("val", "validation", "valid", "test")
_HISTORY_COLUMNS = {"loss", "val_loss", "accuracy", "val_accuracy"}


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
    labels = {c: label_text(table[c]) for c in ("y_true", "y_pred") if c in table}
    seen = {label for column in labels.values() for label in column.unique()} - {""}
    named = about.get("class_names")
    class_names = named if isinstance(named, tuple) else None
    scores = find_scores(table, seen, class_names, logits=logits)
    if scores is None and "y_pred" not in table:
        raise InputError(_not_predictions(table))
    names = scores.class_names if scores else _label_names(seen, class_names)
    whole = _assemble(table, labels, scores, names)
    if "split" not in table:
        split = str(about.get("split", ""))
        return (_part(whole, np.arange(len(table)), split),)
    splits = label_text(table["split"])
    return tuple(
        _part(whole, np.flatnonzero(splits == name), name) for name in splits.unique()
    )


def _label_names(seen: set[str], named: tuple[str, ...] | None) -> tuple[str, ...]:
    if named is None:
        return natural_order(seen)
    if named and seen <= {str(i) for i in range(len(named))} and not seen <= set(named):
        return named
    return (*named, *natural_order(seen - set(named)))


def _assemble(
    table: pd.DataFrame,
    labels: dict[str, pd.Series],
    scores: Scores | None,
    names: tuple[str, ...],
) -> dict[str, object]:
    ids = {c: encode(c, _as_names(labels[c], names), names) for c in labels}
    y_pred = ids.get("y_pred")
    if scores is not None and y_pred is None:
        if np.isnan(scores.matrix).any():
            row = int(np.flatnonzero(np.isnan(scores.matrix).any(axis=1))[0])
            raise InputError(
                f"The probabilities of row {row + 1} are not numbers (NaN). Correct or "
                f"leave out such rows."
            )
        y_pred = scores.matrix.argmax(axis=1)
    if y_pred is not None and (y_pred < 0).any():
        row = int(np.flatnonzero(y_pred < 0)[0])
        raise InputError(f"`y_pred` is empty in row {row + 1}; every image needs one.")
    return {
        "y_pred": y_pred,
        "y_true": ids.get("y_true"),
        "proba": scores.matrix if scores else None,
        "image": _texts(table, "image"),
        "group": _texts(table, "group"),
        "class_names": names,
        "notes": scores.notes if scores else (),
    }


def _as_names(labels: pd.Series, names: tuple[str, ...]) -> pd.Series:
    """Labels given as ids become names, where no name looks like one of the ids."""
    ids = [str(i) for i in range(len(names))]
    if set(names) & set(ids) or not set(labels.unique()) <= {"", *ids}:
        return labels
    return labels.replace(dict(zip(ids, names, strict=True)))


def _part(whole: dict[str, object], rows: NDArray[np.intp], split: str) -> Predictions:
    cut = {
        key: value[rows] if isinstance(value, np.ndarray) else value
        for key, value in whole.items()
    }
    return Predictions(split=split, **cut)  # type: ignore[arg-type]


def _texts(table: pd.DataFrame, column: str) -> NDArray[np.object_] | None:
    if column not in table:
        return None
    return table[column].astype(str).to_numpy(dtype=object)


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
