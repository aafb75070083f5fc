"""Accuracy per run as the post drew it, and macro-F1 in the same form beside it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.state import load_scores
from dashboard.widgets.charts import rate_columns, show_chart
from hirise.figures.runs_comparison import MEASURES, MOST, runs_comparison_figure
from hirise.runs import Run
from hirise.runs.published import GOAL

NAMES = {"val": "validation", "test": "test", "always": "always the largest class"}


def show_run_scores(runs: Sequence[Run], chosen: Run | None) -> None:
    """Two charts of all runs that have a score, oldest first, with a goal to set."""
    table = scores_table(runs)
    if table.empty:
        return
    st.header("Scores and the goal", anchor="scores")
    goal = st.number_input(
        "Goal",
        0.0,
        1.0,
        GOAL,
        0.01,
        key="goal",
        bind="query-params",
        width=160,
        help="The dashed line. The post set out to reach an accuracy of 0.81; a model "
        "that always names the largest class reaches that too, but not in macro-F1.",
    )
    newest = table.tail(MOST).reset_index(drop=True)
    with st.grid(2, min_column_width=340, gap="medium"):
        for measure, name in MEASURES.items():
            columns = {f"{part}_{measure}": told for part, told in NAMES.items()}
            with st.container(gap="xsmall"):
                show_chart(
                    runs_comparison_figure(
                        newest,
                        measure,
                        goal=float(goal),
                        chosen=chosen.info.id if chosen else "",
                    ),
                    key=f"runs-{measure.replace('_', '-')}",
                    title=f"{name} of each run",
                    alt=f"{name} of each run on validation and test images, beside the "
                    f"goal and what always the largest class scores",
                    table=table[["title", *columns, "id"]].rename(columns=columns),
                    columns=rate_columns(columns.values()),
                )
    if len(table) > MOST:
        st.caption(f"The newest {MOST} of {len(table):,} runs; the tables have all.")


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
