"""The list of runs, and charts of their scores."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.shared.charts import COLUMNS, rate_columns, show_chart, show_heading
from dashboard.shared.navigation import link_page, page_file
from dashboard.shared.text import literal, page_text
from dashboard.state.loaders import load_row, load_scores
from hirise.figures.run_scores import MEASURES, MOST, run_scores_figure
from hirise.mars.blog import GOAL
from hirise.runs import Run

OVERVIEW = page_file("overview")

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


NAMES = {
    "val": "validation",
    "test": "test",
    "always": "majority-class baseline",
}
"""Prefixes of the columns of `run_scores`, and their labels."""


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
    table["problem"] = table["problem"].map(page_text)
    empty = [name for name in ("note", "problem") if not table[name].any()]
    return table.drop(columns=empty)


def show_runs(table: pd.DataFrame) -> None:
    """The list; a selected row becomes the run of the sidebar."""
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
            link_page(OVERVIEW, label, ":material/arrow_forward:")
        st.caption("Select a row to choose its run.", width="content")


def _take_row() -> None:
    rows = st.session_state["run-list"]["selection"]["rows"]
    if rows:
        st.session_state["run"] = st.session_state["run-ids"][rows[0]]


def show_run_scores(runs: Sequence[Run], chosen: Run | None) -> None:
    """Two charts of all runs that have a score, oldest first, with a goal."""
    table = scores_table(runs)
    if table.empty:
        return
    st.header("Scores", anchor="scores")
    goal = st.number_input(
        "Goal",
        0.0,
        1.0,
        GOAL,
        0.01,
        key="goal",
        bind="query-params",
        width=160,
        help="The dashed line. The goal of the blog post was an accuracy of 0.81. The "
        "majority-class baseline reaches it too, though not in macro-F1.",
    )
    newest = table.tail(MOST).reset_index(drop=True)
    with st.grid(2, min_column_width=340, gap="medium"):
        for measure, name in MEASURES.items():
            columns = {f"{part}_{measure}": label for part, label in NAMES.items()}
            with st.container(gap="xsmall"):
                show_chart(
                    run_scores_figure(
                        newest,
                        measure,
                        goal=float(goal),
                        chosen=chosen.info.id if chosen else "",
                    ),
                    key=f"runs-{measure.replace('_', '-')}",
                    title=f"{name} of each run",
                    alt=f"{name} of each run on validation and test images, beside the "
                    "goal and the majority-class baseline",
                    table=table[["title", *columns, "id"]].rename(columns=columns),
                    columns=rate_columns(columns.values()),
                )
    if len(table) > MOST:
        st.caption(
            f"The newest {MOST} of {len(table):,} runs. The tables list all runs."
        )


def scores_table(runs: Sequence[Run]) -> pd.DataFrame:
    """One row per run that has a score, oldest first: `id`, `title` and its scores."""
    scores = {run.info.id: load_scores(run) for run in runs}
    rows = [
        {"id": run.info.id, "title": run.info.title, **scores[run.info.id]}
        for run in reversed(runs)
    ]
    table = pd.DataFrame(rows)
    known = table.drop(columns=["id", "title"], errors="ignore").notna().any(axis=1)
    return table[known].reset_index(drop=True)
