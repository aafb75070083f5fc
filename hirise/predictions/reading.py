"""A file, a table or arrays as Predictions: roles first, then labels, then numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import pandas as pd

from hirise.errors import InputError, parameter, worded
from hirise.predictions.arguments import checked_arrays, class_names_of
from hirise.predictions.arrays import columns_of_arrays, columns_of_table
from hirise.predictions.column_names import RESERVED, label_kind
from hirise.predictions.column_roles import Roles, assign_roles
from hirise.predictions.decisions import Decisions, decided
from hirise.predictions.doubtful_roles import are_labels, check_roles, notes_on_roles
from hirise.predictions.files import read_columns
from hirise.predictions.labels import (
    Labels,
    check_classes,
    multi_label,
    natural_order,
    read_labels,
    spelled_alike,
)
from hirise.predictions.other_tables import (
    as_rows_of_images,
    check_kind,
    not_predictions,
)
from hirise.predictions.scores import Scores, most_probable, scores_of_classes
from hirise.predictions.table import (
    Columns,
    Predictions,
    check_probabilities,
    choose_split,
)

FEWEST_DOUBTED = 30
"""Rows from which a label that always agrees with the scores may be the prediction."""


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


@dataclass(frozen=True)
class Interpreted:
    """A table of predictions, understood: one part per split, roles and scores."""

    parts: tuple[Predictions, ...]
    scores: Scores | None
    roles: Roles


def interpret(
    table: pd.DataFrame,
    about: Mapping[str, object],
    *,
    logits: bool = False,
    class_names: tuple[str, ...] | None = None,
    columns: Mapping[str, str] | None = None,
    **decisions: Unpack[Decisions],
) -> Interpreted:
    """Predictions from a table of columns.

    Parameters
    ----------
    about : mapping
        What the file says of itself: `class_names`, `split`.
    logits : bool
        The scores are logits.
    class_names : tuple of str, optional
        Names of the classes in the order of their ids, instead of the file's own.
    columns : mapping of role to column, optional
        Roles that are given; those of other columns are found.
    **decisions
        See `Decisions`.

    Raises
    ------
    InputError
        Whatever keeps the table from being predictions.

    Examples
    --------
    >>> table = pd.DataFrame({"p:a": [0.9, 0.4], "p:b": [0.1, 0.6]})
    >>> (part,) = interpret(table, {"split": "val"}).parts
    >>> part.class_names, part.y_pred.tolist(), part.split
    (('a', 'b'), [0, 1], 'val')
    """
    named = class_names or about.get("class_names")
    known = named if isinstance(named, tuple) else None
    rows, told, counted = _rows_of_images(table, columns or {}, known)
    known = known or counted
    roles = assign_roles(rows, columns or {}, known or ())
    check_roles(rows, roles, columns or {})
    doubts = notes_on_roles(rows, roles)
    rows = _called_by_roles(rows, roles)
    has_labels = [c for c in ("y_true", "y_pred") if c in rows and c != roles.single]
    labels, spelled = spelled_alike([read_labels(rows[c]) for c in has_labels], known)
    scores = scores_of_classes(rows, roles, labels, known, logits=logits)
    if scores is None and "y_pred" not in has_labels:
        raise not_predictions(table)
    if not len(rows):
        raise InputError("There are no predictions: the table has no rows.")
    names = scores.class_names if scores else _label_names(labels, known)
    _check_given(class_names, names, scores)
    if scores is None and len(labels) == 1:
        check_classes(labels[0])
    whole = _assemble(rows, labels, scores, names)
    aside = (*_unused_score(roles, scores), *_doubtful_truth(roles, whole))
    notes = (*told, *roles.notes, *doubts, *spelled, *aside, *whole.notes)
    whole = replace(whole, notes=notes, **_remembered(about))
    ordered = known is not None and counted is None
    parts = _parts(whole, rows, about, scores, decisions, ordered=ordered)
    return Interpreted(parts, scores, roles)


def _parts(
    whole: Columns,
    rows: pd.DataFrame,
    about: Mapping[str, object],
    scores: Scores | None,
    decisions: Decisions,
    *,
    ordered: bool,
) -> tuple[Predictions, ...]:
    """The predictions of each split, after `decisions`."""
    has_splits = "split" in rows
    if has_splits and scores is not None and scores.are_probabilities:
        # Here, as each part would count its rows by itself.
        check_probabilities(scores.matrix, len(whole.class_names))
    splits = _split_codes(rows, about)
    codes = splits.codes
    if any(value is not None and value is not False for value in decisions.values()):
        whole, codes = decided(whole, codes, decisions, ordered=ordered)
    if not has_splits:
        return (whole.predictions(splits.names[0]),)
    numbered = [*enumerate(splits.names), *([(-1, "")] if -1 in codes else [])]
    return tuple(
        whole.at(places).predictions(name)
        for code, name in numbered
        if len(places := np.flatnonzero(codes == code))
    )


def _rows_of_images(
    table: pd.DataFrame, columns: Mapping[str, str], known: tuple[str, ...] | None
) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...] | None]:
    """A row per image, as it is where a column is called as predictions are."""
    if any(name == "y_pred" or str(name).startswith("p:") for name in table.columns):
        return table, (), None
    check_kind(table)
    return as_rows_of_images(table, columns, known)


def _remembered(about: Mapping[str, object]) -> dict[str, Any]:
    """What was decided when the file was written."""
    return {key: about[key] for key in ("threshold", "ordinal") if key in about}


def _split_codes(table: pd.DataFrame, about: Mapping[str, object]) -> Labels:
    if "split" in table:
        return read_labels(table["split"])
    name = str(about.get("split", ""))
    return Labels("split", np.zeros(len(table), dtype=np.int64), (name,))


def _called_by_roles(table: pd.DataFrame, roles: Roles) -> pd.DataFrame:
    """The table with its columns called by their roles; one-hot truth is a column."""
    used = {roles.single, *(roles.scores.columns if roles.scores else ())}
    replaced = [
        r
        for r in RESERVED
        if r in table and roles.columns.get(r) != r and r not in used
    ]
    names = {column: role for role, column in roles.columns.items()}
    named = table.drop(columns=[r for r in replaced if r not in names])
    named = named.rename(columns=names)
    flags = roles.true_columns
    if flags is None:
        return named
    values = named[flags.columns].to_numpy(dtype=float)
    if (values.sum(axis=1) > 1).any():
        raise multi_label(f"{flags.columns[0]}, {flags.columns[1]}…")
    classes = np.array([*flags.classes, None], dtype=object)
    ids = np.where(values.any(axis=1), values.argmax(axis=1), -1)
    return named.drop(columns=flags.columns).assign(y_true=classes[ids])


def _unused_score(roles: Roles, scores: Scores | None) -> tuple[str, ...]:
    if not roles.single or scores is not None:
        return ()
    return (
        f"{roles.single!r} was ignored: one score in each row does not give the "
        "probability of every class.",
    )


def _doubtful_truth(roles: Roles, whole: Columns) -> tuple[str, ...]:
    """A label beside scores may be what they predict: then it always agrees."""
    column = roles.columns.get("y_true", "y_true")
    plainly = column == "y_true" or label_kind(column) == "true"
    y_true, y_pred = whole.y_true, whole.y_pred
    if plainly or "y_pred" in roles.columns or y_true is None:
        return ()
    if len(y_true) < FEWEST_DOUBTED or (y_true != y_pred).any():
        return ()
    pred = parameter("columns", f"y_pred={column}")
    if are_labels(whole.proba):
        raise InputError(
            f"The columns of the classes hold 1 for the class in {column!r} and 0 for "
            "the others in every row, so both hold the same labels.",
            how="Give the predictions. If these labels are the predicted classes, say "
            f"so with {pred}.",
        )
    return (
        f"{column!r} is the class of the largest score in every row. If it holds the "
        f"predictions, say so with {worded(pred)}.",
    )


def _check_given(
    given: tuple[str, ...] | None, names: tuple[str, ...], scores: Scores | None
) -> None:
    """Refuse class names that do not fit the probability columns."""
    if given is None or given == names or scores is None:
        return
    if len(given) != len(names):
        raise InputError(
            f"{len(given)} class names were given ({', '.join(given[:6])}), but there "
            f"are {len(names)} classes ({', '.join(names[:6])})."
        )
    raise InputError(
        "The probability columns are named after other classes "
        f"({', '.join(names[:6])}) than those given.",
        how=f"Give the same names with {parameter('class_names')}.",
    )


def _label_names(
    labels: list[Labels], named: tuple[str, ...] | None
) -> tuple[str, ...]:
    seen = {name for column in labels for name in column.names}
    if named is None:
        return natural_order(seen)
    return (*named, *natural_order(seen - set(named)))


def _assemble(
    table: pd.DataFrame,
    labels: list[Labels],
    scores: Scores | None,
    names: tuple[str, ...],
) -> Columns:
    ids = {c.column: c.ids_as_names(names).encode(names) for c in labels}
    y_pred = ids.get("y_pred")
    if y_pred is None and scores is not None:
        y_pred = most_probable(scores.matrix)
    elif y_pred is not None and len(y_pred) and y_pred.min() < 0:
        row = int(np.flatnonzero(y_pred < 0)[0])
        raise InputError(
            f"`y_pred` is empty in row {row + 1}.",
            how="Every image needs a prediction.",
        )
    assert y_pred is not None
    return Columns(
        y_pred=y_pred,
        class_names=names,
        y_true=ids.get("y_true"),
        proba=scores.matrix if scores and scores.are_probabilities else None,
        image=table["image"].array if "image" in table else None,
        group=table["group"].array if "group" in table else None,
        notes=scores.notes if scores else (),
    )
