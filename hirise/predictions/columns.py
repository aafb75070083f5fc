"""Columns under other names than ours: which one plays which role."""

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from hirise.errors import InputError, nearest

RESERVED = ("image", "y_true", "y_pred", "split", "group")
"""The roles, and what the columns that play them are called."""


def with_roles(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """`table` with its columns called by their roles.

    Parameters
    ----------
    columns : mapping of role to column, such as `{"y_true": "label"}`
        A role that a column has by its own name passes to the one named here, and that
        column is left out. A role given "" is left out too.

    Raises
    ------
    InputError
        An unknown role or column, or one column in two roles.
    """
    known = [str(name) for name in table.columns]
    for role, column in columns.items():
        if role not in RESERVED:
            raise InputError(
                f"There is no role {role!r}; a column can be one of "
                f"{', '.join(RESERVED)}.{nearest(role, RESERVED)}"
            )
        if column and column not in known:
            raise InputError(
                f"There is no column {column!r} for `{role}`; there are "
                f"{', '.join(map(repr, known[:12]))}.{nearest(column, known)}"
            )
    taken = [column for column in columns.values() if column]
    if len(set(taken)) < len(taken):
        raise InputError(
            f"A column can have one role; {', '.join(map(repr, taken))} were given."
        )
    replaced = [role for role in columns if role in known and role not in taken]
    names = {column: role for role, column in columns.items() if column}
    return table.drop(columns=replaced).rename(columns=names)


def suggested_roles(names: Iterable[str]) -> dict[str, str]:
    """Roles that no column has by name, and the column whose name means the same."""
    known = list(names)
    plain = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in reversed(known)}
    found = {
        role: next((plain[alias] for alias in aliases.split() if alias in plain), "")
        for role, aliases in _ALIASES.items()
        if role not in known
    }
    return {role: name for role, name in found.items() if name not in ("", *RESERVED)}


_ALIASES = {
    "image": "filename imagename filepath imagepath file path images img imageid name "
    "id",
    "y_true": "truelabel trueclass groundtruth truth true label labels target targets "
    "actual gt class y",
    "y_pred": "prediction predictions predictedlabel predicted predictedclass "
    "predlabel predclass pred preds yhat output",
    "split": "subset partition fold",
}
"""Other people's names, in lower case and without signs, the surest first."""
