"""The pages in the sidebar, in their sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

CLOSE = """if (window.matchMedia("(max-width: 767px)").matches)
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();"""
"""Presses the sidebar's own button; Streamlit lays it over the page below 768 px."""


def show_navigation(sections: Mapping[str, Sequence[Any]]) -> None:
    """A link per page under the name of its section.

    Streamlit's own list of pages puts other elements between a list and its items,
    which a screen reader then does not announce as a list.
    """
    with st.sidebar.container(gap="small"):
        for section, pages in sections.items():
            with st.container(gap="xxsmall"):
                st.caption(section)
                for page in pages:
                    st.page_link(page, width="stretch")


def note_arrival(page: Any) -> bool:
    """Whether a link or button has just opened this page; False for the first one."""
    before = st.session_state.get("page_shown", page.url_path)
    st.session_state["page_shown"] = page.url_path
    if page.url_path == before:
        return False
    st.session_state["arrivals"] = st.session_state.get("arrivals", 0) + 1
    return True


def newly_arrived(what: str) -> bool:
    """Whether a page was opened since `what` was asked for last.

    A script may be cut off by the next one before it comes to ask.
    """
    arrivals = st.session_state.get("arrivals", 0)
    seen = st.session_state.get(f"arrivals-{what}", 0)
    st.session_state[f"arrivals-{what}"] = arrivals
    return bool(arrivals != seen)


def keep_in_address(*keys: str) -> None:
    """On arrival, write these values of the session into the address, each once.

    A link that is followed before their select boxes are drawn drops them, and one that
    names them too has them twice. They must be drawn after this.
    """
    if not newly_arrived("address"):
        return
    for key in keys:
        if key in st.session_state and len(st.query_params.get_all(key)) != 1:
            st.session_state[key] = st.session_state[key]


def close_on_phones(page: Any) -> None:
    """Once a link was followed, close the sidebar where it covers the page.

    Streamlit does so for the links of its own list only, and no state of
    `set_page_config` closes a sidebar that is open on a phone and leaves others.
    """
    # A script that stays the same is not run again.
    body = f"<script>/* {page.url_path} */ {CLOSE}</script>"
    st.sidebar.html(body, unsafe_allow_javascript=True)
