"""Whether the window is narrow, which only the browser knows."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

_NARROW, _KEY = "screen-is-narrow", "screen"

MOST_PIXELS = 640
"""Width of a narrow window."""

REPORT = """export default function ({ data, setStateValue }) {
    const query = window.matchMedia(`(max-width: ${data.pixels}px)`);
    const report = () => {
        if (query.matches !== data.narrow) setStateValue("narrow", query.matches);
    };
    report();
    query.addEventListener("change", report);
    return () => query.removeEventListener("change", report);
}"""
"""Runs the page again only where it was drawn for another width."""


def is_narrow() -> bool:
    """Whether the page should be drawn for a narrow window.

    Before `watch_width` reported it, as the browser names itself.
    """
    agent = st.context.headers.get("User-Agent") or ""
    return bool(st.session_state.get(_NARROW, "Mobi" in agent))


def watch_width() -> None:
    """Draw the page again if the window is narrow, or no longer; at its end.

    It shows nothing.
    """

    def take() -> None:
        st.session_state[_NARROW] = bool(st.session_state[_KEY].narrow)

    _component()(
        data={"narrow": is_narrow(), "pixels": MOST_PIXELS},
        key=_KEY,
        on_narrow_change=take,
    )


def _component() -> Callable[..., object]:
    """Registered anew in each run of a page, as Streamlit forgets it on a reload."""
    return st.components.v2.component("hirise_screen", js=REPORT)
