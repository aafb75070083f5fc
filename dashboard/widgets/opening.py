"""The way from one page to a run on another one."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from hirise.runs import Run

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
