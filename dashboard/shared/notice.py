"""How far work is, in the browser's title, and a notice when it is done."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.jobs import BADGES
from dashboard.shared.states import EVERY
from dashboard.shared.text import literal
from dashboard.state.loaders import artifacts_folder
from hirise.jobs import Job, Jobs, poll, read_progress

GOING = "jobs-going"
"""In the session: ids of the jobs that had not ended when it last looked."""
ENDED = "job-ended"
"""In the session: the page's title when a job ended there, and the mark before it."""
MARKS = {"finished": "✓", "failed": "✗"}


def show_title(title: str) -> None:
    """The browser's title; while a job goes on it also tells how far it is."""
    if _tell(poll(artifacts_folder()), title):
        _follow(title)


@st.fragment(run_every=EVERY)
def _follow(title: str) -> None:
    _tell(poll(artifacts_folder()), title)


def _tell(jobs: Jobs, title: str) -> bool:
    """Whether a job goes on; a toast for each that ended since the last look."""
    going = [job for job in jobs.jobs if not job.has_ended]
    known = st.session_state.get(GOING, frozenset())
    st.session_state[GOING] = frozenset(job.id for job in going)
    for job in jobs.jobs:
        if job.has_ended and job.id in known:
            name, _, icon = BADGES[job.state]
            st.toast(f"{literal(job.title)}: {name}.", icon=icon, duration="long")
            st.session_state[ENDED] = (title, MARKS.get(job.state, ""))
    if going:
        st.session_state.pop(ENDED, None)
        text = f"{_how_far(jobs.running or going[0])} · {title}"
    else:
        where, mark = st.session_state.get(ENDED, ("", ""))
        text = f"{mark} {title}" if mark and where == title else title
    st.set_page_config(page_title=text)
    return bool(going)


def _how_far(job: Job) -> str:
    fraction = read_progress(artifacts_folder(), job.id).fraction
    return "…" if fraction is None else f"{min(max(fraction, 0.0), 1.0):.0%}"
