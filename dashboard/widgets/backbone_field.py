"""The trained network that a training starts from: a file, or a name."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import state
from dashboard.widgets.text import literal
from hirise.backbones import APPLICATIONS, check_backbone, is_downloaded
from hirise.errors import InputError
from hirise.runs import change_settings, read_settings

ABOUT = (
    "A network that was trained on many photographs: the path of a `.keras` file on "
    "this machine, or a name of `keras.applications`, whose weights Keras downloads."
)

_USED_LAST = "backbone"
_FIRST = "backbone-first"


def choose_backbone(offered: str, *, key: str) -> str:
    """The backbone as text, with what it is; one that cannot be is left to the caller.

    What was used last is offered before `offered`.
    """
    text = st.text_input(
        "Backbone",
        value=used_last() or offered,
        key=key,
        bind="query-params",
        placeholder="such as ~/efficientnet.keras",
        help=ABOUT,
    )
    found = (text or "").strip()
    try:
        check_backbone(found)
    except InputError:
        return found
    if found not in APPLICATIONS:
        st.caption(f":material/check: {literal(Path(found).name)} is there.")
    elif is_downloaded(found):
        st.caption(f":material/check: The weights of {literal(found)} are there.")
    else:
        st.caption(
            f":material/download: Keras downloads the weights of {literal(found)} once "
            "and keeps them. Without a network, name a `.keras` file instead."
        )
    return found


def used_last() -> str:
    """The backbone of the last training that had one, as this session began.

    A default that changes would undo what is being typed.
    """
    if _FIRST not in st.session_state:
        said = read_settings(state.artifacts_folder()).get(_USED_LAST)
        st.session_state[_FIRST] = said if isinstance(said, str) else ""
    return str(st.session_state[_FIRST])


def keep_backbone(text: str) -> None:
    """Offer it the next time; nothing for none."""
    if text:
        change_settings(state.artifacts_folder(), **{_USED_LAST: text})
