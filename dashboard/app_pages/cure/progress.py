"""The cure of a run while it runs or waits, and why it failed."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.jobs import (
    is_training,
    job_run,
    show_job_title,
    show_stop,
    watch_job,
)
from dashboard.shared.text import literal
from dashboard.shared.training import show_ended, show_training, show_waiting
from dashboard.state import loaders
from hirise.jobs import Job, Jobs, forget
from hirise.runs import Run


def show_cure_job(run: Run, jobs: Jobs) -> None:
    """What runs, waits or failed of the cures of this run."""
    running, ended = jobs.running, jobs.ended
    if running is not None:
        if not _is_of(running, run):
            st.caption(
                f":material/hourglass_top: {literal(running.title)} is under way, "
                "see *Train*. A cure that is started now waits for it."
            )
        elif is_training(running):
            show_training(running)
        else:
            _show_without_training(running)
    elif ended is not None and _is_of(ended, run) and ended.state != "finished":
        show_ended(ended)
    if jobs.waiting is not None and _is_of(jobs.waiting, run):
        show_waiting(jobs.waiting)


def is_cured_now(run: Run, jobs: Jobs) -> bool:
    """Whether a cure of this run runs or waits."""
    return any(
        job is not None and _is_of(job, run) for job in (jobs.running, jobs.waiting)
    )


def finished_cure(run: Run, jobs: Jobs, started: str) -> str | None:
    """Id of the run that the job `started` made of this one; None if it did not."""
    job = jobs.ended
    if job is None or job.id != started or not _is_of(job, run):
        return None
    made = job_run(job)
    return None if made is None or job.state != "finished" else made.info.id


def _is_of(job: Job, run: Run) -> bool:
    return job.action == "cure" and job.request.get("run") == run.info.id


def _show_without_training(job: Job) -> None:
    """Too short for curves: a bar, and a way to stop it."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        show_job_title(job)
        if show_stop(job):
            forget(loaders.artifacts_folder(), job.id)
            st.rerun()
    watch_job(job, starting="Curing. This takes a few seconds.")
