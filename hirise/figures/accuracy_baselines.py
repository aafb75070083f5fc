"""Accuracy among the numbers that say whether it means anything."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import percent
from hirise.metrics.titles import METRICS

ROWS = {
    key: METRICS[key].title
    for key in (
        *("accuracy", "majority_share", "chance_agreement", "balanced_accuracy"),
        *("macro_f1", "weighted_f1", "mcc", "kappa"),
    )
}
"""Keys of `Evaluation.summary` drawn here, in display order."""

BASELINES = ("majority_share", "chance_agreement")
FRACTIONS = tuple(key for key in ROWS if METRICS[key].in_percent)
"""Rows whose value is a fraction of images, written in per cent."""

BLIND = ("accuracy", "weighted_f1")
"""Rows that a model which predicts one class for all images may do well in."""


def accuracy_baselines_figure(
    summary: pd.DataFrame, *, loud: bool = False, height: int = 330
) -> go.Figure:
    """Headline metrics, each with its interval under the bar; baselines in grey.

    Accuracy is drawn as grey as its baselines unless it clearly beats the
    majority-class baseline, so that a collapsed model does not look like a success.

    Parameters
    ----------
    summary : DataFrame
        Index metric key; `value`, `low`, `high`; NaN where undefined.
    loud : bool
        Draw what exposes the model (all but accuracy and its baselines) in the
        colour of findings.
    height : int
        Pixels.

    Examples
    --------
    >>> summary = pd.DataFrame(
    ...     {"value": [0.8, 0.8], "low": [0.7, np.nan], "high": [0.9, np.nan]},
    ...     index=["accuracy", "majority_share"],
    ... )
    >>> figure = accuracy_baselines_figure(summary)
    >>> list(figure.layout.yaxis.ticktext)
    ['Accuracy', 'Majority-class baseline']
    >>> [text.strip() for text in figure.data[1].text]
    ['80.0%', '80.0%']
    """
    table = summary.reindex([key for key in ROWS if key in summary.index])
    table = table[table["value"].notna()]
    colours = [_colour(key, table, loud=loud) for key in table.index]
    figure = theme.new_figure(height, showlegend=False)
    _draw_values(figure, table, colours)
    if "majority_share" in table.index:
        figure.add_vline(
            x=table.loc["majority_share", "value"],
            line={"color": theme.GREY, "width": 1, "dash": "dot"},
        )
    figure.update_yaxes(
        **theme.name_axis([ROWS[key] for key in table.index], width=40, down=True)
    )
    low = min(0.0, table["low"].min(), table["value"].min()) if len(table) else 0.0
    figure.update_xaxes(range=[low * 1.1, 1.15], tickvals=[0, 0.25, 0.5, 0.75, 1])
    return figure


def _draw_values(figure: go.Figure, table: pd.DataFrame, colours: list[str]) -> None:
    """Bars, their values in text, and whiskers below them."""
    positions = list(range(len(table)))
    figure.add_bar(
        y=positions,
        x=table["value"],
        orientation="h",
        width=0.5,
        marker={"color": colours},
        customdata=[
            [_interval(low, high)]
            for low, high in zip(table["low"], table["high"], strict=True)
        ],
        hovertemplate="%{x:.3f}%{customdata[0]}<extra></extra>",
    )
    figure.add_scatter(
        y=positions,
        x=table["value"].clip(lower=0),
        mode="text",
        text=[
            f"  {percent(value)}" if key in FRACTIONS else f"  {value:.2f}"
            for key, value in table["value"].items()
        ],
        textposition="middle right",
        hoverinfo="skip",
        cliponaxis=False,
    )
    figure.add_scatter(
        x=table["value"],
        y=[position + 0.35 for position in positions],
        mode="markers",
        marker={"size": 1, "color": theme.GREY},
        error_x=theme.whiskers(table, "value", "low", "high", colour=theme.GREY),
        hoverinfo="skip",
    )


def _interval(low: float, high: float) -> str:
    dash = " to " if low < 0 else "–"
    return "" if np.isnan(low) else f" (95% CI {low:.3f}{dash}{high:.3f})"


def _colour(key: str, table: pd.DataFrame, *, loud: bool) -> str:
    if key in BASELINES:
        return theme.FAINT
    if key not in BLIND:
        return theme.LOUD if loud else theme.BLUE
    lower_end = table["low"].fillna(table["value"])
    beats = lower_end.get("accuracy", 0.0) > table["value"].get("majority_share", 0.0)
    return theme.BLUE if beats and not loud else theme.GREY
