"""A job on a page: its title, its progress, its log, and ways to stop or close it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dashboard.shared.states import EVERY
from dashboard.shared.text import duration, literal
from dashboard.state import loaders
from hirise.errors import InputError, Refusal
from hirise.jobs import (
    Job,
    Jobs,
    forget,
    log_tail,
    poll,
    read_progress,
    request_fields,
    run_of,
    start,
    stop,
)
from hirise.progress import Status
from hirise.remedies import PREDICTION_KEYS
from hirise.remedies.weights import REPREDICTED
from hirise.runs import Run

BADGES = {
    "waiting": ("waiting", "gray", ":material/schedule:"),
    "running": ("running", "blue", ":material/progress_activity:"),
    "finished": ("finished", "gray", ":material/check:"),
    "failed": ("failed", "red", ":material/error:"),
    "stopped": ("stopped", "orange", ":material/stop_circle:"),
}
"""State of a job: what people read, its colour and icon."""

LOG_HEIGHT = 260
"""Pixels, as high as a chart; the rest scrolls."""

WITHOUT_TRAINING = frozenset((*PREDICTION_KEYS, REPREDICTED.key))
"""Remedies without TensorFlow of their own and without epochs to show."""


def find_job(action: str) -> Job | None:
    """The last job of an action."""
    return poll(loaders.artifacts_folder()).newest(action)


def is_asked_for(job: Job, request: object) -> bool:
    """Whether a job was started with this very request."""
    return job.request == request_fields(loaders.artifacts_folder(), request)


def start_job(
    action: str,
    request: object,
    *,
    title: str,
    refusal: Refusal | None = None,
    copied: Sequence[str] = (),
) -> None:
    """Start an action and draw the page anew; a refusal is shown instead."""
    try:
        if refusal is not None:
            raise refusal.error()
        start(loaders.artifacts_folder(), action, request, title=title, copied=copied)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
    else:
        st.rerun()


def job_run(job: Job) -> Run | None:
    """The run that a job makes or made; that of a resumed training is there already."""
    artifacts = loaders.artifacts_folder()
    made = run_of(artifacts, job)
    if made is None and job.action == "resume":
        runs = loaders.all_runs().runs
        return next((r for r in runs if r.info.id == job.request.get("run")), None)
    return made


def is_training(job: Job) -> bool:
    """Whether a job trains, so that there are epochs to show."""
    if job.action == "cure":
        return not WITHOUT_TRAINING.issuperset(job.request.get("remedies") or ())
    return job.action in ("train", "resume")


def describe(job: Job) -> str:
    """What a job was asked for, in a few words."""
    request = job.request
    settings = [f"{k}={v}" for k, v in (request.get("settings") or {}).items()]
    match job.action:
        case "train":
            parts = [f"recipe {request.get('recipe')}", f"seed {request.get('seed')}"]
        case "resume":
            parts = ["resumed from its last finished epoch"]
        case "cure":
            without = [f"without {name}" for name in request.get("leave_out") or ()]
            parts = [f"cure of {request.get('run')}", *without]
        case "predict":
            parts = [f"on the images of {Path(str(request.get('data'))).name}"]
        case _:
            parts = [str(request.get("run", ""))]
    return ", ".join([*parts, *settings])


def show_job_title(job: Job) -> None:
    """The title of a job, its state, and what it was asked for."""
    name, colour, icon = BADGES[job.state]
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", width="content"
    ):
        st.header(literal(job.title), width="content", anchor=False)
        st.badge(name, color=colour, icon=icon, width="content")  # type: ignore[arg-type]
        st.caption(literal(describe(job)), width="content")


@st.fragment(run_every=EVERY)
def watch_job(job: Job, *, starting: str) -> None:
    """The progress of a job; the page is drawn anew when its state changes.

    `starting` stands there until the job reports a step.
    """
    now = poll(loaders.artifacts_folder()).get(job.id)
    if now is None or now.state != job.state:
        st.rerun()
    show_job_progress(job, starting=starting)


def show_job_progress(job: Job, *, starting: str) -> None:
    """A bar with the step of a job and the time that is left."""
    status = read_progress(loaders.artifacts_folder(), job.id)
    fraction = min(max(status.fraction or 0.0, 0.0), 1.0)
    st.progress(fraction, text=literal(progress_text(status) or starting))


def progress_text(status: Status) -> str:
    """Such as "Epoch 2 of 5: 30 of 98 batches, about 4 min left"."""
    text = status.step
    if status.total:
        text += f": {status.done:,} of {status.total:,} {status.unit}"
    if status.seconds_left:
        text += f", about {duration(status.seconds_left)} left"
    return text


def show_job_error(job: Job) -> None:
    """Why a job failed."""
    if job.error is not None:
        st.error(literal(job.error), icon=":material/error:")


def show_log(job: Job) -> None:
    """What a job printed, newest first."""
    lines = log_tail(loaders.artifacts_folder(), job.id)
    text = "\n".join(reversed(lines)) or "Nothing yet."
    st.code(text, language=None, height=LOG_HEIGHT, wrap_lines=True)


@st.fragment(run_every=EVERY)
def watch_log(job: Job) -> None:
    """What a job prints, as it goes on."""
    st.header("Output, newest first", anchor=False)
    show_log(job)


def show_stop(job: Job) -> bool:
    """A button that stops a job; whether it was pressed and the job has ended."""
    if not st.button("Stop", icon=":material/stop_circle:", key=f"stop-{job.action}"):
        return False
    with st.spinner("Stopping …"):
        stop(loaders.artifacts_folder(), job.id)
    return True


def show_close(job: Job) -> None:
    """A button that forgets a job which has ended."""
    if st.button("Close", icon=":material/close:", type="tertiary"):
        forget(loaders.artifacts_folder(), job.id)
        st.rerun()


def start_button(label: str, icon: str, caption: str, jobs: Jobs) -> bool:
    """The button that starts a job, off while another one waits; whether pressed."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button(
            label, type="primary", icon=icon, disabled=jobs.waiting is not None
        )
        st.caption(caption, width="content")
    return pressed
