"""A training while it runs and after, from its run folder and its job."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from dashboard.shared.curves import show_learning_curves, show_predicted_classes
from dashboard.shared.jobs import (
    job_run,
    show_close,
    show_job_error,
    show_job_progress,
    show_job_title,
    show_log,
    watch_log,
)
from dashboard.shared.navigation import show_opening
from dashboard.shared.states import EVERY, offer_resume
from dashboard.shared.text import literal
from dashboard.shared.verdict import show_verdict
from dashboard.state import loaders
from hirise.actions import resolve_run
from hirise.errors import InputError
from hirise.jobs import Job, forget, poll, read_progress, stop
from hirise.runs import Run

ROOM = 4
"""Epochs that the live charts have room for from the start."""

ORDER = ("macro_f1", "loss", "accuracy", "balanced_accuracy")
"""The curves, those first that a collapse shows in."""

STARTING = "Starting: reading the images, loading TensorFlow"


def show_training(job: Job) -> None:
    """A training that runs: its progress, curves and output, and a way to stop it."""
    run = job_run(job)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        show_job_title(job)
        _offer_stop(job, run)
    _watch_training(job, None if run is None else run.stamp)
    if run is None or run.history().empty:
        watch_log(job)
        return
    announced = loaders.load_check(run, None).ongoing_collapse
    if announced is not None:
        st.error(f"## :material/dangerous: Collapsing\n\n{literal(str(announced))}")
    _show_curves(run, job)


def show_waiting(job: Job) -> None:
    """A job that waits for its turn, and a way to take it back."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        show_job_title(job)
        if st.button("Take back", icon=":material/undo:", type="tertiary"):
            forget(loaders.artifacts_folder(), job.id)
            st.rerun()
    _watch_waiting(job)


def show_ended(job: Job) -> None:
    """The training that ended last: its verdict, or why there is none."""
    run = job_run(job)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        show_job_title(job)
        show_close(job)
    if run is not None and run.splits() and run.info.status == "finished":
        show_verdict(loaders.load_diagnosis(run, None))
        with st.container(horizontal=True, gap="small"):
            show_opening("overview", "Open its Overview", run)
            _offer_proof(job)
        return
    if job.state == "failed":
        show_job_error(job)
    if job.action == "examine":
        _offer_examined(job)
        return
    if run is None:
        st.caption("It ended before its first file was written. No run was made.")
    else:
        st.caption(f"{_epochs_done(run)} Everything that it wrote until then is kept.")
        with st.container(horizontal=True, gap="small"):
            offer_resume(run, key="job")
            show_opening("learning_curves", "Open its Learning curves", run)
    with st.expander("Output, newest first", icon=":material/terminal:"):
        show_log(job)


def _offer_examined(job: Job) -> None:
    """The way to the run that was examined, which keeps what came out."""
    with suppress(InputError):  # deleted meanwhile
        run = resolve_run(str(job.request.get("run")), loaders.artifacts_folder())
        show_opening("overview", "What the experiments decided", run)


def _offer_proof(job: Job) -> None:
    """The way to the run that was cured, where before and after are compared."""
    if job.action == "cure":
        with suppress(InputError):  # deleted meanwhile
            before = resolve_run(
                str(job.request.get("run")), loaders.artifacts_folder()
            )
            show_opening("cure", "Before and after", before)


@st.fragment(run_every=EVERY)
def _watch_training(job: Job, shown: loaders.Stamp | None) -> None:
    """Progress; the page is drawn anew when an epoch or the training ends."""
    now = poll(loaders.artifacts_folder()).get(job.id)
    if now is None or now.state != job.state:
        st.rerun()
    run = job_run(job)
    if (None if run is None else run.stamp) != shown:
        st.rerun()
    show_job_progress(job, starting=STARTING)


@st.fragment(run_every=EVERY)
def _watch_waiting(job: Job) -> None:
    artifacts = loaders.artifacts_folder()
    now = poll(artifacts).get(job.id)
    if now is None or now.state != job.state:
        st.rerun()
    message = read_progress(artifacts, job.id).message
    start = message or "It starts when the training before it has ended."
    st.caption(f"{literal(job.title)} is next. {literal(start)}")


def _show_curves(run: Run, job: Job) -> None:
    """The predicted labels of validation images first: there a collapse is seen."""
    with st.grid(2, min_column_width=340, gap="medium"):
        with st.container(gap="xsmall"):
            show_predicted_classes(
                run.predicted_counts(),
                "val",
                key="live-spread",
                title="Predicted labels",
                at_least=ROOM,
            )
        show_learning_curves(
            run.history(),
            loaders.load_baselines(run),
            ORDER,
            key="live",
            at_least=ROOM,
        )
        with st.container(gap="small"):
            watch_log(job)


def _offer_stop(job: Job, run: Run | None) -> None:
    with st.popover("Stop", icon=":material/stop_circle:"):
        st.markdown(
            f"Stop this training? {_epochs_done(run) if run else ''} Written files "
            "are kept, and the training can be resumed. Until then there is no "
            "verdict."
        )
        if st.button("Stop it", type="primary", icon=":material/stop_circle:"):
            with st.spinner("Stopping …"):
                stop(loaders.artifacts_folder(), job.id)
            st.rerun()


def _epochs_done(run: Run) -> str:
    n, epochs = len(run.history()), (run.info.recipe or {}).get("epochs", "?")
    return f"{n} of {epochs} epochs done."
