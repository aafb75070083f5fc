"""One network's accuracy over the epochs, by the labels it was judged by and the right.

Only the labels differ: the answers are the same.
"""

from itertools import pairwise

import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import (
    BLUE,
    CATEGORY_COLOURS,
    GREY,
    epoch_axis,
    escaped,
    new_figure,
    percent,
    percent_axis,
)

RIGHT = CATEGORY_COLOURS[2]
CLOSE = 0.05
"""Values nearer than this would be written over each other."""

LOWEST = 0.5
"""Where the axis begins, unless an accuracy lies below."""

SERIES = (
    ("accuracy", "training", GREY, "circle"),
    ("val_accuracy", "validation", BLUE, "circle"),
    ("right_val_accuracy", "validation, right labels", RIGHT, "diamond"),
)


def judged_twice_figure(
    history: pd.DataFrame,
    *,
    right: bool = True,
    majority: tuple[str, float] | None = None,
) -> go.Figure:
    """Accuracy per epoch: training, validation, and validation by the right labels.

    Parameters
    ----------
    history : DataFrame
        `epoch`, `accuracy`, `val_accuracy`, `right_val_accuracy`.
    right : bool
        Draw the last of these too.
    majority : (str, float), optional
        The largest class and its share, drawn as a line: what always naming it scores.
    """
    figure = new_figure(300)
    known = [row for row in SERIES if row[0] in history]
    drawn = [row for row in known if right or not row[0].startswith("right")]
    for column, name, colour, symbol in drawn:
        figure.add_scatter(
            x=history["epoch"],
            y=history[column],
            name=name,
            mode="lines+markers+text",
            line={"color": colour, "width": 2},
            marker={"size": 6, "symbol": symbol},
            text=_last_only(history[column]),
            textfont={"size": 11, "color": colour},
            cliponaxis=False,
            customdata=[percent(value) for value in history[column]],
            hovertemplate=f"{name}, epoch %{{x}}: %{{customdata}}<extra></extra>",
        )
    if majority is not None:
        name, share = majority
        figure.add_scatter(
            x=[0.4, len(history) + 0.6],
            y=[share, share],
            name=f"always “{escaped(name)}” {percent(share)}",
            mode="lines",
            line={"color": GREY, "width": 1.5, "dash": "dash"},
            hoverinfo="skip",
        )
    ends = [history[row[0]].iloc[-1] for row in drawn if len(history)]
    for trace, place in zip(figure.data, _places(ends, majority), strict=False):
        trace.textposition = place
    lowest = min([LOWEST, *(history[row[0]].min() - 0.02 for row in known)])
    figure.update_xaxes(**epoch_axis(len(history)))
    figure.update_yaxes(range=[lowest, 1.02], **percent_axis())
    return figure


def _last_only(values: pd.Series) -> list[str]:
    """The last value in words, at its own point alone."""
    return [*[""] * (len(values) - 1), *(percent(v) for v in values.tail(1))]


def _places(ends: list[float], majority: tuple[str, float] | None) -> list[str]:
    """Where the last values are written: none over another, or over the line."""
    order = sorted(range(len(ends)), key=lambda i: ends[i])
    places = ["middle right"] * len(ends)
    for i, end in enumerate(ends):
        if majority is not None and abs(end - majority[1]) < CLOSE / 2:
            places[i] = "top right" if end > majority[1] else "bottom right"
    for low, high in pairwise(order):
        if ends[high] - ends[low] < CLOSE:
            places[low], places[high] = "bottom right", "top right"
    return places
