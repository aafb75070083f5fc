"""The most likely cause of a failure: how sure it is, and the two steps from here."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from dashboard.shared.documentation import offer_text
from dashboard.shared.examination import can_be_examined, offer_examination
from dashboard.shared.navigation import show_cure_with
from dashboard.shared.terms import terms_in
from dashboard.shared.text import literal
from dashboard.state import loaders
from hirise.diagnosis import Cause, Diagnosis
from hirise.diagnosis.checks import TITLES
from hirise.diagnosis.wording import capitalised
from hirise.runs import Run


def show_first_cause(run: Run, split: str | None, diagnosis: Diagnosis) -> None:
    """The first cause with its evidence in a sentence, its test and its cure.

    Nothing for a model that works and has no suspected cause.
    """
    cause = diagnosis.cause
    if cause is None and not diagnosis.verdict.failing:
        if diagnosis.tone == "doubtful":
            _offer_cure(run, split, None)
        return
    with st.container(border=True, gap="xsmall"):
        if cause is None:
            _explain_no_cause()
        else:
            _show_cause(cause, diagnosis)
        if diagnosis.confirmed is None and can_be_examined(run):
            test, cure = st.columns(2, gap="small")
            with test:
                offer_examination(run, split, "" if cause is None else cause.key)
        else:
            cure = st.container(horizontal=True, vertical_alignment="center")
        with cure:
            _offer_cure(run, split, cause)


def show_evidence_of_causes(diagnosis: Diagnosis) -> None:
    """The evidence for and against each cause, the likeliest first."""
    for cause in diagnosis.causes:
        standing = literal(diagnosis.standing(cause))
        st.subheader(literal(cause.title), anchor=False)
        st.caption(standing)
        _show_evidence_of(cause, diagnosis)


def _show_cause(cause: Cause, diagnosis: Diagnosis) -> None:
    is_confirmed = diagnosis.confirmed == cause
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(
            "confirmed" if is_confirmed else f"{cause.likelihood} · {cause.share}",
            icon=":material/verified:" if is_confirmed else ":material/target:",
            width="content",
        )
        heading = "Cause" if is_confirmed else "Most likely cause"
        st.subheader(
            f"{heading}: {literal(cause.title)}", anchor=False, width="content"
        )
        offer_text(cause.key, key=cause.key, label="Explain", icon=":material/help:")
    decided = diagnosis.decided(cause.key)
    parts = [f"{capitalised(decided)}."] if decided else []
    parts += list(dict.fromkeys(map(str, cause.statements)))[:2]
    text = " ".join(parts)
    st.markdown(literal(text), help=terms_in(text))


def _explain_no_cause() -> None:
    st.subheader("No cause stands out", anchor=False)
    st.markdown(
        "What is known does not tell a cause. A training history, the names of the "
        "images and the statistics of the layers would help to find one. A run "
        "that is trained here keeps all three."
    )


def _offer_cure(run: Run, split: str | None, cause: Cause | None) -> None:
    """The button to the first remedy that works, or why none does."""
    first = loaders.load_first_remedy(run, split)
    if first is None:
        if cause is not None:
            st.caption(f"What to do: {literal(cause.experiment)}")
        return
    preview = first.preview
    if preview.refusal is not None:
        reason = literal(preview.refusal)
        st.caption(f"Cure “{first.title}” is not possible here: {reason}")
        return
    show_cure_with(preview.key, "Cure", kind="primary")
    change = f" ({preview.effect.rstrip('.')})" if preview.effect else ""
    st.caption(literal(f"{first.title}{change}; takes {first.takes}."))


def _show_evidence_of(cause: Cause, diagnosis: Diagnosis) -> None:
    for_, against = st.columns(2, gap="medium")
    with for_:
        _show_evidence("Evidence for", cause.statements, cause.for_)
    with against:
        _show_evidence("Evidence against", cause.contradictions, cause.against)
    if diagnosis.confirmed != cause:
        st.markdown(f"**Deciding test:** {literal(cause.experiment)}")


def _show_evidence(
    heading: str, statements: Collection[object], codes: Collection[str]
) -> None:
    """Sentences with their numbers, and the checks that they rest on."""
    lines = [f"- {literal(str(one))}" for one in dict.fromkeys(map(str, statements))]
    if codes:
        checks = ", ".join(f"{literal(TITLES[code])} ({code})" for code in codes)
        lines.append(f"\n:small[:gray[Checks: {checks}]]")
    lines = lines or [":gray[None.]"]
    said = " ".join(map(str, statements))
    st.markdown("\n".join([f"**{heading}**\n", *lines]), help=terms_in(said))
