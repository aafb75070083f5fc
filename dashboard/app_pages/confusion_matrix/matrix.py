"""The whole matrix of few classes, and that of a few among many."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.app_pages.confusion_matrix.cells import choose_cell, take_click
from dashboard.shared.charts import CHART_OPTIONS, show_heading
from dashboard.shared.screen import is_narrow
from hirise.evaluation import Evaluation
from hirise.figures.confusion import ORDERS, SHOWN, confusion_figure, ordered_confusion

MOST_IN_MATRIX = 49
"""Classes whose whole matrix is drawn: at most 2,500 cells."""


def show_matrix(evaluation: Evaluation) -> tuple[str, str]:
    """The matrix of all classes; returns the chosen true and predicted class."""
    with st.container(horizontal=True, gap="medium"):
        show = choose_values()
        order = st.selectbox(
            "Class order", ORDERS, key="order", bind="query-params", width=280
        )
    confusion = ordered_confusion(evaluation.confusion, order)
    show_heading("Images by true and predicted class", key="confusion", table=confusion)
    # Above the boxes, though it frames the cell that they choose.
    place = st.container()
    cell = choose_cell(evaluation)
    with place:
        draw_matrix(confusion, cell, show=show, totals=True)
    return cell


def choose_values() -> str:
    """What the cells show, one of `SHOWN`."""
    return str(
        st.radio(
            "Cell values",
            SHOWN,
            index=SHOWN.index("counts"),
            horizontal=True,
            key="cells",
            bind="query-params",
        )
    )


def draw_matrix(
    confusion: pd.DataFrame, cell: tuple[str, str], *, show: str, totals: bool
) -> None:
    """A matrix whose cells can be clicked, with the chosen one framed."""
    narrow = is_narrow()
    st.plotly_chart(
        confusion_figure(
            confusion,
            show=show,
            cell=cell,
            totals=totals and not narrow,
            dark=st.context.theme.type == "dark",
            compact=narrow,
        ),
        key="matrix",
        on_select=take_click("matrix"),
        selection_mode="points",
        config=CHART_OPTIONS,
        alt="Images by true class (rows) and predicted class (columns)",
    )
