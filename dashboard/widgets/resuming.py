"""The button that lets an interrupted training go on."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.widgets.opening import PAGES
from dashboard.widgets.text import literal
from hirise.errors import InputError
from hirise.jobs import ResumeRequest, look, start
from hirise.runs import Run
from hirise.runs.reopen import why_not_resumed


def offer_resume(run: Run, *, key: str) -> None:
    """A button that queues the rest of the training; nothing where that cannot be."""
    if why_not_resumed(run):
        return
    artifacts = state.artifacts_folder()
    request, jobs = ResumeRequest(run.info.id, run.info.title), look(artifacts)
    if request in [job.request for job in (jobs.running, jobs.waiting) if job]:
        st.page_link(
            PAGES / "train.py", label="It is resumed", icon=":material/arrow_forward:"
        )
        return
    pressed = st.button(
        "Resume next" if jobs.running else "Resume",
        key=f"resume-{key}",
        icon=":material/resume:",
        disabled=jobs.waiting is not None,
        help="One job waits already; only one can."
        if jobs.waiting
        else f"Goes on after epoch {len(run.history())}, with the same settings, to "
        "what an undisturbed training comes to.",
    )
    if not pressed:
        return
    try:
        start(artifacts, request)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
    else:
        st.switch_page(PAGES / "train.py", query_params={})
