"""A metric over the epochs, beside what guessing would reach."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import (
    BLUE,
    FAINT,
    GREY,
    TEXT,
    epoch_axis,
    escaped,
    new_figure,
    percent,
    percent_axis,
)

CURVES = {
    "loss": "Loss",
    "accuracy": "Accuracy",
    "macro_f1": "Macro-F1",
    "balanced_accuracy": "Balanced accuracy",
}
"""Metric keys of `history.csv` and their titles, in display order."""


def learning_curve_figure(
    history: pd.DataFrame,
    metric: str,
    *,
    references: Mapping[str, float] | None = None,
    at_least: int = 1,
) -> go.Figure:
    """One metric of training and validation over the epochs, its best epoch marked.

    Parameters
    ----------
    history : DataFrame
        `epoch`, and `metric` and `val_` + `metric` where they were recorded.
    metric : str
        A key of `CURVES`.
    references : mapping of str to float
        At most two horizontal lines by name, such as the majority share.
    at_least : int
        Epochs that the axis has room for, such as those still to come.
    """
    figure = new_figure(290)
    for column, name, colour in (
        (metric, "training", GREY),
        (f"val_{metric}", "validation", BLUE),
    ):
        if column in history and history[column].notna().any():
            figure.add_scatter(
                x=history["epoch"],
                y=history[column],
                name=name,
                mode="lines+markers",
                line={"color": colour, "width": 2},
                marker={"size": 5},
                hovertemplate=f"{name}, epoch %{{x}}: %{{y:.3f}}<extra></extra>",
            )
    _mark_best(figure, history, metric)
    as_percent = metric.endswith("accuracy")
    corners = ("bottom right", "bottom left")
    for corner, (name, value) in zip(corners, (references or {}).items(), strict=False):
        text = percent(value) if as_percent else f"{value:.3f}"
        _draw_reference(figure, value, f"{escaped(name)} {text}", corner)
    figure.update_xaxes(**epoch_axis(len(history), at_least=at_least))
    figure.update_yaxes(rangemode="tozero" if metric == "loss" else "normal")
    if metric != "loss":
        figure.update_yaxes(range=[0, 1.04])
        figure.update_yaxes(**percent_axis() if as_percent else {"tickformat": ".1f"})
    return figure


def best_epochs(history: pd.DataFrame) -> pd.DataFrame:
    """The epoch that each metric would choose, by its validation value.

    Returns
    -------
    DataFrame
        `metric` (title), `epoch`, `value`; only metrics that were recorded.
    """
    rows = []
    for metric, title in CURVES.items():
        column = f"val_{metric}"
        if column in history and history[column].notna().any():
            best = history.sort_values(
                column, ascending=metric == "loss", kind="stable"
            )
            epoch, value = best[["epoch", column]].iloc[0]
            rows.append({"metric": title, "epoch": int(epoch), "value": value})
    return pd.DataFrame(rows, columns=["metric", "epoch", "value"])


def _mark_best(figure: go.Figure, history: pd.DataFrame, metric: str) -> None:
    best = best_epochs(history)
    for row in best[best["metric"] == CURVES[metric]].itertuples():
        figure.add_scatter(
            x=[row.epoch],
            y=[row.value],
            name=f"best: epoch {row.epoch}",
            mode="markers",
            marker={
                "symbol": "circle-open",
                "size": 14,
                "color": BLUE,
                "line": {"width": 2},
            },
            hovertemplate="best validation value: %{y:.3f}<extra></extra>",
        )


def _draw_reference(figure: go.Figure, value: float, text: str, corner: str) -> None:
    figure.add_hline(
        y=value,
        line={"color": FAINT, "width": 2, "dash": "dash"},
        annotation={
            "text": text,
            "font": {"size": 11, "color": TEXT},
        },
        annotation_position=corner,
    )
