"""What a column is for, as far as its name tells."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from hirise.errors import InputError, nearest
from hirise.predictions.words import Name, read_name, words_of

RESERVED = ("image", "y_true", "y_pred", "split", "group")
"""The roles, and the names of the columns that have them."""

ROLE_NAMES = {
    "image": "the images",
    "y_true": "the true classes",
    "y_pred": "the predicted classes",
    "split": "the splits",
    "group": "the groups",
}
"""The roles in words."""


def check_given(table: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Refuse roles and columns that are unknown, or one column in two roles.

    Parameters
    ----------
    columns : mapping of role to column, such as `{"y_true": "label"}`
        A role given "" belongs to no column.

    Examples
    --------
    >>> check_given(pd.DataFrame({"label": []}), {"y_true": "lable"})
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: There is no column 'lable' for `y_true`. Did you mean
    'label'? There are 'label'.
    """
    known = [str(name) for name in table.columns]
    for role, column in columns.items():
        if role not in RESERVED:
            raise InputError(
                f"There is no role {role!r}.{nearest(role, RESERVED)}",
                how=f"A column can be one of {', '.join(RESERVED)}.",
            )
        if column and column not in known:
            raise InputError(
                f"There is no column {column!r} for `{role}`.{nearest(column, known)}",
                how=f"There are {', '.join(map(repr, known[:12]))}.",
            )
    taken = [column for column in columns.values() if column]
    if len(set(taken)) < len(taken):
        raise InputError(
            f"A column can have one role, but {', '.join(map(repr, taken))} were given."
        )


def may_hold_labels(name: str) -> bool:
    """Whether a column of this name may hold labels or names, which stay text.

    Examples
    --------
    >>> may_hold_labels("predicted label"), may_hold_labels("prob_cat")
    (True, False)
    """
    read = read_name(name)
    if read.meanings & {"score", "logit", "measure"}:
        return name in RESERVED or _is_correct_label(name)
    if read.unknown:
        return _is_correct_label(name)
    return bool(read.meanings) or read.fillers


def _is_correct_label(name: str) -> bool:
    """Whether it is called "correct label", which is a truth."""
    words = set(words_of(name))
    return bool(words & {"correct", "right"}) and "class" in read_name(name).meanings


def is_single_score(name: Name) -> bool:
    """Whether it is one score without a class, such as `proba` or `confidence`."""
    return (
        not name.unknown
        and bool(name.meanings & {"score", "logit"})
        and not name.meanings & {"true", "measure", "image", "number"}
    )


def label_rank(name: str) -> tuple[str, float] | None:
    """Whether a name means a truth, a prediction or a class, and how surely.

    Ids come half a rank after names, and names with words of no known meaning one.
    """
    read = read_name(name)
    rank = len(read.unknown) + 0.5 * ("number" in read.meanings)
    if _is_correct_label(name):
        return ("true", rank)
    if read.meanings & {"score", "logit", "measure", "split", "group"}:
        return None
    if {"true", "pred"} <= read.meanings:
        return None
    for kind in ("true", "pred"):
        if kind in read.meanings:
            return (kind, rank)
    if "class" in read.meanings and not read.unknown:
        return ("class", rank)
    return None


def label_kind(name: str) -> str:
    """`true`, `pred` or `class` where a name says so without other words, else "".

    Examples
    --------
    >>> label_kind("Actual"), label_kind("true_positives"), label_kind("Klasse")
    ('true', '', 'class')
    """
    rank = label_rank(name)
    return rank[0] if rank is not None and rank[1] < 1 else ""


def mentions_labels(name: str) -> bool:
    """Whether a name holds words of labels beside others, and of nothing else."""
    read = read_name(name)
    return bool(read.unknown) and read.meanings == {"class"}


def image_rank(name: str) -> int:
    """How surely a name means the image, 1 the surest; 0 if it does not."""
    read = read_name(name)
    if read.unknown or not read.meanings <= {"image", "number"}:
        return 0
    if "image" in read.meanings:
        return 2 if "number" in read.meanings else 1
    if words_of(name) == ("index",):
        return 0
    return 4 if "number" in read.meanings else 3
