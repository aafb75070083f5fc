"""Tables of numbers as rows of text, as they stand in the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hirise.diagnosis.wording import percent

MOST_ROWS = 200
"""Rows of a table; a set of a thousand classes must not make a book of a report."""

NOTHING = "–"


@dataclass(frozen=True)
class Column:
    """How one column is called and written.

    Attributes
    ----------
    title : str
    write : callable
        A row, with its index as `name`, to text.
    look : {"number", "name", "aside"}
        Numbers are set flush right; what stands aside is left out on a phone.
    """

    title: str
    write: Callable[[Any], str]
    look: str = "number"


@dataclass(frozen=True)
class Table:
    """Rows of text; the first cell of each row is its heading.

    `left_out` says which rows are missing, "" if none is.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: str = ""


def make_table(
    table: pd.DataFrame,
    columns: Sequence[Column],
    *,
    caption: str,
    most: int = MOST_ROWS,
) -> Table:
    """The first `most` rows of `table`, written by `columns`."""
    shown = [row for _, row in table.head(most).iterrows()]
    rows = tuple(tuple(column.write(row) for column in columns) for row in shown)
    left_out = ""
    if len(table) > most:
        left_out = (
            f"The first {most:,} of {len(table):,} rows; hirise check --json has all."
        )
    return Table(caption, tuple(columns), rows, left_out)


def named(title: str, key: str | None = None, *, look: str = "name") -> Column:
    """A column of text; the index where no `key` is given."""
    return Column(title, lambda row: str(row.name if key is None else row[key]), look)


def count(title: str, key: str | int) -> Column:
    """A column of whole numbers."""
    return Column(
        title, lambda row: NOTHING if pd.isna(row[key]) else f"{row[key]:,.0f}"
    )


def rate(title: str, key: str) -> Column:
    """A column of numbers with three decimals."""
    return Column(title, lambda row: rate_text(row[key]))


def share(title: str, key: str | int) -> Column:
    """A column of shares in per cent."""
    return Column(
        title, lambda row: NOTHING if pd.isna(row[key]) else percent(row[key])
    )


def bounds(title: str, low: str, high: str) -> Column:
    """A column of intervals, from the columns `low` and `high`."""

    def write(row: Any) -> str:
        if pd.isna(row[low]):
            return NOTHING
        return f"{rate_text(row[low])} to {rate_text(row[high])}"

    return Column(title, write)


def rate_text(value: float) -> str:
    """A number with three decimals; a dash where it is undefined."""
    return NOTHING if pd.isna(value) else f"{value:.3f}"
