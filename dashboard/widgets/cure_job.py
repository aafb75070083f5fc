"""The cure of a run as it goes, and why it failed if it did."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.widgets.text import literal
from dashboard.widgets.training import show_ended, show_training, show_waiting
from hirise.jobs import CureRequest, Job, Jobs, drop, look, run_of, stop
from hirise.runs import Run

OFTEN = 0.4
"""Seconds between two looks at a cure without training, which takes a few."""


def show_cure_job(run: Run, jobs: Jobs) -> None:
    """What runs, waits or failed of the cures of this run."""
    if jobs.running is not None:
        if not _is_of(jobs.running, run):
            st.caption(
                f":material/hourglass_top: {literal(jobs.running.title)} is under way, "
                "see *Train*. A cure that is started now waits for it."
            )
        elif jobs.running.request.trains:
            show_training(jobs.running)
        else:
            _show_at_once(jobs.running)
    elif jobs.ended is not None and _is_of(jobs.ended, run):
        _show_failure(jobs.ended)
    if jobs.waiting is not None and _is_of(jobs.waiting, run):
        show_waiting(jobs.waiting)


def is_cured_now(run: Run, jobs: Jobs) -> bool:
    """Whether a cure of this run goes on or waits."""
    return any(
        job is not None and _is_of(job, run) for job in (jobs.running, jobs.waiting)
    )


def finished_cure(run: Run, jobs: Jobs, started: str) -> str | None:
    """Id of the run that the job `started` made of this one; None if it did not."""
    job = jobs.ended
    if job is None or job.id != started or not _is_of(job, run):
        return None
    made = run_of(state.artifacts_folder(), job)
    return None if made is None or job.state != "finished" else made.info.id


def _show_failure(job: Job) -> None:
    if job.state != "finished":
        show_ended(job)


def _is_of(job: Job, run: Run) -> bool:
    request = job.request
    return isinstance(request, CureRequest) and request.run == run.info.id


def _show_at_once(job: Job) -> None:
    """Too short for curves: what goes on, and a way to stop it."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.subheader(literal(job.title), anchor=False, width="content")
        if st.button("Stop", icon=":material/stop_circle:"):
            stop(state.artifacts_folder(), job.id)
            drop(state.artifacts_folder(), job.id)
            st.rerun()
    _watch(job.id)


@st.fragment(run_every=OFTEN)
def _watch(job_id: str) -> None:
    job = look(state.artifacts_folder()).running
    if job is None or job.id != job_id:
        st.rerun()
    st.progress(0.5, text="Curing; without training it takes a few seconds")
