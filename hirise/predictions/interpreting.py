"""A table of columns as Predictions: roles first, then labels, then numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Unpack

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints
from hirise.errors import InputError, parameter, worded
from hirise.predictions.class_scores import scores_of_classes
from hirise.predictions.columns import RESERVED, label_kind
from hirise.predictions.decisions import Decisions, decided
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
from hirise.predictions.roles import Roles, assign_roles
from hirise.predictions.scores import Scores
from hirise.predictions.table import (
    Columns,
    Predictions,
    check_probabilities,
    largest_column,
)

FEWEST_TEXTS, MOST_DIFFERENT = 60, 0.85
"""Rows, and the fraction of them with another value, that are no classes."""
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
    scores = scores_of_classes(table, roles, labels, known, logits=logits)
    if scores is None and "y_pred" not in has_labels:
        raise not_predictions(given)
    if not len(table):
        raise InputError("There are no predictions: the table has no rows.")
    names = scores.class_names if scores else _label_names(seen, known)
    _check_given(class_names, names, scores)
    if scores is None and len(labels) == 1:
        _check_classes(labels[0], len(table))
    whole = _assemble(table, labels, scores, names)
    aside = (*_unused_score(roles, scores), *_doubtful_truth(roles, whole))
    notes = (*told, *roles.notes, *spelled, *aside, *whole.notes)
    whole = replace(whole, notes=notes, **_remembered(about))
    has_splits = "split" in table
    if has_splits and scores is not None and scores.are_probabilities:
        check_probabilities(scores.matrix, len(names))  # names the row of the file
    splits = _split_codes(table, about)
    ordered = known is not None and counted is None
    whole, codes = decided(whole, splits.codes, decisions, ordered=ordered)
    if not has_splits:
        return Interpreted((whole.predictions(splits.names[0]),), scores, roles)
    numbered = [*enumerate(splits.names), *([(-1, "")] if -1 in codes else [])]
    parts = tuple(
        whole.at(rows).predictions(name)
        for code, name in numbered
        if len(rows := np.flatnonzero(codes == code))
    )
    return Interpreted(parts, scores, roles)


def _remembered(about: Mapping[str, object]) -> dict[str, Any]:
    """What was decided when the file was written."""
    return {key: about[key] for key in ("threshold", "ordinal") if key in about}


def _check_classes(column: Labels, n_rows: int) -> None:
    """Refuse texts and numbers of which nearly every row has another."""
    n = len(column.names)
    if n_rows >= FEWEST_TEXTS and n > MOST_DIFFERENT * n_rows:
        raise InputError(
            f"`{column.column}` has {n:,} different values in {n_rows:,} rows, so they "
            "are not class labels.",
            how=f"Say which column is which with {parameter('columns')}.",
        )


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
        f"{roles.single!r} was left aside: one score in each row does not tell the "
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
) -> Columns:
    ids = {c.column: c.ids_as_names(names).encode(names) for c in labels}
    y_pred = ids.get("y_pred")
    if y_pred is None and scores is not None:
        y_pred = _most_probable(scores.matrix)
    elif y_pred is not None and len(y_pred) and y_pred.min() < 0:
        row = int(np.flatnonzero(y_pred < 0)[0])
        raise InputError(
            f"`y_pred` is empty in row {row + 1}.", how="Every image needs one."
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
