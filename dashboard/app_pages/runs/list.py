"""The list of runs: searched, filtered, and chosen by their boxes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.shared.charts import COLUMNS, show_heading
from dashboard.shared.curves import TICKED
from dashboard.shared.navigation import link_page, page_file, request_page
from dashboard.shared.text import literal, page_text
from dashboard.state.loaders import load_size, summary_row
from hirise.actions.runs import find_runs, tags_of
from hirise.actions.summary import RunSummary
from hirise.errors import Refusal
from hirise.figures.overlaid_curves import run_colours, swatch
from hirise.runs import Run

OVERVIEW = page_file("overview")

COLUMN_ORDER = (
    "colour",
    "title",
    "tags",
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

TURN = "runs-turn"
"""In the session: counts changes of them by a button, after which the list is anew."""

OPENED = "run-opened"

CONFIG = {
    **COLUMNS,
    "colour": st.column_config.ImageColumn("colour", width=64),
    "tags": st.column_config.ListColumn("tags"),
}


def runs_table(
    runs: Sequence[Run], summaries: Mapping[str, RunSummary | Refusal]
) -> pd.DataFrame:
    """One row per run, newest first; "…" is a verdict that is not known yet."""
    colours = run_colours([run.info.id for run in runs])
    rows = [
        {
            "colour": swatch(colours[run.info.id]),
            "title": run.info.title,
            "tags": list(tags_of(run)),
            "status": run.info.status,
            **summary_row(summaries.get(run.info.id)),
            "created": pd.Timestamp(run.info.created),
            "recipe": (run.info.recipe or {}).get("name", ""),
            "disk": load_size(run),
            "note": run.info.note,
            "id": run.info.id,
        }
        for run in runs
    ]
    table = pd.DataFrame(rows, columns=COLUMN_ORDER)
    table["problem"] = table["problem"].map(page_text)
    empty = [name for name in ("note", "problem", "tags") if not any(table[name])]
    return table.drop(columns=empty)


def choose_shown(runs: Sequence[Run], table: pd.DataFrame) -> pd.DataFrame:
    """The rows that pass search and filters."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = st.text_input(
            "Search",
            key="runs-search",
            bind="query-params",
            placeholder="title, note, recipe, tag",
            icon=":material/search:",
            width=230,
        )
        verdicts = _choose("Verdict", "runs-verdict", sorted(set(table["verdict"])))
        status = _choose("Status", "runs-status", sorted(set(table["status"])))
        known = sorted({tag for tags in table.get("tags", []) for tag in tags})
        tags = _choose("Tags", "runs-tags", known) if known else []
    found = {run.info.id for run in find_runs(list(runs), search=str(search or ""))}
    keep = table["id"].isin(found)
    if verdicts:
        keep &= table["verdict"].isin(verdicts)
    if status:
        keep &= table["status"].isin(status)
    if tags:
        keep &= table["tags"].map(lambda own: set(tags) <= set(own))
    return table[keep].reset_index(drop=True)


def _choose(label: str, key: str, options: Sequence[str]) -> list[str]:
    options = [option for option in options if option not in ("", "…")]
    kept = st.session_state.get(key) or []
    if not set(kept) <= set(options):
        st.session_state[key] = [option for option in kept if option in options]
    return st.multiselect(
        label, options, key=key, bind="query-params", placeholder="any", width=210
    )


def show_runs(table: pd.DataFrame, n_runs: int) -> None:
    """The list; ticked rows are the chosen runs, and a button opens one."""
    title = "All runs" if len(table) == n_runs else f"{len(table):,} of {n_runs:,} runs"
    hidden = table.drop(columns="colour")
    show_heading(title, key="runs", table=hidden, shown=True)
    if table.empty:
        st.caption("No run matches. Remove a filter.")
        return
    ids, chosen = table["id"].tolist(), set(st.session_state.get(TICKED, ()))
    mark = "\0".join([str(st.session_state.get(TURN, 0)), *ids])
    # A selection is one of rows: of other rows, another widget keeps it.
    key = f"run-list-{hashlib.blake2b(mark.encode(), digest_size=8).hexdigest()}"
    st.dataframe(
        table.assign(open="Open"),
        key=key,
        hide_index=True,
        on_select=lambda: _take_rows(key, ids),
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [i for i, name in enumerate(ids) if name in chosen]}
        },
        column_config={
            **CONFIG,
            "open": st.column_config.ButtonColumn(
                "", type="tertiary", key=OPENED, on_click=_open, args=(ids,)
            ),
        },
        placeholder="–",
        alt="All runs with status, verdict and scores",
    )


def _open(ids: Sequence[str]) -> None:
    """Show a run on Overview; a callback, before the selector is drawn."""
    pressed: Any = st.session_state.get(OPENED)
    if pressed:
        st.session_state["run"] = ids[pressed["row"]]
        request_page("overview", {})


def _take_rows(key: str, ids: Sequence[str]) -> None:
    """Keep the ticked runs; one is chosen in the sidebar, two are compared."""
    rows = st.session_state[key]["selection"]["rows"]
    elsewhere = [run for run in st.session_state.get(TICKED, ()) if run not in set(ids)]
    chosen = [*elsewhere, *(ids[row] for row in rows)]
    st.session_state[TICKED] = tuple(chosen)
    if len(chosen) == 1:
        st.session_state["run"] = chosen[0]
    elif len(chosen) == 2:
        # An id begins with its time: the older run is the baseline.
        st.session_state["baseline"], st.session_state["run"] = sorted(chosen)


def chosen_runs(runs: Sequence[Run]) -> list[Run]:
    """The ticked runs, as far as there are any, in the order of the list."""
    chosen = set(st.session_state.get(TICKED, ()))
    return [run for run in runs if run.info.id in chosen]


def show_chosen(chosen: Sequence[Run], run: Run | None) -> None:
    """What can be done with the ticked runs."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if run is not None:
            label = f"Open {literal(run.info.title)}"
            link_page(OVERVIEW, label, ":material/arrow_forward:")
        if chosen:
            st.button(
                f"Untick {len(chosen)}", type="tertiary", on_click=_untick, key="untick"
            )
        else:
            st.caption(
                "Tick one run to choose it, two to compare them on the same images, "
                "and any number to overlay their curves.",
                width="content",
            )


def _untick() -> None:
    st.session_state[TICKED] = ()
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
