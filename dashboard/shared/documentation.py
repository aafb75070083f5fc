"""What the documentation says of a check, a cause, a remedy or a term, in place."""

from __future__ import annotations

import streamlit as st

from hirise.actions.explain import ExplainRequest, explain, topics


def offer_text(topic: str, *, key: str, label: str = "", icon: str = "") -> None:
    """A small button that opens the section about a topic; nothing if there is none."""
    if topic in topics() and st.button(
        label or topic,
        key=f"explain-{key}",
        type="tertiary",
        icon=icon or None,
        help=topics()[topic].title,
    ):
        show_text(topic)


@st.dialog("Explanation", width="large")
def show_text(topic: str) -> None:
    """The section, over the page."""
    found = explain(ExplainRequest(topic))
    st.subheader(f"{found.topic} · {found.title}", anchor=False)
    st.markdown(found.text)
