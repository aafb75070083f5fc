"""Figures as JSON that can stand inside an HTML page."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go
from markupsafe import Markup

from hirise.report.tables import Table

# Within <script>, an end tag or a comment in a class name would end the JSON early.
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


@dataclass(frozen=True)
class Chart:
    """A chart with its title, its table, and what it says where it cannot be seen.

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
    """A chart of the report from a figure of `hirise.figures`."""
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
    """JSON that means the same and holds no `<`, `>` or `&`."""
    for sign, code in _UNSAFE.items():
        text = text.replace(sign, code)
    return Markup(text)
