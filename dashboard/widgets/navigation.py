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


def close_on_phones(page: Any) -> None:
    """Once a link was followed, close the sidebar where it covers the page.

    Streamlit does so for the links of its own list only, and no state of
    `set_page_config` closes a sidebar that is open on a phone and leaves others.
    """
    before = st.session_state.get("page_shown", page.url_path)
    st.session_state["page_shown"] = page.url_path
    if page.url_path != before:
        # A script that stays the same is not run again.
        body = f"<script>/* {page.url_path} */ {CLOSE}</script>"
        st.sidebar.html(body, unsafe_allow_javascript=True)
