"""Charts of the scores of all runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard.shared.charts import rate_columns, show_chart
from hirise.actions.summary import RunSummary
from hirise.errors import Refusal
from hirise.figures.run_scores import MEASURES, MOST, run_scores_figure
from hirise.mars.blog import GOAL
from hirise.runs import Run

NAMES = {
    "val": "validation",
    "test": "test",
    "other": "another split",
    "always": "majority-class baseline",
}
"""Prefixes of the columns of `scores_table`, and their labels."""


def show_run_scores(
    runs: Sequence[Run],
    summaries: Mapping[str, RunSummary | Refusal],
    chosen: Run | None,
) -> None:
    """Two charts of all runs that have a score, oldest first, with a goal."""
    table = scores_table(runs, summaries)
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


def scores_table(
    runs: Sequence[Run], summaries: Mapping[str, RunSummary | Refusal]
) -> pd.DataFrame:
    """One row per run that has a score, oldest first: `id`, `title` and its scores."""
    columns = [f"{part}_{measure}" for measure in MEASURES for part in NAMES]
    rows = [
        {
            "id": run.info.id,
            "title": run.info.title,
            **_scores(summaries.get(run.info.id)),
        }
        for run in reversed(runs)
    ]
    table = pd.DataFrame(rows, columns=["id", "title", *columns])
    table[columns] = table[columns].astype(float)
    return table[table[columns].notna().any(axis=1)].reset_index(drop=True)


def _scores(summary: RunSummary | Refusal | None) -> dict[str, float | None]:
    """Those on val and test; of a run without either, those on its only split."""
    if not isinstance(summary, RunSummary):
        return {}
    scores = dict(summary.scores)
    if all(value is None for value in scores.values()):
        scores |= {f"other_{name}": getattr(summary, name) for name in MEASURES}
        scores["always_accuracy"] = summary.majority_share
    return scores
