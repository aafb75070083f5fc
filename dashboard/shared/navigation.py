"""Pages, links between them, and the parameters of the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from hirise.runs import Run

PAGES = Path(__file__).parents[1] / "app_pages"

WANTED = "cure-wanted"
"""In the session: remedies of the finding or cause whose button opened Cure."""

_REQUESTED = "page-requested"
"""In the session: the page that a button opens, and its parameters."""

CLOSE = """if (window.matchMedia("(max-width: 767px)").matches)
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();"""
"""Presses the sidebar's own button; Streamlit lays it over the page below 768 px."""


def show_brand(name: str, mark: str) -> None:
    """The mark of the product and its name, above the navigation."""
    st.logo(mark, size="large")
    st.sidebar.markdown(f"**{name}**")


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
                    st.page_link(
                        page, width="stretch", query_params=address_of_choice()
                    )


def address_of_choice() -> dict[str, str]:
    """What a link to another page carries along, so that run and split stay."""
    state = st.session_state
    return {key: str(state[key]) for key in ("run", "split") if state.get(key)}


def link_page(page: Any, label: str | None, icon: str | None, **query: str) -> None:
    """A link to another page of the same run and split.

    A link that did not name them would mean the run that was shown first.
    """
    named = {**address_of_choice(), **query}
    st.page_link(page, label=label, icon=icon, query_params=named)


def note_arrival(page: Any) -> bool:
    """Whether a link or button has just opened this page; False for the first one."""
    before = st.session_state.get("page_shown", page.url_path)
    st.session_state["page_shown"] = page.url_path
    if page.url_path == before:
        return False
    st.session_state["arrivals"] = st.session_state.get("arrivals", 0) + 1
    return True


def newly_arrived(caller: str) -> bool:
    """Whether a page was opened since this caller called last.

    A script may be cut off by the next one before it calls this.
    """
    arrivals = st.session_state.get("arrivals", 0)
    seen = st.session_state.get(f"arrivals-{caller}", 0)
    st.session_state[f"arrivals-{caller}"] = arrivals
    return bool(arrivals != seen)


def close_on_phones(page: Any) -> None:
    """Once a link was followed, close the sidebar where it covers the page.

    Streamlit does so for the links of its own list only, and no state of
    `set_page_config` closes a sidebar that is open on a phone and leaves others.
    """
    # A script that stays the same is not run again.
    body = f"<script>/* {page.url_path} */ {CLOSE}</script>"
    st.sidebar.html(body, unsafe_allow_javascript=True)


def page_file(page: str) -> Path:
    """The script of a page, such as `cure`."""
    return PAGES / page / "page.py"


def show_opening(
    page: str, label: str, run: Run, *, baseline: str | None = None
) -> None:
    """A button that opens `page` with `run` chosen, and a `baseline` on Runs."""
    st.button(
        label,
        icon=":material/arrow_forward:",
        on_click=_choose,
        args=(page, run.info.id, baseline),
    )


def follow() -> None:
    """Open the page that a button requested.

    Called by the entry script: where another run is chosen, the page of the button may
    no longer draw it.
    """
    page, query = st.session_state.pop(_REQUESTED, ("", {}))
    if page:
        # One entry of the browser's history for page, run and split together.
        named = {**address_of_choice(), **query}
        st.switch_page(page_file(page), query_params=named)


def request_page(page: str, query: Mapping[str, str | list[str]]) -> None:
    """Have `follow` open `page` with these parameters; for callbacks."""
    st.session_state[_REQUESTED] = (page, query)


def _choose(page: str, run: str, baseline: str | None) -> None:
    st.session_state[_REQUESTED] = (page, {})
    st.session_state["run"] = run
    if baseline is not None:
        st.session_state["baseline"] = baseline
        # The URL follows the session only once the select box was drawn.
        st.session_state[_REQUESTED] = (page, {"baseline": baseline})


def _want(remedies: tuple[str, ...]) -> None:
    st.session_state[_REQUESTED] = ("cure", {})
    st.session_state[WANTED] = remedies


def show_cure_with(
    remedy: str,
    label: str,
    *fields: str,
    kind: Literal["primary", "secondary"] = "secondary",
) -> bool:
    """A button that opens Cure with `remedy` ticked and its `fields` as they are here.

    True when it is pressed: inside a fragment the script must then be rerun.
    """
    return st.button(
        label,
        icon=":material/healing:",
        key=f"cure-with-{remedy}",
        type=kind,
        on_click=_want_with,
        args=(remedy, fields),
    )


def _want_with(remedy: str, fields: tuple[str, ...]) -> None:
    _want((remedy,))
    for field in fields:
        # A field in the URL is moved by the session; so is that of the same name there.
        st.session_state[field] = st.session_state[field]
