"""The threshold that val would choose for each class, and what it does there."""

from __future__ import annotations

import streamlit as st

from dashboard.adjusted import load_threshold_rates, thresholds_take_long
from dashboard.widgets.charts import show_heading, show_table
from dashboard.widgets.opening import show_cure_with
from dashboard.widgets.text import VERY_IMAGES, literal
from hirise.remedies.threshold_rates import RATES
from hirise.remedies.thresholds import Thresholds
from hirise.runs import Run

TITLE = "Thresholds that val would choose, class by class"
HELP = (
    "The remedy moves each class's threshold to where macro-F1 on val is best. A "
    "factor of 2 counts the class's probability twice before the largest is named; 1 "
    "leaves it."
)


def show_class_thresholds(run: Run, split: str) -> None:
    """The table, at once where choosing is quick, else when it is asked for."""
    if thresholds_take_long(run, split) and not _asked():
        return
    found = load_threshold_rates(run, split)
    if isinstance(found, str):
        st.subheader(TITLE, anchor=False)
        st.caption(literal(found))
        return
    columns = {
        "factor": st.column_config.NumberColumn("counts times", format="%.2f"),
        **{
            f"{rate}_before": st.column_config.NumberColumn(
                f"{rate} now", format="%.3f"
            )
            for rate in RATES
        },
        **{
            rate: st.column_config.NumberColumn(f"{rate} there", format="%.3f")
            for rate in RATES
        },
    }
    show_heading(
        TITLE, key="class-thresholds", table=found.table, shown=True, help=HELP
    )
    show_table(
        found.table,
        key="class-thresholds-table",
        alt="Factor of each class, with its precision and recall now and there",
        columns=columns,
    )
    flatters = f" {VERY_IMAGES}" if found.on_val else ""
    st.caption(literal(found.told) + flatters)
    show_cure_with(Thresholds.key, "Cure with these thresholds")


def _asked() -> bool:
    """A switch, in the URL: so many classes and images take a while."""
    st.subheader(TITLE, anchor=False, help=HELP)
    return st.toggle(
        "Choose them; with so many images and classes it takes a while",
        key="choose-thresholds",
        bind="query-params",
    )
