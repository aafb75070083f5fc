"""Few series out of many classes: the largest by name, the rest as one."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def folded(table: pd.DataFrame, by: pd.Series, *, at_most: int) -> pd.DataFrame:
    """Keep the `at_most` rows that are largest in `by`; sum the others into one row.

    Parameters
    ----------
    table : DataFrame
        Numeric columns; the index holds class names.
    by : Series
        One number per row of `table`, in its order.
    at_most : int
        Rows to keep by name; one more row is kept rather than folded alone.

    Returns
    -------
    DataFrame, largest first
        The last row is "n other classes" where any were folded.
    """
    order = (-by.fillna(0).to_numpy()).argsort(kind="stable")
    if len(order) > at_most + 1:
        rest = table.iloc[order[at_most:]].sum(min_count=1)
        rest.name = f"{len(order) - at_most} other classes"
        return pd.concat([table.iloc[order[:at_most]], rest.to_frame().T])
    return table.iloc[order]


def fold_ids(
    names: Iterable[object], by: NDArray[Any], *, at_most: int
) -> tuple[list[str], NDArray[np.int64]]:
    """The names of the rows that `folded` would give, and the row of each class id.

    Parameters
    ----------
    names : iterable, one per class
    by : (n_classes,)
        What the classes are ordered by, largest first.
    at_most : int
        As in `folded`.
    """
    labels = [str(name) for name in names]
    order = np.argsort(-by, kind="stable")
    row_of = np.empty(len(order), dtype=np.int64)
    row_of[order] = np.arange(len(order))
    if len(order) <= at_most + 1:
        return [labels[i] for i in order], row_of
    shown = [labels[i] for i in order[:at_most]]
    rest = f"{len(order) - at_most} other classes"
    return [*shown, rest], np.minimum(row_of, at_most)
