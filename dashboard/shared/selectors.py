"""The run and the split: chosen in the sidebar, kept in the URL."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.states import show_status
from dashboard.shared.text import literal, when
from hirise.mars.releases import SIMULATED_LAYOUT
from hirise.runs import Run, RunList

SPLIT_ORDER = ("val", "test")
"""The split shown first, as `hirise check` chooses it."""


def choose_run(listed: RunList) -> Run | None:
    """The run selector; the URL names the run even when it is the newest one."""
    ids = [run.info.id for run in listed.runs]
    if not ids:
        return None
    requested = st.session_state.get("run", st.query_params.get("run"))
    if requested not in ids:
        if requested is not None:
            st.toast(f"There is no run {literal(requested)}. The newest run is shown.")
        if "run" not in st.session_state:
            # A bound parameter cannot be set once its widget is there.
            st.query_params["run"] = ids[0]
        st.session_state["run"] = ids[0]
    name = st.sidebar.selectbox("Run", ids, index=None, key="run", bind="query-params")
    return listed.runs[ids.index(name)] if name in ids else None


def choose_split(run: Run | None) -> str | None:
    """The split selector; without predictions there is nothing to choose."""
    splits = run.splits() if run else ()
    if not splits:
        return None
    known = [name for name in SPLIT_ORDER if name in splits]
    split = st.sidebar.selectbox(
        "Split",
        splits,
        index=splits.index(known[0]) if known else 0,
        key="split",
        bind="query-params",
    )
    return str(split)


def show_run(run: Run | None) -> None:
    """Title, status, time and recipe of the chosen run."""
    if run is None:
        return
    with st.sidebar:
        st.markdown(f"**{literal(run.info.title)}**")
        show_status(run)
        recipe = (run.info.recipe or {}).get("name")
        st.caption(
            f"{when(run.info.created)}"
            + (f" · recipe {literal(recipe)}" if recipe else "")
            + (f" · {n} classes" if (n := len(run.info.class_names)) else "")
        )
        if (run.info.dataset or {}).get("layout") == SIMULATED_LAYOUT:
            st.badge("simulated images", icon=":material/landscape:", color="gray")
        if run.info.error:
            st.caption(f"Error: {literal(run.info.error)}")
        if run.info.note:
            st.caption(f":material/edit_note: {literal(run.info.note)}")
        for note in run.info.notes:
            st.caption(literal(note))
