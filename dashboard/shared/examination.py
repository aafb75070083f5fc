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
from dashboard.shared.text import duration, literal
from dashboard.state.loaders import artifacts_folder, load_experiments
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

LABEL, LABEL_OF_OTHERS = "Run the deciding test", "Run the possible tests"
BUDGET_TEXT = "5 minutes"
BADGES = {
    "confirmed": ("confirmed", "red", ":material/verified:"),
    "refuted": ("refuted", "gray", ":material/block:"),
    "undecided": ("undecided", "orange", ":material/help:"),
}
"""Status of a cause: what people read, its colour and icon."""
RIVALS = 4


def show_examination(run: Run, diagnosis: Diagnosis) -> None:
    """What experiments decided in one line, else the button or the progress."""
    made = kept_examination(run, diagnosis)
    if made is not None:
        st.markdown(f":material/experiment: **{literal(made.sentence)}**")
    elif diagnosis.causes or diagnosis.verdict.failing:
        first = diagnosis.causes[0].key if diagnosis.causes else ""
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key="examine-row"
        ):
            offer_examination(run, None, first)


def can_be_examined(run: Run) -> bool:
    """Whether experiments can be made on a run, which an example is not changed by."""
    return refuse_examination(run) is None


def offer_examination(run: Run, split: str | None, cause: str) -> None:
    """The job that examines this run while it lasts, else the button that starts it.

    Nothing for a run that cannot be examined; the button names the test that can
    confirm `cause`, and its seconds.
    """
    if not can_be_examined(run):
        return
    job = find_job("examine")
    is_own = job is not None and job.request.get("run") == run.info.id
    if job is not None and is_own and not job.has_ended:
        with st.container():
            _show_job(job)
        return
    if job is not None and is_own and job.state == "failed":
        with st.container():
            show_job_error(job)
            show_close(job)
    plan = load_experiments(run, split)
    if not plan.candidates:
        return
    first = plan.deciding(cause)
    pressed = st.button(
        LABEL if first else LABEL_OF_OTHERS,
        key="examine",
        icon=":material/experiment:",
        disabled=poll(artifacts_folder()).waiting is not None,
    )
    if first is not None:
        title, seconds = first.experiment.title, duration(max(first.seconds, 1))
        told = f"{title}: about {seconds}; with others, at most {BUDGET_TEXT}."
    else:
        told = f"The deciding test is not possible here. {plan.why_undecided(cause)}"
    st.caption(literal(told), width="content")
    if pressed:
        start_job(
            "examine",
            ExamineRequest(run.info.id, budget=BUDGET),
            title=f"The deciding test of {run.info.title}",
        )


def count_made(run: Run, diagnosis: Diagnosis) -> int:
    """Experiments that were made."""
    made = kept_examination(run, diagnosis)
    return 0 if made is None else len(made.results)


def show_made(run: Run, split: str | None, diagnosis: Diagnosis) -> None:
    """The experiments that were made, each with what came out."""
    made = kept_examination(run, diagnosis)
    if made is None:
        return
    st.markdown(f"**{literal(made.sentence)}**")
    _show_causes(made)
    for result in made.results:
        _show_result(result)
    if diagnosis.confirmed is not None:
        # Elsewhere the button stands beside the cause that is in question.
        with st.container(horizontal=True, vertical_alignment="center"):
            offer_examination(run, split, diagnosis.confirmed.key)


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
    st.markdown(f"**{literal(result.title)}: {literal(result.meaning)}**")
    lines = [
        f"- {literal(rival.title)}: "
        f"{literal(outcome_meaning(result.key, rival.outcome))}"
        for rival in result.expected[:RIVALS]
    ]
    st.markdown(
        "\n".join(
            (
                f"{literal(result.done)}\n",
                f"{literal(result.sentence)} :small[:gray[{result.seconds:.1f} s]]\n",
                "Predicted:\n",
                *lines,
            )
        )
    )
