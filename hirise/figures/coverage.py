"""Accuracy against coverage: how the most confident predictions do by themselves."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import percent


def coverage_figure(table: pd.DataFrame, *, at: float) -> go.Figure:
    """The fewer images are answered, the higher the accuracy of the answers should be.

    Parameters
    ----------
    table : DataFrame
        What `hirise.evaluation.coverage_table` returns.
    at : float
        Least confidence of the point that is marked.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {
    ...         "confidence": [0.5, 0.9],
    ...         "coverage": [1.0, 0.4],
    ...         "n_answered": [10, 4],
    ...         "accuracy": [0.8, 1.0],
    ...         "accuracy_low": [0.5, 0.6],
    ...         "accuracy_high": [0.9, 1.0],
    ...     }
    ... )
    >>> [trace.name for trace in coverage_figure(table, at=0.9).data]
    ['95% CI', 'accuracy of the answers', 'confidence 0.9 or more']
    """
    figure = theme.new_figure(380)
    shown = table[table["n_answered"] > 0]
    columns = ["confidence", "coverage", "accuracy"]
    _draw_band(figure, shown)
    figure.add_scatter(
        x=shown["coverage"],
        y=shown["accuracy"],
        mode="lines",
        name="accuracy of the answers",
        line={"color": theme.BLUE, "width": 2.5},
        customdata=[
            (f"{least:.2f}", percent(coverage), percent(accuracy))
            for least, coverage, accuracy in shown[columns].itertuples(index=False)
        ],
        hovertemplate="confidence of %{customdata[0]} or more: %{customdata[1]} "
        "answered, accuracy %{customdata[2]}<extra></extra>",
    )
    point = shown[(shown["confidence"] - at).abs() < 1e-6]
    name = f"confidence {at:g} or more"
    theme.mark_point(figure, point["coverage"], point["accuracy"], name)
    if len(shown):
        accuracy_of_all = shown["accuracy"].iloc[0]
        line = {"color": theme.GREY, "width": 1, "dash": "dot"}
        figure.add_hline(y=accuracy_of_all, line=line)
    figure.update_xaxes(title_text="coverage", range=[0, 1.03], **theme.percent_axis())
    ticks = _ticks(shown)
    margin = 0.06 * (1 - ticks[0])
    figure.update_yaxes(
        title_text="accuracy",
        range=[ticks[0] - margin / 2, 1 + margin],
        **theme.percent_axis(ticks),
    )
    return figure


def _draw_band(figure: go.Figure, shown: pd.DataFrame) -> None:
    """The intervals of the accuracy, where there are any."""
    banded = shown.dropna(subset=["accuracy_low", "accuracy_high"])
    if banded.empty:
        return
    figure.add_scatter(
        x=[*banded["coverage"], *banded["coverage"][::-1]],
        y=[*banded["accuracy_high"], *banded["accuracy_low"][::-1]],
        mode="lines",
        name="95% CI",
        fill="toself",
        fillcolor=theme.FAINT,
        line={"width": 0},
        hoverinfo="skip",
    )


def _ticks(shown: pd.DataFrame) -> list[float]:
    """From below the lowest accuracy up to 1: most of the axis is for what differs."""
    lowest = shown["accuracy_low"].fillna(shown["accuracy"]).min()
    step = next((s for s in (0.02, 0.05, 0.1) if lowest > 1 - 5 * s), 0.2)
    n_steps = min(round(1 / step), int((1 - lowest) / step) + 1) if len(shown) else 5
    return [round(1 - step * n, 2) for n in range(n_steps, -1, -1)]
