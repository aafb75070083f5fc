"""The process that predicts with a model, as it goes and as it ended."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.shared.navigation import show_opening
from dashboard.shared.states import EVERY
from dashboard.shared.text import literal, show_how_far
from dashboard.shared.verdict import show_verdict
from dashboard.state import loaders
from hirise.errors import InputError
from hirise.jobs.predicting import (
    PredictJob,
    PredictRequest,
    forget_prediction,
    look_prediction,
    predicted_run,
    prediction_log,
    start_prediction,
    stop_prediction,
)
from hirise.runs import Run


def show_loaded(run: Run) -> None:
    """Its verdict, if there is one to give, and the way to its pages."""
    page, label = "learning_curves", "Open its Learning curves"
    try:
        diagnosis = loaders.load_diagnosis(run, None)
        if run.splits() or diagnosis.verdict != "undetermined":
            show_verdict(diagnosis)
            page, label = "overview", "Open its Overview"
    except InputError as error:  # which of its splits is judged is open
        st.info(literal(error), icon=":material/info:")
        page, label = "overview", "Open its Overview"
    show_opening(page, label, run)


def show_prediction() -> PredictJob | None:
    """The prediction that runs or ended last."""
    job = look_prediction(loaders.artifacts_folder())
    if job is None:
        return None
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        _show_title(job)
        if job.state == "running":
            if st.button("Stop", icon=":material/stop_circle:"):
                stop_prediction(loaders.artifacts_folder())
                st.rerun()
        elif st.button("Close", icon=":material/close:", type="tertiary"):
            forget_prediction(loaders.artifacts_folder())
            st.rerun()
    if job.state == "running":
        _watch(job.id)
        return job
    run = predicted_run(loaders.artifacts_folder(), job)
    if job.state == "failed":
        st.error(literal(_reason(job)), icon=":material/error:")
        _show_log()
    elif job.state == "finished" and run is not None:
        show_loaded(run)
    return job


def is_of(job: PredictJob | None, path: Path) -> bool:
    """Whether the job predicts, or has predicted, with this very model."""
    if job is None or job.state not in ("running", "finished"):
        return False
    return Path(job.request.model).name == path.name


def predict(
    path: Path, data: Path, *, scale: str, class_order: str, title: str, keep: bool
) -> None:
    """Start it, and show the page anew."""
    request = PredictRequest(
        str(path), str(data), scale=scale, class_order=class_order, title=title
    )
    start_prediction(loaders.artifacts_folder(), request, keep_model=keep)
    st.rerun()


@st.fragment(run_every=EVERY)
def _watch(job_id: str) -> None:
    job = look_prediction(loaders.artifacts_folder())
    if job is None or job.id != job_id or job.state != "running":
        st.rerun()
    show_how_far(
        prediction_log(loaders.artifacts_folder()),
        before="Starting: TensorFlow is loaded",
    )
    _show_log()


def _show_title(job: PredictJob) -> None:
    names = {
        "running": ("predicting", "blue", ":material/progress_activity:"),
        "finished": ("predicted", "gray", ":material/check:"),
        "failed": ("failed", "red", ":material/error:"),
        "stopped": ("stopped", "orange", ":material/stop_circle:"),
    }
    name, colour, icon = names[job.state]
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", width="content"
    ):
        st.subheader(literal(job.request.name), width="content", anchor=False)
        st.badge(name, color=colour, icon=icon, width="content")  # type: ignore[arg-type]
        images = Path(job.request.data).name
        st.caption(f"on the images of {literal(images)}", width="content")


def _reason(job: PredictJob) -> str:
    """Why it failed; the copy of an uploaded model is called as its owner knows it."""
    return job.error.replace(job.request.model, Path(job.request.model).name)


def _show_log() -> None:
    lines = prediction_log(loaders.artifacts_folder())
    with st.expander("What it prints", icon=":material/terminal:"):
        st.code("\n".join(lines) or "Nothing yet.", language=None, height=160)
