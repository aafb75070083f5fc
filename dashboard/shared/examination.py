"""The deciding test of a run: its button, its progress, and what came out."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.jobs import (
    find_job,
    show_close,
    show_job_error,
    show_job_title,
    show_stop,
    start_job,
    watch_job,
)
from dashboard.shared.text import literal
from dashboard.state.loaders import artifacts_folder
from hirise.actions.examine import (
    BUDGET,
    ExamineRequest,
    ExamineResult,
    kept_examination,
    outcome_meaning,
    refuse_examination,
)
from hirise.diagnosis import Diagnosis
from hirise.jobs import Job, poll
from hirise.runs import Run
from hirise.runs.experiments import ExperimentResult

LABEL = "Run the deciding test"
CAPTION = "At most 5 minutes, the most telling experiments first."
BADGES = {
    "confirmed": ("confirmed", "red", ":material/verified:"),
    "refuted": ("refuted", "gray", ":material/block:"),
    "undecided": ("undecided", "orange", ":material/help:"),
}
"""Status of a cause: what people read, its colour and icon."""
RIVALS = 4


def show_examination(run: Run, diagnosis: Diagnosis, *, details: bool = True) -> None:
    """The button or the progress of the experiments, and what they decided.

    Nothing where no cause is in question. Without `details` only the conclusion.
    """
    made = kept_examination(run, diagnosis)
    refusal = refuse_examination(run)
    if refusal is not None and made is None:
        return
    if made is None and not diagnosis.causes and not diagnosis.verdict.failing:
        return
    with st.container(border=True, gap="small"):
        if made is not None:
            st.markdown(f":material/experiment: **{literal(made.sentence)}**")
            if details:
                _show_causes(made)
        if refusal is None:
            _show_job_or_button(run, is_again=made is not None)
    if made is not None and details:
        for result in made.results:
            _show_result(result)


def _show_job_or_button(run: Run, *, is_again: bool) -> None:
    """The job that examines this run while it lasts, else the button."""
    job = find_job("examine")
    is_own = job is not None and job.request.get("run") == run.info.id
    if job is not None and is_own and not job.has_ended:
        _show_job(job)
        return
    if job is not None and is_own and job.state == "failed":
        show_job_error(job)
        show_close(job)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button(
            f"{LABEL} again" if is_again else LABEL,
            key="examine",
            icon=":material/experiment:",
            disabled=poll(artifacts_folder()).waiting is not None,
        )
        st.caption(CAPTION, width="content")
    if pressed:
        start_job(
            "examine",
            ExamineRequest(run.info.id, budget=BUDGET),
            title=f"The deciding test of {run.info.title}",
        )


def _show_job(job: Job) -> None:
    show_job_title(job)
    watch_job(job, starting="Starting: the run is checked")
    if show_stop(job):
        st.rerun()


def _show_causes(made: ExamineResult) -> None:
    """Each likely cause with its status."""
    for _, title, before, decision in made.causes():
        name, colour, icon = BADGES[decision.status]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(name, color=colour, icon=icon, width="content")  # type: ignore[arg-type]
            st.markdown(
                f"{literal(title)} :small[:gray[{before:.0%} before, "
                f"{decision.probability:.0%} after]]",
                width="content",
            )


def _show_result(result: ExperimentResult) -> None:
    """One experiment: what was done, what each rival predicted, what came out."""
    with st.expander(f"{literal(result.title)}: {literal(result.meaning)}"):
        st.markdown(f"**What was done.** {literal(result.done)}")
        lines = [
            f"- {literal(rival.title)}: "
            f"{literal(outcome_meaning(result.key, rival.outcome))}"
            for rival in result.expected[:RIVALS]
        ]
        st.markdown("\n".join(["**What each rival predicted**\n", *lines]))
        st.markdown(f"**What came out.** {literal(result.sentence)}")
        st.caption(f"{result.seconds:.1f} s")
