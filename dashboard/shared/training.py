"""A training as it goes and as it ended, read from its run folder and the job file."""

from __future__ import annotations

import re
from contextlib import suppress

import streamlit as st

from dashboard.shared.charts import show_chart
from dashboard.shared.navigation import show_opening
from dashboard.shared.states import EVERY, STATUS, offer_resume, progress_text
from dashboard.shared.text import literal
from dashboard.shared.verdict import show_verdict
from dashboard.state import loaders
from hirise.data.simulated import parse_simulated
from hirise.diagnosis import ongoing_collapse
from hirise.errors import InputError
from hirise.figures.learning_curves import CURVES, learning_curve_figure
from hirise.figures.predicted_classes import predicted_classes_figure
from hirise.jobs import CureRequest, Job, drop, log_tail, look, run_of, stop
from hirise.jobs.turn import WAITS
from hirise.runs import Run, find_run

_SIMULATED = re.compile(r"Simulating: ([\d,]+) of [\d,]+ landmarks")
"""What `hirise train` prints while it simulates."""

ROOM = 4
"""Epochs that the live charts have room for from the start."""

ORDER = ("macro_f1", "loss", "accuracy", "balanced_accuracy")
"""The curves, those first that a collapse shows in."""

LOG_HEIGHT = 260
"""Pixels, as high as a chart; the rest scrolls."""

ENDED = {
    "finished": ("finished", "finished"),
    "failed": ("failed", "failed"),
    "stopped": ("stopped", "interrupted"),
}
"""How a job ended: what people read, and the status whose colours it has."""


def show_training(job: Job) -> None:
    """The job that runs: how far, how well, what it says, and how to stop it."""
    run = run_of(loaders.artifacts_folder(), job)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        _show_title("training", job, "training")
        _offer_stop(job, run)
    _watch(job.id, None if run is None else run.stamp)
    if run is not None and not run.history().empty:
        announced = ongoing_collapse(loaders.load_evidence(run, None))
        if announced:
            st.error(f"## :material/dangerous: Collapsing\n\n{literal(announced)}")
        _show_curves(run, job)
    else:
        _watch_log(job)


