"""Confidence of correct and of incorrect predictions."""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import BLUE, GREY, LOUD, new_figure, percent, percent_axis

SERIES = (
    ("n_right", "correct", BLUE),
    ("n_wrong", "incorrect", LOUD),
    ("n_unknown", "no ground truth", GREY),
)
"""Column, name and colour of each part of a bar."""


def confidence_histogram_figure(histogram: pd.DataFrame) -> go.Figure:
    """Images by the probability of their predicted class, correct below incorrect.

    Each bar's `customdata` holds its ends as text and as numbers, and the name of its
    series.

    Parameters
    ----------
    histogram : DataFrame
        `low`, `high` (bin edges), `n_right`, `n_wrong`, `n_unknown`.

    Examples
    --------
    >>> histogram = pd.DataFrame(
    ...     {"low": [0.8], "high": [0.9], "n_right": [3], "n_wrong": [1]}
    ... ).assign(n_unknown=0)
    >>> [trace.name for trace in confidence_histogram_figure(histogram).data]
    ['correct', 'incorrect']
    """
    figure = new_figure(320, barmode="stack")
    for column, name, colour in SERIES:
        if not histogram[column].any():
            continue
        figure.add_bar(
            x=(histogram["low"] + histogram["high"]) / 2,
            y=histogram[column],
            width=(histogram["high"] - histogram["low"]) * 0.92,
            name=name,
            marker={"color": colour},
            customdata=[
                (percent(low, 0), percent(high, 0), low, high, name)
                for low, high in zip(histogram["low"], histogram["high"], strict=True)
            ],
            hovertemplate=f"%{{y:,}} images, {name}, confidence %{{customdata[0]}}–"
            "%{customdata[1]}<extra></extra>",
        )
    figure.update_xaxes(
        title_text="confidence", range=[0, 1], **percent_axis(), showgrid=False
    )
    figure.update_yaxes(title_text="images")
    figure.update_layout(legend={"traceorder": "normal"})
    return figure
