"""The way from one page to a run on another one."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import state
from hirise.runs import Run, RunList
from hirise.runs.folder import find_replayed

PAGES = Path(__file__).parents[1] / "app_pages"


def show_opening(page: str, label: str, run: Run) -> None:
    """A button that opens `page` with `run` chosen.

    A link with `?run=` would not do: the parameter belongs to the run selector, which
    then keeps its run. It can be moved before it is drawn, hence the callback; the
    empty parameters keep the page switch from refusing to clear it.
    """
    if st.button(
        label, icon=":material/arrow_forward:", on_click=_choose, args=(run.info.id,)
    ):
        st.switch_page(PAGES / f"{page}.py", query_params={})


def _choose(run: str) -> None:
    st.session_state["run"] = run


def with_asked(found: RunList) -> RunList:
    """The runs, and the one that is asked for if it is of the replay that ships."""
    asked = st.session_state.get("run", st.query_params.get("run"))
    if not asked or asked in [run.info.id for run in found.runs]:
        return found
    run = find_replayed(state.artifacts_folder(), str(asked))
    return found if run is None else found._replace(runs=[*found.runs, run])
