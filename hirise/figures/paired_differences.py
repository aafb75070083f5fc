"""Differences between two runs, each with its paired interval, around a line at 0."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import escaped

KINDS = (
    ("better", theme.BLUE, "circle"),
    ("worse", theme.LOUD, "diamond"),
    ("no clear difference", theme.GREY, "circle-open"),
    ("too few for an interval", theme.GREY, "x-thin-open"),
)
_LEAST = 0.05
"""Least half width of the axis, so that tiny changes look tiny."""


def paired_differences_figure(
    table: pd.DataFrame, names: Sequence[object]
) -> go.Figure:
    """A dot and a whisker per row, coloured where the interval leaves out 0.

    Parameters
    ----------
    table : DataFrame
        `before`, `after`, `difference`, `low`, `high`, where more is better; NaN where
        undefined.
    names : sequence of str
        What each row is called.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {
    ...         "before": [0.80, 0.12],
    ...         "after": [0.81, 0.74],
    ...         "difference": [0.01, 0.62],
    ...         "low": [-0.01, 0.50],
    ...         "high": [0.03, 0.70],
    ...     }
    ... )
    >>> figure = paired_differences_figure(table, ["accuracy", "macro-F1"])
    >>> [trace.name for trace in figure.data]
    ['better', 'no clear difference']
    """
    figure = theme.new_figure(90 + 34 * max(len(table), 2), showlegend=True)
    places = np.arange(len(table))
    kind = _kinds(table)
    for number, (name, colour, symbol) in enumerate(KINDS):
        rows = table[kind == number]
        if rows.empty:
            continue
        figure.add_scatter(
            x=rows["difference"],
            y=places[kind == number],
            name=name,
            mode="markers",
            marker={
                "size": 10,
                "color": colour,
                "symbol": symbol,
                "line": {"width": 2, "color": colour},
            },
            error_x=theme.whiskers(rows, "difference", "low", "high", colour=colour),
            customdata=[
                (escaped(names[place]), before, after)
                for place, before, after in zip(
                    places[kind == number], rows["before"], rows["after"], strict=True
                )
            ],
            hovertemplate="%{customdata[0]}: %{customdata[1]:.3f} → "
            "%{customdata[2]:.3f}, %{x:+.3f}<extra></extra>",
        )
    figure.add_vline(x=0, line={"color": theme.GREY, "width": 1.5, "dash": "dash"})
    figure.update_yaxes(**theme.name_axis(names, width=24, down=True))
    figure.update_xaxes(range=_limits(table), tickformat=".2~f", zeroline=False)
    return figure


def _kinds(table: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Row of `KINDS` for each row of the table; -1 where nothing is known."""
    return np.select(
        [
            table["difference"].isna(),
            table["low"].isna(),
            table["low"] > 0,
            table["high"] < 0,
        ],
        [-1, 3, 0, 1],
        default=2,
    )


def _limits(table: pd.DataFrame) -> list[float]:
    ends = table[["difference", "low", "high"]].to_numpy()
    known = ends[np.isfinite(ends)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 0.0)
    room = 0.06 * (max(high, 0) - min(low, 0))
    return [min(low - room, -_LEAST), max(high + room, _LEAST)]
