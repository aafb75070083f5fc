"""Accuracy of an exercise by epoch, with its own and with the correct labels."""

from itertools import pairwise

import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import escaped, percent

CLOSE = 0.05
"""Values nearer than this would be written over each other."""

LOWEST = 0.5
"""Where the axis begins, unless an accuracy lies below."""

SERIES = (
    ("accuracy", "training", theme.GREY, "circle"),
    ("val_accuracy", "validation", theme.BLUE, "circle"),
    ("right_val_accuracy", "validation, correct labels", theme.GREEN, "diamond"),
)


def replay_curves_figure(
    history: pd.DataFrame,
    *,
    right: bool = True,
    majority: tuple[str, float] | None = None,
) -> go.Figure:
    """Accuracy per epoch: training, validation, and validation by the correct labels.

    Parameters
    ----------
    history : DataFrame
        `epoch`, `accuracy`, `val_accuracy`, `right_val_accuracy`.
    right : bool
        Draw the last of these too.
    majority : (str, float), optional
        The most frequent class and its frequency, the majority-class baseline, drawn
        as a line.

    Examples
    --------
    >>> history = pd.DataFrame({"epoch": [1], "accuracy": [0.9]})
    >>> history = history.assign(val_accuracy=0.6, right_val_accuracy=0.8)
    >>> figure = replay_curves_figure(history, right=False, majority=("other", 0.7))
    >>> [trace.name for trace in figure.data]
    ['training', 'validation', 'always “other” 70.0%']
    """
    figure = theme.new_figure(300)
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
            # Only the last value is written, at its own point.
            text=[""] * (len(history) - 1)
            + [percent(value) for value in history[column].tail(1)],
            textfont={"size": 11, "color": colour},
            cliponaxis=False,
            customdata=[percent(value) for value in history[column]],
            hovertemplate=f"{name}, epoch %{{x}}: %{{customdata}}<extra></extra>",
        )
    if majority is not None:
        name, frequency = majority
        ends = (0.4, len(history) + 0.6)
        theme.draw_level(
            figure, ends, f"always “{escaped(name)}”", frequency, theme.GREY
        )
    last = [history[row[0]].iloc[-1] for row in drawn if len(history)]
    for trace, place in zip(figure.data, _places(last, majority), strict=False):
        trace.textposition = place
    lowest = min([LOWEST, *(history[row[0]].min() - 0.02 for row in known)])
    figure.update_xaxes(**theme.epoch_axis(len(history)))
    figure.update_yaxes(range=[lowest, 1.02], **theme.percent_axis())
    return figure


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
