"""A file of any supported format, a table or arrays as Predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.errors import InputError, nearest, parameter, worded
from hirise.predictions.arrays import columns_of_arrays, columns_of_table
from hirise.predictions.columns import RESERVED, Roles, assign_roles, label_kind
from hirise.predictions.files import read_columns
from hirise.predictions.labels import (
    Labels,
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
from hirise.predictions.score_columns import ScoreColumns
from hirise.predictions.scores import Scores, read_numbers, read_single, understood
from hirise.predictions.table import Predictions, check_probabilities, largest_column
from hirise.predictions.words import common_spelling, folded, read_name


FEWEST_DOUBTED = 30
"""Rows from which a label that always agrees with the scores may be the prediction."""


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
    check_kind(table)
    given = table
    table, told, counted = as_rows_of_images(table, columns or {}, known)
    known = known or counted
    roles = assign_roles(table, columns or {}, known or ())
    table = _called_by_roles(table, roles)
    has_labels = [c for c in ("y_true", "y_pred") if c in table and c != roles.single]
    labels = [read_labels(table[c]) for c in has_labels]
    labels, spelled = spelled_alike(labels, known)
    seen = {name for column in labels for name in column.names}
    scores = _scores(table, roles, labels, known, logits=logits)
    if scores is None and "y_pred" not in has_labels:
        raise not_predictions(given)
    if not len(table):
        raise InputError("There are no predictions: the table has no rows.")
    names = scores.class_names if scores else _label_names(seen, known)
    _check_given(class_names, names, scores)
    whole = _assemble(table, labels, scores, names)
    aside = (*_unused_score(roles, scores), *_doubtful_truth(roles, whole))
    whole["notes"] = (*told, *roles.notes, *spelled, *aside, *whole["notes"])
    if "split" not in table:
        part = Predictions(**whole, split=str(about.get("split", "")))
        return Interpreted((part,), scores, roles)
    if scores is not None and scores.are_probabilities:
        check_probabilities(scores.matrix, len(names))  # names the row of the file
    splits = read_labels(table["split"])
    numbered = [*enumerate(splits.names), *([(-1, "")] if -1 in splits.codes else [])]
    parts = tuple(
        _part(whole, np.flatnonzero(splits.codes == code), name)
        for code, name in numbered
    )
    return Interpreted(parts, scores, roles)


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


def _scores(
    table: pd.DataFrame,
    roles: Roles,
    labels: list[Labels],
    known: tuple[str, ...] | None,
    *,
    logits: bool,
) -> Scores | None:
    """The scores of each class as probabilities, in the order of `known`."""
    seen = {name for column in labels for name in column.names}
    if roles.scores is not None:
        named = _named_scores(roles.scores, seen, known, labels)
        matrix = read_numbers(table, list(named.columns))
        are_logits = logits or roles.scores.kind == "logit"
        scores = understood(replace(named, matrix=matrix), logits=are_logits)
        if known and known != scores.class_names:
            if set(known) == set(scores.class_names):
                scores = scores.in_order(known)
        return scores
    if roles.single:
        return _single_score(table, roles.single, labels, known, logits=logits)
    return None


def _named_scores(
    columns: ScoreColumns,
    seen: set[str],
    known: tuple[str, ...] | None,
    labels: list[Labels],
) -> Scores:
    """The score columns with the names of their classes; the matrix is still empty."""
    empty = np.empty((0, 0))
    if not columns.is_numbered:
        names = _as_labels(tuple(columns.classes), known or tuple(seen))
        return Scores(empty, names, tuple(columns.columns))
    in_order = sorted(columns.classes, key=int)
    ordered = tuple(columns.classes[number] for number in in_order)
    n_classes = len(in_order)
    if known and len(known) == n_classes:
        return Scores(empty, known, ordered)
    if seen <= set(in_order):
        return Scores(empty, tuple(in_order), ordered)
    ids = tuple(map(str, range(n_classes)))
    if seen <= set(ids):
        return Scores(empty, ids, ordered)
    if len(seen) != n_classes:
        raise InputError(
            f"There are {n_classes} probability columns ({ordered[0]} to "
            f"{ordered[-1]}), but {len(seen)} labels.",
            how="Name each column after its class, or give the names in their order "
            f"with {parameter('class_names')}.",
        )
    names = natural_order(seen)
    note = (
        f"Probability columns were read in the order of the labels: {', '.join(names)}."
    )
    return Scores(empty, names, ordered, (note,))


def _as_labels(names: tuple[str, ...], labels: tuple[str, ...]) -> tuple[str, ...]:
    """Class names in the spelling of the labels, where they mean the same."""
    spelling = common_spelling(labels)
    own = common_spelling(names)
    return tuple(
        spelling[folded(name)]
        if name not in labels
        and folded(name) in spelling
        and own.get(folded(name)) == name
        and spelling[folded(name)] not in names
        else name
        for name in names
    )


def _single_score(
    table: pd.DataFrame,
    column: str,
    labels: list[Labels],
    known: tuple[str, ...] | None,
    *,
    logits: bool,
) -> Scores | None:
    """One column of scores for two classes; None where it tells of no other class."""
    seen = {name for one in labels for name in one.names}
    names = known or (("0", "1") if seen <= {"0", "1"} else natural_order(seen))
    predicted = next((one for one in labels if one.column == "y_pred"), None)
    if len(names) != 2:
        if predicted is not None:
            return None
        raise InputError(
            f"One column `{column}` means two classes, but there are {len(names)} "
            "labels.",
            how="Give one probability column per class.",
        )
    values = read_numbers(table, [column])[:, 0]
    ids = None
    if predicted is not None:
        ids = predicted.ids_as_names(names).encode(names)
    are_logits = logits or "logit" in read_name(column).meanings
    single = read_single(values, column, names, ids, logits=are_logits)
    if single.second is None:
        return None
    matrix = np.column_stack([1 - single.second, single.second])
    return Scores(matrix, names, (column,), (single.note,))


def _unused_score(roles: Roles, scores: Scores | None) -> tuple[str, ...]:
    if not roles.single or scores is not None:
        return ()
    return (
        f"{roles.single!r} was left aside: one score in each row does not tell the "
        "probability of every class.",
    )


def _doubtful_truth(roles: Roles, whole: dict[str, Any]) -> tuple[str, ...]:
    """A label beside scores may be what they predict: then it always agrees."""
    column = roles.columns.get("y_true", "y_true")
    plainly = column == "y_true" or label_kind(column) == "true"
    y_true, y_pred = whole["y_true"], whole["y_pred"]
    if plainly or "y_pred" in roles.columns or y_true is None or y_pred is None:
        return ()
    if len(y_true) < FEWEST_DOUBTED or (y_true != y_pred).any():
        return ()
    pred = parameter("columns", f"y_pred={column}")
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


def _label_names(seen: set[str], named: tuple[str, ...] | None) -> tuple[str, ...]:
    if named is None:
        return natural_order(seen)
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
        raise InputError(
            f"`y_pred` is empty in row {row + 1}.", how="Every image needs one."
        )
    return {
        "y_pred": y_pred,
        "y_true": ids.get("y_true"),
        "proba": scores.matrix if scores and scores.are_probabilities else None,
        "image": table["image"].array if "image" in table else None,
        "group": table["group"].array if "group" in table else None,
        "class_names": names,
        "notes": scores.notes if scores else (),
    }


def _most_probable(matrix: Floats) -> Ints:
    """Class of the largest probability; the first of equal ones."""
    undefined = np.isnan(matrix).any(axis=1)
    if undefined.any():
        raise InputError(
            f"The probabilities of row {int(undefined.argmax()) + 1} are not numbers "
            "(NaN).",
            how="Correct or leave out such rows.",
        )
    return largest_column(matrix)


def _part(whole: dict[str, Any], rows: NDArray[np.intp], split: str) -> Predictions:
    by_row = ("y_pred", "y_true", "proba", "image", "group")
    cut = {
        key: value[rows] if key in by_row and value is not None else value
        for key, value in whole.items()
    }
    return Predictions(**cut, split=split)


_DIAGNOSED_FIRST = ("val", "validation", "valid", "test")


def read_predictions(
    path: str | Path,
    *,
    split: str | None = None,
    logits: bool = False,
    class_names: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> Predictions:
    r"""Read one split of a predictions file: CSV (any delimiter), Parquet or npz.

    Parameters
    ----------
    split : str, optional
        Defaults to val, else test, else the only one.
    logits, class_names, columns
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
        path, logits=logits, class_names=class_names, columns=columns
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
    logits, class_names, columns
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
    about: dict[str, object] = {}
    if isinstance(table, pd.DataFrame):
        rows = columns_of_table(table)
    else:
        rows, about = columns_of_arrays(table)
    found = interpret(
        rows, about, logits=logits, class_names=_names(class_names), columns=columns
    )
    parts = found.parts
    if "split" not in found.roles.columns:
        part = parts[0]
        return part if split is None else replace(part, split=split)
    names = [part.split for part in parts]
    return parts[names.index(choose_split(names, split, where="The table"))]


def _names(class_names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if class_names is None else tuple(map(str, class_names))


def read_all_predictions(
    path: str | Path,
    *,
    logits: bool = False,
    class_names: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
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
            table, about, logits=logits, class_names=names, columns=columns
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
