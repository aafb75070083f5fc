"""Choose remedies and their settings, and start them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitAPIException

from dashboard import state
from dashboard.widgets.cure_settings import choose_settings
from dashboard.widgets.opening import WANTED
from dashboard.widgets.remedy_cards import Card, all_cards, choose_remedies, tick_key
from dashboard.widgets.text import literal
from hirise.errors import InputError
from hirise.jobs import CureRequest, Jobs, start, why_not_started
from hirise.remedies.preview import Preview, sensible_order, suggestions
from hirise.runs import Run

STARTED = "cure-started"
"""In the session: the job that was started here last."""

_FILLED = "cure-for"


def show_cure_form(run: Run, split: str, jobs: Jobs) -> None:
    """The remedies, what each would do here, and the button."""
    diagnosis = state.load_diagnosis(run, split)
    previews = state.load_previews(run, split)
    cards, asked = all_cards(), suggestions(diagnosis)
    _fill(run, cards, previews, [one.key for one in asked])
    ticked = choose_remedies(asked, cards, previews)
    st.subheader("Start", anchor=False)
    if not ticked:
        st.caption("Tick a remedy; several can be combined.")
        return
    try:
        order = sensible_order(ticked)
        options = choose_settings(order, run.info.class_names)
        _offer(CureRequest(run.info.id, order, options), cards, jobs)
    except InputError as error:
        st.error(literal(error), icon=":material/block:")


def _fill(
    run: Run,
    cards: Mapping[str, Card],
    previews: Mapping[str, Preview],
    asked: Sequence[str],
) -> None:
    """Tick the first remedy that is asked for and works, once for each run.

    What a link names in the URL is kept.
    """
    first = _FILLED not in st.session_state
    wanted = st.session_state.pop(WANTED, ())
    same = st.session_state.get(_FILLED) == run.info.id
    st.session_state[_FILLED] = run.info.id
    linked = first and any(tick_key(key) in st.query_params for key in cards)
    if not wanted and (same or linked):
        return
    able = [
        key
        for key in (*wanted, *asked)
        if key in cards and (key not in previews or previews[key].works)
    ]
    for key in cards:
        st.session_state[tick_key(key)] = key in able[:1]
    for key in able[:1]:
        # Until its box was drawn once, the URL does not follow the session.
        with suppress(StreamlitAPIException):
            st.query_params[tick_key(key)] = "true"


def _offer(request: CureRequest, cards: Mapping[str, Card], jobs: Jobs) -> None:
    reason = why_not_started(state.artifacts_folder(), request)
    if reason:
        raise InputError(reason)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button(
            "Cure next" if jobs.running else "Cure",
            type="primary",
            icon=":material/healing:",
            disabled=jobs.waiting is not None,
        )
        names = [cards[key].title for key in request.remedies]
        st.caption(_told(names, request, jobs), width="content")
    if pressed:
        job = start(state.artifacts_folder(), request)
        st.session_state[STARTED] = job.id
        st.rerun()


def _told(names: Sequence[str], request: CureRequest, jobs: Jobs) -> str:
    what = literal(", then ".join([names[0], *(n.lower() for n in names[1:])]))
    if jobs.waiting is not None:
        return f"{what}. Another job waits already; only one can."
    after = f" It begins after {literal(jobs.running.title)}." if jobs.running else ""
    cost = "" if request.trains else " It takes a few seconds."
    return f"{what}: kept as a new run beside this one.{cost}{after}"
