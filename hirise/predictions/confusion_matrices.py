"""Confusion matrices of counts, as so many rows of true and predicted classes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from hirise.errors import InputError
from hirise.predictions.column_names import RESERVED, folded, read_name
from hirise.predictions.labels import natural_order

_MOST_CLASSES = 5_000
MOST_COUNTED = 50_000_000
"""Images of a confusion matrix, at most."""

_TOTALS = {"all", "total", "totals", "sum", "insgesamt", "gesamt", "summe"}


def confusion_matrix(table: pd.DataFrame) -> tuple[pd.DataFrame, str, str] | None:
    """A square table of counts by class, with what names its rows and columns.

    Raises
    ------
    InputError
        A confusion matrix of fractions, which has no counts.

    Examples
    --------
    >>> table = pd.DataFrame({"": ["cat", "dog"], "cat": [2, 0], "dog": [1, 1]})
    >>> matrix, _, _ = confusion_matrix(table)
    >>> matrix.loc["cat"].to_dict()
    {'cat': 2, 'dog': 1}
    """
    matrix, corner = _square(table)
    if matrix is None:
        return None
    numbers = matrix.to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        return None
    if (numbers != numbers.round()).any():
        if corner in RESERVED:
            return None  # probabilities of as many images as there are classes
        raise InputError(
            "This is a confusion matrix of fractions, so the number of images is "
            "unknown.",
            how="Give the counts (scikit-learn: `normalize=None`) or the predictions.",
        )
    return matrix, corner, " ".join(map(str, table.columns[1:]))


def _square(table: pd.DataFrame) -> tuple[pd.DataFrame | None, str]:
    """The square part of a table: named by its first column, or without any names."""
    if len(table.columns) < 2 or not len(table) or len(table) > _MOST_CLASSES:
        return None, ""
    ids = [str(i) for i in range(len(table))]
    if [str(name) for name in table.columns] == ids and _are_counts(table):
        return table.set_axis(ids, axis="index"), ""
    first = table.iloc[:, 0].map(str).str.strip()
    rest = table.iloc[:, 1:]
    rows = [_bare(name) for name in first]
    heads = [_bare(str(name)) for name in rest.columns]
    inner = [i for i, name in enumerate(rows) if folded(name) not in _TOTALS]
    across = [i for i, name in enumerate(heads) if folded(name) not in _TOTALS]
    row_names = [rows[i] for i in inner]
    column_names = [heads[i] for i in across]
    if len(set(row_names)) != len(row_names) or len(row_names) < 2:
        return None, ""
    if set(map(folded, row_names)) != set(map(folded, column_names)):
        return None, ""
    square = rest.iloc[inner, across]
    if not all(map(pd.api.types.is_numeric_dtype, square.dtypes)):
        return None, ""
    square.index, square.columns = pd.Index(row_names), pd.Index(column_names)
    return square, str(table.columns[0])


def _are_counts(table: pd.DataFrame) -> bool:
    """Whether all values are whole numbers, and more than zeros and ones."""
    if not all(map(pd.api.types.is_numeric_dtype, table.dtypes)):
        return False
    values = table.to_numpy(dtype=float, na_value=np.nan)
    return bool((values == values.round()).all() and (values > 1).any())


def is_square_of_counts(table: pd.DataFrame, index: object) -> bool:
    """Whether a column without a name numbers the rows of a confusion matrix.

    Examples
    --------
    >>> is_square_of_counts(pd.DataFrame({"": [0, 1], "0": [9, 2], "1": [0, 7]}), "")
    True
    """
    rest = table.drop(columns=[index])
    ids = [str(value).removesuffix(".0") for value in table[index]]
    return len(ids) > 1 and [str(n) for n in rest.columns] == ids and _are_counts(rest)


def _bare(name: str) -> str:
    """`True: cat` and `pred_cat` as `cat`; a class in other words stays as it is."""
    name = re.sub(r"\.0$", "", name.strip())
    match = re.fullmatch(r"(\w+?)[\s:_=-]+(.+)", name)
    while match and read_name(match[1]).meanings & {"true", "pred", "class"}:
        if read_name(match[1]).unknown:
            break
        name = match[2].strip()
        match = re.fullmatch(r"(\w+?)[\s:_=-]+(.+)", name)
    return name


def rows_of_counts(
    matrix: pd.DataFrame, corner: str, heads: str, class_names: tuple[str, ...] | None
) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """`y_true` and `y_pred` of each image that was counted, a note, and the classes.

    Parameters
    ----------
    matrix, corner, heads
        As `confusion_matrix` gives them.
    class_names : tuple of str, optional
        Names of classes that are numbered in the matrix.

    Examples
    --------
    >>> matrix = pd.DataFrame([[2, 1], [0, 1]], index=["a", "b"], columns=["a", "b"])
    >>> rows, _, classes = rows_of_counts(matrix, "", "", None)
    >>> rows["y_true"].tolist(), rows["y_pred"].tolist(), classes
    (['a', 'a', 'a', 'b'], ['a', 'a', 'b', 'b'], ('a', 'b'))
    """
    by_fold = {folded(str(name)): str(name) for name in matrix.index}
    names = [str(name) for name in matrix.index]
    order = [by_fold[folded(str(name))] for name in matrix.columns]
    counts = matrix.set_axis(order, axis="columns")[names].to_numpy(dtype=np.int64)
    if counts.sum() > MOST_COUNTED:
        raise InputError(
            f"This confusion matrix counts {counts.sum():,} images. At most "
            f"{MOST_COUNTED:,} are read."
        )
    if class_names is not None and len(class_names) == len(names):
        are_ids = set(names) == set(map(str, range(len(names))))
        names = [class_names[int(n)] for n in names] if are_ids else names
    by_rows = "the true classes in its rows"
    if _columns_are_true(corner, heads):
        counts, by_rows = counts.T, "the predicted classes in its rows"
    true, predicted = np.nonzero(counts)
    n = counts[true, predicted]
    labels = pd.array(names, dtype="str")
    table = pd.DataFrame(
        {
            "y_true": labels[np.repeat(true, n)],
            "y_pred": labels[np.repeat(predicted, n)],
        }
    )
    note = (
        f"This is a confusion matrix of {counts.sum():,} images, read with "
        f"{by_rows}. Without the images, their groups and probabilities are unknown."
    )
    return table, (note,), natural_order(names)


def _columns_are_true(corner: str, heads: str) -> bool:
    """Whether names say that rows are predictions, as those that R writes do."""
    rows = read_name(re.split(r"[\\/|]", corner)[0]).meanings
    across = read_name(heads).meanings
    return ("pred" in rows and "true" not in rows) or (
        "true" in across and "pred" not in across
    )


def table_of_counts(
    counts: Sequence[Sequence[float]], names: Sequence[str]
) -> pd.DataFrame:
    """A confusion matrix as a table, its true classes in the first column.

    Examples
    --------
    >>> table_of_counts([[9, 2], [0, 7]], ["a", "b"]).columns.tolist()
    ['true', 'a', 'b']
    """
    table = pd.DataFrame(counts, columns=list(names))
    table.insert(0, "true", list(names))
    return table
