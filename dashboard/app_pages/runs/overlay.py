"""The chosen runs over each other: their learning curves and their settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.shared.charts import show_chart, show_heading, show_table
from dashboard.shared.curves import ZOOM, choose_scale
from hirise.actions.settings import SettingsRequest, settings
from hirise.actions.summary import RunSummary
from hirise.errors import Refusal
from hirise.figures.learning_curves import CURVES
from hirise.figures.overlaid_curves import (
    Curve,
    curve_of,
    curves_table,
    overlaid_curves_figure,
    run_colours,
    scores_of,
)
from hirise.runs import Run

PARTS = {"validation": "val_", "training": ""}
"""Parts of a history, and the prefixes of their columns."""


def show_overlay(
    chosen: Sequence[Run],
    runs: Sequence[Run],
    summaries: Mapping[str, RunSummary | Refusal],
) -> None:
    """One metric of the chosen runs by epoch, in the colours of the list."""
    st.header("Learning curves of the ticked runs", anchor="curves")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        metric = st.selectbox(
            "Metric",
            list(CURVES),
            index=1,
            format_func=CURVES.__getitem__,
            key="overlay-metric",
            bind="query-params",
            width=210,
        )
        part = st.radio(
            "On",
            list(PARTS),
            horizontal=True,
            key="overlay-part",
            bind="query-params",
            width="content",
        )
        scale = choose_scale("overlay")
    colours = run_colours([run.info.id for run in runs])
    column = f"{PARTS[part]}{metric}"
    curves = [
        Curve(
            run.info.title,
            curve_of(run.history(), column),
            colours[run.info.id],
            _score(summaries.get(run.info.id), metric)
            if part == "validation"
            else None,
        )
        for run in chosen
    ]
    table = curves_table(curves)
    if table.empty:
        st.caption(
            f"None of the ticked runs has recorded {CURVES[metric]} on {part} images."
        )
        return
    show_chart(
        overlaid_curves_figure(
            curves, CURVES[metric], smoothing=scale.smoothing, log=scale.log
        ),
        key="overlaid-curves",
        title=f"{CURVES[metric]} on {part} images",
        alt=f"{CURVES[metric]} of each ticked run by epoch",
        table=table,
        options=ZOOM,
    )
    absent = [c.title for c in curves if c.table.empty and c.score is None]
    if absent:
        st.caption(f"Not recorded for {len(absent)} of the {len(curves)} ticked runs.")


def _score(summary: RunSummary | Refusal | None, metric: str) -> float | None:
    """The score after training, where the curve of a run is not known."""
    if not isinstance(summary, RunSummary):
        return None
    known = scores_of(summary.scores, metric)
    if known is None and metric in ("accuracy", "macro_f1"):
        value: float | None = getattr(summary, metric)
        return value
    return known


def show_settings(chosen: Sequence[Run]) -> None:
    """The settings of the chosen runs beside each other."""
    names = tuple(run.info.id for run in chosen)
    if len(names) < 2:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.header("Settings of the ticked runs", anchor="settings", width="content")
        only = st.toggle(
            "Only differences", value=True, key="settings-differ", width="content"
        )
    # The runs themselves, which no folder has to be searched for.
    table = settings(SettingsRequest(tuple(chosen), all=not only))  # type: ignore[arg-type]
    if table.empty:
        st.caption("No setting that these runs tell differs.")
        return
    titles = {run.info.id: run.info.title for run in chosen}
    labels = _distinct([titles[name] for name in table.columns])
    table = table.set_axis(labels, axis=1).reset_index()
    show_heading("Settings", key="settings", table=table, shown=True)
    show_table(table, key="settings-table", alt="Settings of the ticked runs")


def _distinct(titles: Sequence[str]) -> list[str]:
    """Titles with a number where one is there twice: columns need names that differ."""
    seen: dict[str, int] = {}
    labels = []
    for title in titles:
        seen[title] = seen.get(title, 0) + 1
        labels.append(title if seen[title] == 1 else f"{title} ({seen[title]})")
    return labels
