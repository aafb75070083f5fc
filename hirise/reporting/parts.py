"""What sections are made of: charts as JSON, tables as rows of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from markupsafe import Markup

from hirise.diagnosis.wording import percent

MOST_ROWS = 200
"""Rows of a table; a thousand classes must not make a book of a report."""

NOTHING = "–"

# Within <script>, an end tag or a comment in a class name would end the JSON early.
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


@dataclass(frozen=True)
class Column:
    """Title of a column, and how its cells are written.

    Attributes
    ----------
    title : str
    write : callable
        A row, with its index as `name`, to text.
    look : {"number", "name", "aside"}
        Numbers are set flush right; asides are left out on a phone.
    """

    title: str
    write: Callable[[Any], str]
    look: str = "number"


@dataclass(frozen=True)
class Table:
    """Rows of text; the first cell of each row is its heading.

    `left_out` names the rows that are missing, "" if none is.
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
    """The first `most` rows of `table`, written by `columns`.

    Examples
    --------
    >>> frame = pd.DataFrame({"support": [40]}, index=["dune"])
    >>> columns = [named("Class"), count("Images", "support")]
    >>> make_table(frame, columns, caption="Classes").rows
    (('dune', '40'),)
    """
    shown = [row for _, row in table.head(most).iterrows()]
    rows = tuple(tuple(column.write(row) for column in columns) for row in shown)
    left_out = ""
    if len(table) > most:
        left_out = f"The first {most:,} of {len(table):,} rows. `hirise check` has all."
    return Table(caption, tuple(columns), rows, left_out)


def named(title: str, key: str | None = None, *, look: str = "name") -> Column:
    """A column of text; the index where no `key` is given.

    Examples
    --------
    >>> row = pd.Series({"split": "val"}, name="dune")
    >>> named("Class").write(row), named("Split", "split").write(row)
    ('dune', 'val')
    """
    return Column(title, lambda row: str(row.name if key is None else row[key]), look)


def count(title: str, key: str | int) -> Column:
    """A column of whole numbers.

    Examples
    --------
    >>> count("Images", "n").write(pd.Series({"n": 1260}))
    '1,260'
    """
    return Column(
        title, lambda row: NOTHING if pd.isna(row[key]) else f"{row[key]:,.0f}"
    )


def rate(title: str, key: str) -> Column:
    """A column of numbers with three decimals.

    Examples
    --------
    >>> rate("Recall", "recall").write(pd.Series({"recall": 0.8128}))
    '0.813'
    """
    return Column(title, lambda row: rate_text(row[key]))


def fraction(title: str, key: str | int) -> Column:
    """A column of fractions in per cent.

    Examples
    --------
    >>> fraction("Frequency", "frequency").write(pd.Series({"frequency": 0.123}))
    '12.3%'
    """
    return Column(
        title, lambda row: NOTHING if pd.isna(row[key]) else percent(row[key])
    )


def bounds(title: str, low: str, high: str) -> Column:
    """A column of intervals, from the columns `low` and `high`.

    Examples
    --------
    >>> bounds("95% CI", "low", "high").write(pd.Series({"low": 0.78, "high": 0.84}))
    '0.780–0.840'
    """

    def write(row: Any) -> str:
        if pd.isna(row[low]):
            return NOTHING
        # A dash beside a minus sign would be hard to read.
        dash = " to " if row[low] < 0 else "–"
        return f"{rate_text(row[low])}{dash}{rate_text(row[high])}"

    return Column(title, write)


def rate_text(value: float) -> str:
    """A number with three decimals; a dash where it is undefined.

    Examples
    --------
    >>> rate_text(0.8128), rate_text(float("nan"))
    ('0.813', '–')
    """
    return NOTHING if pd.isna(value) else f"{value:.3f}"


@dataclass(frozen=True)
class Chart:
    """A chart with its title, its table and its alternative text.

    Attributes
    ----------
    key : str
        Unique in the report.
    title, alt : str
    figure : Markup
        JSON of the figure, safe inside <script>.
    height : int
        Pixels.
    table : Table, optional
        The numbers that it shows.
    help : str
        How it is read.
    wide : bool
        Whether it needs the whole width.
    """

    key: str
    title: str
    alt: str
    figure: Markup
    height: int
    table: Table | None = None
    help: str = ""
    wide: bool = True


def make_chart(
    figure: go.Figure,
    *,
    key: str,
    title: str,
    alt: str,
    table: Table | None = None,
    help: str = "",
    wide: bool = True,
) -> Chart:
    """A chart of the report from a figure of `hirise.figures`.

    Examples
    --------
    >>> chart = make_chart(go.Figure(), key="loss", title="Loss", alt="Loss by epoch")
    >>> chart.title, chart.height
    ('Loss', 320)
    """
    # Pages lay wider margins over it: the last label of an axis must fit.
    figure.update_layout(margin_r=30)
    return Chart(
        key=key,
        title=title,
        alt=alt,
        figure=script_json(figure.to_json()),
        height=int(figure.layout.height or 320),
        table=table,
        help=help,
        wide=wide,
    )


def script_json(text: str) -> Markup:
    r"""JSON that means the same and holds no `<`, `>` or `&`.

    Examples
    --------
    >>> print(script_json('["</script>"]'))
    ["\u003c/script\u003e"]
    """
    for sign, code in _UNSAFE.items():
        text = text.replace(sign, code)
    return Markup(text)


@dataclass(frozen=True)
class Section:
    """Charts, each with its table, and tables by themselves, under one heading.

    Attributes
    ----------
    key, title : str
    charts : tuple of Chart
    tables : tuple of Table
    warning : str
        Why what is shown would mislead; "" if it does not.
    empty : str
        Why there is nothing to show; "" if there is.
    """

    key: str
    title: str
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    warning: str = ""
    empty: str = ""
