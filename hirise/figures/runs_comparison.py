"""Accuracy and macro-F1 of several runs, beside the majority share of each."""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import (
    BLUE,
    FAINT,
    GREY,
    escaped,
    name_axis,
    new_figure,
    percent_axis,
)

MEASURES = (
    ("majority_share", "majority share", GREY, "line-ns-open"),
    ("accuracy", "accuracy", GREY, "circle"),
    ("macro_f1", "macro-F1", BLUE, "circle"),
)


def runs_comparison_figure(runs: pd.DataFrame) -> go.Figure:
    """One row per run: accuracy, macro-F1 and what always one class would score.

    Parameters
    ----------
    runs : DataFrame
        `title`, `accuracy`, `macro_f1`, `majority_share`; NaN where unknown.
    """
    positions = list(range(len(runs)))
    figure = new_figure(90 + 34 * max(len(runs), 2))
    for position, row in zip(positions, runs.itertuples(), strict=True):
        figure.add_scatter(
            x=[row.macro_f1, row.accuracy],
            y=[position, position],
            mode="lines",
            line={"color": FAINT, "width": 4},
            showlegend=False,
            hoverinfo="skip",
        )
    for column, name, colour, symbol in MEASURES:
        wide = symbol == "line-ns-open"
        figure.add_scatter(
            x=runs[column],
            y=positions,
            mode="markers",
            name=name,
            marker={
                "color": colour,
                "symbol": symbol,
                "size": 16 if wide else 11,
                "line": {"width": 2 if wide else 0, "color": colour},
            },
            customdata=[[escaped(title)] for title in runs["title"]],
            hovertemplate=f"%{{customdata[0]}}: {name} %{{x:.3f}}<extra></extra>",
        )
    figure.update_yaxes(**name_axis(runs["title"], width=24, down=True))
    figure.update_xaxes(range=[-0.02, 1.02], **percent_axis())
    return figure
