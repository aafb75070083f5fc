"""A file of any supported format, a table or arrays as Predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import pandas as pd

from hirise.errors import InputError, nearest, parameter
from hirise.predictions.arguments import checked_arrays, class_names_of
from hirise.predictions.arrays import columns_of_arrays, columns_of_table
from hirise.predictions.decisions import Decisions
from hirise.predictions.files import read_columns
from hirise.predictions.interpreting import interpret
from hirise.predictions.table import Predictions

_DIAGNOSED_FIRST = ("val", "validation", "valid", "test")


def read_predictions(
    path: str | Path,
    *,
    split: str | None = None,
    logits: bool = False,
    class_names: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    **decisions: Unpack[Decisions],
) -> Predictions:
    r"""Read one split of a predictions file: CSV, JSON, Parquet or npz.

    Parameters
    ----------
    split : str, optional
        Defaults to val, else test, else the only one.
    logits, class_names, columns, **decisions
        As in `read_all_predictions`.

    Raises
    ------
    InputError
        A file that cannot be read as predictions, saying where.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "predictions.csv")
    ...     _ = path.write_text("image,y_true,y_pred\na.jpg,crater,other\n")
    ...     predictions = read_predictions(path)
    >>> predictions.class_names, predictions.y_pred.tolist()
    (('crater', 'other'), [1])
    """
    everything = read_all_predictions(
        path, logits=logits, class_names=class_names, columns=columns, **decisions
    )
    names = [predictions.split for predictions in everything]
    return everything[names.index(choose_split(names, split, where=str(path)))]


def predictions_of(
    table: pd.DataFrame | Mapping[str, Any],
    *,
    split: str | None = None,
    logits: bool = False,
    class_names: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    **decisions: Unpack[Decisions],
) -> Predictions:
    """Predictions from a table or from arrays in memory.

    Parameters
    ----------
    table : DataFrame, or mapping of name to array
        The columns of a predictions file, or the arrays of an npz archive:
        `{"y_true": labels, "proba": model.predict(images)}`. Labels are ids, names or
        one-hot rows; `proba` (n_images, n_classes), or (n_images,) for two classes;
        `logits` instead; `image`, `group` and `class_names` if you like.
    split : str, optional
        Which split to take of a table with a column `split`; what to call it otherwise.
    logits, class_names, columns, **decisions
        As in `read_all_predictions`.

    Raises
    ------
    InputError
        Whatever keeps the table from being predictions.

    Examples
    --------
    >>> predictions = predictions_of(
    ...     {"y_true": ["crater", "other"], "y_pred": ["other", "other"]}
    ... )
    >>> predictions.class_names, predictions.y_pred.tolist()
    (('crater', 'other'), [1, 1])
    """
    parts = all_predictions_of(
        table, logits=logits, class_names=class_names, columns=columns, **decisions
    )
    names = [part.split for part in parts]
    if len(parts) > 1 or names[0]:
        return parts[names.index(choose_split(names, split, where="The table"))]
    return parts[0] if split is None else replace(parts[0], split=split)


def all_predictions_of(
    table: pd.DataFrame | Mapping[str, Any],
    *,
    logits: bool = False,
    class_names: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    **decisions: Unpack[Decisions],
) -> tuple[Predictions, ...]:
    """Predictions of every split, from a table or from arrays in memory.

    Parameters
    ----------
    table, logits, class_names, columns, **decisions
        As in `predictions_of`.

    Raises
    ------
    InputError
        Whatever keeps the table from being predictions.

    Examples
    --------
    >>> table = {"y_true": ["a", "b"], "y_pred": ["b", "b"], "split": ["val", "test"]}
    >>> [part.split for part in all_predictions_of(table)]
    ['val', 'test']
    """
    about: dict[str, object] = {}
    if isinstance(table, pd.DataFrame):
        rows = columns_of_table(table)
    else:
        checked = checked_arrays(table, logits=logits, class_names=_names(class_names))
        logits = checked.logits
        rows, about = columns_of_arrays(checked.columns)
    return interpret(
        rows,
        about,
        logits=logits,
        class_names=_names(class_names),
        columns=columns,
        **decisions,
    ).parts


def _names(class_names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if class_names is None else class_names_of(class_names)


def read_all_predictions(
    path: str | Path,
    *,
    logits: bool = False,
    class_names: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    **decisions: Unpack[Decisions],
) -> tuple[Predictions, ...]:
    r"""Read every split of a predictions file, in the order they first occur.

    Parameters
    ----------
    logits : bool
        The score columns are logits; turned into probabilities by softmax.
    class_names : sequence of str, optional
        Names of the classes in the order of their ids or numbered columns.
    columns : mapping of role to column, optional
        Such as `{"y_true": "label"}`; columns of usual names are found without.
    **decisions
        `aggregate="mean"`: several rows of one image, such as crops, become one.
        `threshold`: the probability from which the second of two classes is predicted.
        `abstain`: a class whose prediction is no answer; the coverage is noted.
        `ordinal=True`: the classes are in the order of `class_names`.

    Raises
    ------
    InputError
        A file that cannot be read as predictions, saying where.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "predictions.csv")
    ...     _ = path.write_text("y_true,y_pred,split\na,b,val\na,a,test\n")
    ...     [part.split for part in read_all_predictions(path)]
    ['val', 'test']
    """
    path, columns, names = Path(path), columns or {}, _names(class_names)
    try:
        table, about = read_columns(path, text=tuple(columns.values()))
        return interpret(
            table,
            about,
            logits=logits,
            class_names=names,
            columns=columns,
            **decisions,
        ).parts
    except InputError as error:
        raise error.at(path) from error


def choose_split(names: list[str], wanted: str | None, *, where: str) -> str:
    """The split to diagnose: the wanted one, else val, else test, else the only one.

    Examples
    --------
    >>> choose_split(["train", "val", "test"], None, where="predictions.csv")
    'val'
    """
    if wanted is not None:
        if names == [""]:
            raise InputError(
                "There are no splits, as there is no column `split`.",
                where=where,
                how=f"Leave {parameter('split')} out.",
            )
        if wanted not in names:
            listed = ", ".join(repr(name) for name in names)
            raise InputError(
                f"There is no split {wanted!r}, only {listed}.{nearest(wanted, names)}",
                where=where,
            )
        return wanted
    for name in _DIAGNOSED_FIRST:
        if name in names:
            return name
    if len(names) == 1:
        return names[0]
    listed = ", ".join(repr(name) for name in names)
    raise InputError(
        f"There are the splits {listed}.",
        where=where,
        how=f"Choose one with {parameter('split')}.",
    )
