"""The list of runs, one of which can be opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.state import load_row
from dashboard.widgets.charts import COLUMNS, show_heading
from dashboard.widgets.text import literal
from hirise.runs import Run

OVERVIEW = Path(__file__).parents[1] / "app_pages" / "overview.py"

COLUMN_ORDER = (
    "title",
    "status",
    "verdict",
    "accuracy",
    "macro_f1",
    "majority_share",
    "split",
    "created",
    "recipe",
    "disk",
    "note",
    "problem",
    "id",
)


def runs_table(runs: Sequence[Run]) -> pd.DataFrame:
    """One row per run, newest first."""
    rows = [
        {
            "title": run.info.title,
            "status": run.info.status,
            **load_row(run),
            "created": pd.Timestamp(run.info.created),
            "recipe": (run.info.recipe or {}).get("name", ""),
            "disk": run.size_bytes,
            "note": run.info.note,
            "id": run.info.id,
        }
        for run in runs
    ]
    table = pd.DataFrame(rows, columns=COLUMN_ORDER)
    empty = [name for name in ("note", "problem") if not table[name].any()]
    return table.drop(columns=empty)


def show_runs(table: pd.DataFrame) -> None:
    """The list; choosing a row chooses its run, as the selector in the sidebar does."""
    show_heading("All runs", key="runs", table=table, shown=True)
    st.session_state["run-ids"] = list(table["id"])
    st.dataframe(
        table,
        key="run-list",
        hide_index=True,
        on_select=_take_row,
        selection_mode="single-row",
        column_config=COLUMNS,
        placeholder="–",
        alt="All runs with status, verdict and scores",
    )
    chosen = table.loc[table["id"] == st.session_state["run"], "title"]
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(chosen):
            label = f"Open {literal(chosen.iloc[0])}"
            st.page_link(OVERVIEW, label=label, icon=":material/arrow_forward:")
        st.caption("Choose another run by its row, or in the sidebar.", width="content")


def _take_row() -> None:
    rows = st.session_state["run-list"]["selection"]["rows"]
    if rows:
        st.session_state["run"] = st.session_state["run-ids"][rows[0]]
