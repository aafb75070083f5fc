"""A question to the reader, before the answer is shown."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

SHOW = "I do not know: show me"


def ask(question: str, answers: Mapping[str, bool], *, key: str) -> bool:
    """Whether the reader has chosen an answer; says if it is the right one.

    Parameters
    ----------
    question : str
    answers : mapping of str to bool
        What can be chosen, and whether it is so.
    key : str
        Of the choice, in the URL too.
    """
    with st.container(border=True):
        st.markdown(f":material/help: **{question}**")
        # Named without markup, which a screen reader would spell out.
        chosen = st.radio(
            question,
            [*answers, SHOW],
            index=None,
            key=key,
            bind="query-params",
            persist_state="session",
            label_visibility="collapsed",
        )
        if chosen is None:
            st.caption("Choose one, and the story goes on.")
            return False
        if chosen != SHOW:
            right = answers[chosen]
            colour, icon = ("green", "check") if right else ("orange", "close")
            said = "Yes." if right else "It looks like it, but no."
            st.markdown(f":{colour}[:material/{icon}: **{said}**]")
    return True
