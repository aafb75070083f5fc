"""The most likely cause of a failure, and the report of the run."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from dashboard.shared.navigation import offer_cure
from dashboard.shared.text import literal
from hirise.actions.check import CheckResult
from hirise.diagnosis import Cause, Diagnosis
from hirise.diagnosis.checks import TITLES
from hirise.diagnosis.wording import capitalised
from hirise.runs import Run


def show_causes(diagnosis: Diagnosis) -> None:
    """The most likely cause open, the others folded; one line if a failure has none.

    Nothing for a model that works and has no suspected cause.
    """
    causes = diagnosis.causes
    if not causes and not diagnosis.verdict.failing:
        return
    st.header("Causes", anchor=False)
    if not causes:
        st.markdown(
            "What is known does not tell a cause. A training history, the names of the "
            "images and the statistics of the layers would help to find one. A run "
            "that is trained here keeps all three."
        )
        return
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            is_confirmed = diagnosis.confirmed == causes[0]
            badge = "confirmed" if is_confirmed else _likelihood(causes[0])
            st.badge(badge, icon=":material/target:", width="content")
            st.subheader(f"1. {literal(causes[0].title)}", anchor=False)
        show_cause(causes[0], diagnosis)
    for rank, cause in enumerate(causes[1:], start=2):
        with st.expander(f"{rank}. {literal(cause.title)} · {_likelihood(cause)}"):
            show_cause(cause, diagnosis)


def show_cause(cause: Cause, diagnosis: Diagnosis) -> None:
    """A cause with the evidence for and against it, and the test that decides."""
    decided = diagnosis.decided(cause.key)
    if decided:
        st.markdown(f"**{literal(capitalised(decided))}.**")
    for_, against = st.columns(2, gap="medium")
    with for_:
        _show_evidence("Evidence for", cause.statements, cause.for_)
    with against:
        _show_evidence("Evidence against", cause.contradictions, cause.against)
    is_confirmed = diagnosis.confirmed == cause
    if not is_confirmed or not cause.remedies:
        label = "What to do" if is_confirmed else "Deciding test"
        text = f"**{label}:** {literal(cause.experiment)}"
        st.markdown(f":material/experiment: {text}")
    offer_cure(cause.remedies, key=cause.key)


def _likelihood(cause: Cause) -> str:
    return f"{cause.likelihood} · {cause.share}"


def _show_evidence(
    heading: str, statements: Collection[object], codes: Collection[str]
) -> None:
    """Sentences with their numbers, and the checks that they rest on."""
    lines = [f"- {literal(str(one))}" for one in dict.fromkeys(map(str, statements))]
    if codes:
        checks = ", ".join(f"{literal(TITLES[code])} ({code})" for code in codes)
        lines.append(f"\n:small[:gray[Checks: {checks}]]")
    lines = lines or [":gray[None.]"]
    st.markdown("\n".join([f"**{heading}**\n", *lines]))


def offer_report(run: Run, checked: CheckResult) -> None:
    """A button that saves the report as one HTML file, written when it is pressed."""

    def content() -> bytes:
        return checked.to_html().encode("utf-8", "replace")

    evaluation = checked.evidence.evaluation
    split = f"-{evaluation.split}" if evaluation is not None else ""
    st.download_button(
        "Download report",
        content,
        file_name=f"{run.info.id}{split}.html",
        mime="text/html",
        key="report",
        icon=":material/description:",
        help="One HTML file with this verdict, all charts and tables, and the most "
        "confident mistakes. It opens without internet access and can be "
        "printed.",
        on_click="ignore",
    )
