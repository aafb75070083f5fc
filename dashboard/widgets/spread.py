"""The spread of predicted labels over the epochs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.widgets.charts import show_chart
from hirise.figures.predicted_spread import predicted_spread_figure


def show_spread(counts: pd.DataFrame, *, at_least: int = 1) -> None:
    """The predicted labels of every epoch, of a split that can be chosen, val first.

    `at_least` epochs have room, so that the bars of a young training stay put.
    """
    splits = sorted(set(counts["split"]), reverse=True)
    if not splits:
        return
    shown = st.radio(
        "Predicted labels of",
        splits,
        index=0,
        horizontal=True,
        key="spread",
        bind="query-params",
    )
    chosen = counts[counts["split"] == shown].reset_index(drop=True)
    show_chart(
        predicted_spread_figure(chosen, at_least=at_least),
        key="predicted-spread",
        title="Predicted labels, epoch by epoch",
        alt="Share of each class among the predicted labels of every epoch",
        table=chosen,
        help="One colour that takes the whole bar is a collapse.",
    )
