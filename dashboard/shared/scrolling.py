"""Bring what a click chose into view, where it stands below the fold."""

from __future__ import annotations

import streamlit as st

_REQUESTED, _TIMES = "scroll-requested", "scroll-times"

SCROLL = """{{
    const place = document.querySelector(".st-key-{key}");
    if (place) {{
        place.style.scrollMarginTop = "4rem";
        place.scrollIntoView({{block: "start"}});
    }}
}}"""
"""In a block, as scripts share their names; the margin is for the bar at the top."""


def request_scroll() -> None:
    """Have the next `scroll_to` move the page; for callbacks of clicks."""
    st.session_state[_REQUESTED] = True


def scroll_to(key: str) -> None:
    """Show the container with this `key`, if a click requested it.

    Called at the end of a page, as its element takes room while it is there.
    """
    if not st.session_state.pop(_REQUESTED, False):
        return
    # A script that stays the same is not run again.
    times = st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1
    script = SCROLL.format(key=key)
    st.html(f"<script>/* {times} */ {script}</script>", unsafe_allow_javascript=True)
