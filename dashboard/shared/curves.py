"""Learning curves, and the predicted labels of every epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from dashboard.shared.charts import show_chart
from hirise.figures.learning_curves import CURVES, SERIES, learning_curve_figure
from hirise.figures.overlaid_curves import Curve
from hirise.figures.predicted_classes import predicted_classes_figure

ZOOM = {
    # Shown above a chart that the mouse is on, where it else covers the legend.
    "displayModeBar": "hover",
    "displaylogo": False,
    "scrollZoom": False,
    "modeBarButtons": [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
}
"""Buttons of a chart that can be magnified; a double click shows all again."""


TICKED = "runs-chosen"
"""In the session: ids of the runs whose boxes are ticked on the page Runs."""


class Scale(NamedTuple):
    """How curves are drawn: the weight of past epochs, and a logarithmic axis."""

    smoothing: float = 0.0
    log: bool = False


PLAIN = Scale()


def choose_scale(key: str) -> Scale:
    """Smoothing and scale, in the URL."""
    # No slider: it writes its value in a colour that is too faint in the dark.
    smoothing = st.number_input(
        "Smoothing",
        0.0,
        0.95,
        0.0,
        0.05,
        key=f"{key}-smoothing",
        bind="query-params",
        width=150,
        help="Weight of earlier epochs in an exponential moving average. The values "
        "themselves stay as faint lines.",
    )
    log = st.toggle("Log scale", key=f"{key}-log", bind="query-params", width="content")
    return Scale(float(smoothing), log)


def show_learning_curves(
    history: pd.DataFrame,
    baselines: Mapping[str, Mapping[str, float]],
    metrics: Iterable[str] = CURVES,
    *,
    key: str,
    at_least: int = 1,
    scale: Scale = PLAIN,
    others: Mapping[str, Sequence[Curve]] | None = None,
) -> None:
    """A chart per metric, for a grid; there is room for `at_least` epochs.

    `others` are the curves of other runs by metric.
    """
    for metric in metrics:
        title = CURVES[metric]
        columns = [column.format(metric) for column, *_ in SERIES]
        known = [name for name in columns if name in history]
        with st.container(gap="xsmall"):
            show_chart(
                learning_curve_figure(
                    history,
                    metric,
                    baselines=baselines.get(metric),
                    at_least=at_least,
                    smoothing=scale.smoothing,
                    log=scale.log,
                    others=(others or {}).get(metric, ()),
                ),
                key=f"{key}-{metric}",
                title=title,
                alt=f"{title} of training and validation by epoch",
                table=history[["epoch", *known]],
                options=ZOOM,
            )


def choose_predicted_classes(counts: pd.DataFrame, *, at_least: int = 1) -> None:
    """The predicted labels of every epoch, of a split that can be chosen, val first."""
    splits = sorted(set(counts["split"]), reverse=True)
    if not splits:
        return
    split = st.radio(
        "Predicted labels of",
        splits,
        index=0,
        horizontal=True,
        key="spread",
        bind="query-params",
    )
    show_predicted_classes(
        counts,
        str(split),
        key="predicted-spread",
        title="Predicted labels by epoch",
        at_least=at_least,
    )


def show_predicted_classes(
    counts: pd.DataFrame, split: str, *, key: str, title: str, at_least: int = 1
) -> None:
    """The predicted labels of every epoch of one split.

    There is room for `at_least` epochs, so that the bars of a young training stay put.
    """
    of_split = counts[counts["split"] == split].reset_index(drop=True)
    show_chart(
        predicted_classes_figure(of_split, at_least=at_least),
        key=key,
        title=title,
        alt=f"Frequency of each class among the predicted {split} labels by epoch",
        table=of_split,
        help="A single colour that fills the bar is a collapse.",
    )
