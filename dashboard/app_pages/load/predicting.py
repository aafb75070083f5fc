"""A prediction with a model of someone else while it runs, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.shared.jobs import (
    find_job,
    job_run,
    show_close,
    show_job_title,
    show_log,
    show_stop,
    start_job,
    watch_job,
)
from dashboard.shared.navigation import show_opening
from dashboard.shared.text import literal, on_pages
from dashboard.shared.verdict import show_verdict
from dashboard.state import loaders
from hirise.actions.preconditions import refuse_training
from hirise.actions.predict import PredictRequest
from hirise.actions.runs import DeleteRequest, delete_run
from hirise.data import Catalog
from hirise.errors import InputError
from hirise.jobs import Job
from hirise.runs import Run


def show_loaded(run: Run) -> None:
    """Its verdict, if there is one to give, and the way to its pages."""
    page, label = "learning_curves", "Open its Learning curves"
    try:
        diagnosis = loaders.load_diagnosis(run, None)
        if run.splits() or diagnosis.verdict.key != "undetermined":
            show_verdict(diagnosis)
            page, label = "overview", "Open its Overview"
    except InputError as error:  # which of its splits is evaluated is open
        st.info(literal(error), icon=":material/info:")
        page, label = "overview", "Open its Overview"
    show_opening(page, label, run)


def show_prediction() -> Job | None:
    """The prediction that runs or ended last."""
    job = find_job("predict")
    if job is None:
        return None
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        show_job_title(job)
        if job.has_ended:
            show_close(job)
        elif show_stop(job):
            run = job_run(job)
            if run is not None:
                delete_run(DeleteRequest(run))
            st.rerun()
    if not job.has_ended:
        watch_job(job, starting="Starting: TensorFlow is loaded")
    elif job.state == "failed":
        st.error(literal(_reason(job)), icon=":material/error:")
    elif job.state == "finished" and (run := job_run(job)) is not None:
        show_loaded(run)
    if job.state in ("running", "failed"):
        with st.expander("Output, newest first", icon=":material/terminal:"):
            show_log(job)
    return job


def is_of(job: Job | None, path: Path) -> bool:
    """Whether the job predicts, or has predicted, with this very model."""
    if job is None or job.state not in ("running", "finished"):
        return False
    return Path(str(job.request.get("model"))).name == path.name


def predict(
    path: Path,
    data: tuple[Path, Catalog],
    taken: dict[str, Any],
    *,
    title: str,
    keep: bool,
) -> None:
    """Start it and draw the page anew.

    `taken` says how the model takes its images, by the names of `PredictRequest`;
    `keep` copies a model that may go meanwhile.
    """
    start_job(
        "predict",
        PredictRequest(
            model=str(path),
            data=str(data[0]),
            label_column=data[1].label_column or None,
            title=title or None,
            **taken,
        ),
        title=title or path.stem,
        refusal=refuse_training(loaders.artifacts_folder(), "A prediction"),
        copied=["model"] if keep else [],
    )


def _reason(job: Job) -> str:
    """Why it failed; the copy of an uploaded model is named as its owner knows it."""
    reason = "" if job.error is None else job.error.worded(on_pages)
    model = str(job.request.get("model"))
    return reason.replace(model, Path(model).name)