def show_waiting(job: Job) -> None:
    """The job that waits, which can be taken back."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        with st.container(
            horizontal=True, vertical_alignment="center", width="content"
        ):
            st.badge("waits", color="gray", icon=":material/schedule:", width="content")
            st.markdown(
                f"**{literal(job.title)}** is next: it starts when this training has "
                "ended and a page is open.",
                width="content",
            )
        if st.button("Take back", icon=":material/undo:", type="tertiary"):
            drop(loaders.artifacts_folder(), job.id)
            st.rerun()


def show_ended(job: Job) -> None:
    """The job that ended last: its verdict, or why there is none."""
    run = run_of(loaders.artifacts_folder(), job)
    word, status = ENDED.get(job.state, ENDED["failed"])
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        _show_title(word, job, status)
        if st.button("Close", icon=":material/close:", type="tertiary"):
            drop(loaders.artifacts_folder(), job.id)
            st.rerun()
    if run is not None and run.splits() and run.info.status == "finished":
        show_verdict(loaders.load_diagnosis(run, None))
        with st.container(horizontal=True, gap="small"):
            show_opening("overview", "Open its Overview", run)
            _offer_proof(job)
        return
    if job.state == "failed":
        own = run is not None and run.info.job == job.id
        error = (run.info.error if run and own else None) or job.error
        st.error(literal(error), icon=":material/error:")
    if run is None:
        st.caption("It ended before its first file was written; no run was made.")
    else:
        st.caption(f"{_done(run)} What it wrote until then is kept.")
        with st.container(horizontal=True, gap="small"):
            offer_resume(run, key="job")
            show_opening("learning_curves", "Open its Learning curves", run)
    with st.expander("What it printed, newest first", icon=":material/terminal:"):
        _show_log(job)


def _offer_proof(job: Job) -> None:
    """The way to the run that was cured, where before and after are compared."""
    if isinstance(job.request, CureRequest):
        with suppress(InputError):  # deleted meanwhile
            before = find_run(loaders.artifacts_folder(), job.request.run)
            show_opening("cure", "Before and after", before)


@st.fragment(run_every=EVERY)
def _watch(job_id: str, shown: loaders.Stamp | None) -> None:
    """How far it is; the page is drawn anew when an epoch or the training ends."""
    artifacts = loaders.artifacts_folder()
    job = look(artifacts).running
    if job is None or job.id != job_id:
        st.rerun()
    run = run_of(artifacts, job)
    if (None if run is None else run.stamp) != shown:
        st.rerun()
    if run is None or run.info.job != job.id:
        _show_start(job)
    else:
        st.progress(_share_done(run), text=progress_text(run))


def _show_start(job: Job) -> None:
    """How far simulating the images is, where they are simulated; then what follows."""
    if not job.request.trains:
        st.progress(0.5, text="Curing; without training it takes a few seconds")
        return
    lines = log_tail(loaders.artifacts_folder(), job.id)
    if lines and lines[-1].startswith(WAITS):
        st.progress(0.0, text=literal(lines[-1].partition(". Ctrl-C")[0]))
        return
    data = getattr(job.request, "data", "")
    mars = parse_simulated(data) if data else None
    if mars is None or mars.is_kept:
        st.progress(0.0, text="Starting: looking at the images, loading TensorFlow")
        return
    found = [line for line in map(_SIMULATED.fullmatch, lines) if line]
    n_done = int(found[-1][1].replace(",", "")) if found else 0
    st.progress(
        min(n_done / mars.n_landmarks, 1.0),
        text=f"Simulating Mars: {n_done:,} of {mars.n_landmarks:,} landmarks; they are "
        "kept for the next time",
    )


@st.fragment(run_every=EVERY)
def _watch_log(job: Job) -> None:
    st.subheader("What it prints, newest first", anchor=False)
    _show_log(job)


def _share_done(run: Run) -> float:
    """Share of all batches that is done, in [0, 1]."""
    found = run.progress() or {}
    epochs = found.get("epochs") or (run.info.recipe or {}).get("epochs") or 1
    within = found.get("batch", 0) / max(found.get("batches", 1), 1)
    done = max(found.get("epoch", 1) - 1 + within, len(run.history()))
    return float(min(done / epochs, 1.0))


def _show_curves(run: Run, job: Job) -> None:
    """The predicted labels of validation images first: there a collapse is seen."""
    history, guessing = run.history(), loaders.load_baselines(run)
    counts = run.predicted_counts()
    spread = counts[counts["split"] == "val"].reset_index(drop=True)
    with st.grid(2, min_column_width=340, gap="medium"):
        with st.container(gap="xsmall"):
            show_chart(
                predicted_classes_figure(spread, at_least=ROOM),
                key="live-spread",
                title="Predicted labels",
                alt="Share of each class among the predicted labels of validation "
                "images, epoch by epoch",
                table=spread,
                help="Of the validation images. One colour that takes the whole bar is "
                "a collapse.",
            )
        for metric in ORDER:
            title = CURVES[metric]
            with st.container(gap="xsmall"):
                show_chart(
                    learning_curve_figure(
                        history,
                        metric,
                        baselines=guessing.get(metric),
                        at_least=ROOM,
                    ),
                    key=f"live-{metric}",
                    title=title,
                    alt=f"{title} of training and validation over the epochs so far",
                    table=history[["epoch", metric, f"val_{metric}"]],
                )
        with st.container(gap="small"):
            _watch_log(job)


def _show_title(word: str, job: Job, status: str) -> None:
    _, colour, icon = STATUS[status]
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", width="content"
    ):
        st.subheader(literal(job.title), width="content", anchor=False)
        st.badge(word, color=colour, icon=icon, width="content")  # type: ignore[arg-type]
        st.caption(literal(job.request.told), width="content")


def _offer_stop(job: Job, run: Run | None) -> None:
    with st.popover("Stop", icon=":material/stop_circle:"):
        st.markdown(
            f"Stop this training? {_done(run) if run else ''} What is written is kept, "
            "and it can be resumed; until then there is no verdict."
        )
        if st.button("Stop it", type="primary", icon=":material/stop_circle:"):
            with st.spinner("Stopping …"):
                stop(loaders.artifacts_folder(), job.id)
            st.rerun()


def _done(run: Run) -> str:
    n, epochs = len(run.history()), (run.info.recipe or {}).get("epochs", "?")
    return f"{n} of {epochs} epochs done."


def _show_log(job: Job) -> None:
    lines = log_tail(loaders.artifacts_folder(), job.id)
    text = "\n".join(reversed(lines)) or "Nothing yet."
    st.code(text, language=None, height=LOG_HEIGHT, wrap_lines=True)
