"""The pages in the sidebar, in their sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st


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
