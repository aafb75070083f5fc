"""The verdict, its evidence and its findings."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from dashboard.shared.image_links import link_finding
from dashboard.shared.navigation import offer_cure
from dashboard.shared.text import literal
from hirise.diagnosis import Diagnosis, Finding

ICONS = {
    "collapsed": "dangerous",
    "partly-collapsed": "dangerous",
    "uninformed": "dangerous",
    "undetermined": "help",
    "weak": "warning",
    "healthy": "check_circle",
}

BOXES = {
    "bad": st.error,
    "unsure": st.info,
    "doubtful": st.warning,
    "good": st.success,
}
"""By `Diagnosis.tone`."""

SEVERITY = {
    "error": ("red", ":material/error:"),
    "warning": ("orange", ":material/warning:"),
    "note": ("gray", ":material/info:"),
}
"""Colour and icon of each severity."""


def show_verdict(diagnosis: Diagnosis) -> None:
    """The verdict in one line and its sentence: the first thing on the first page."""
    verdict = diagnosis.verdict
    title = f"## :material/{ICONS[verdict.key]}: {literal(verdict.title)}"
    body = f"{title}\n\n{literal(verdict.text)}"
    BOXES[diagnosis.tone](body)


def show_evidence(diagnosis: Diagnosis) -> None:
    """Evidence for and against a collapse in one line, each with its number."""
    line = diagnosis.indicator_text
    if line:
        st.caption(literal(line))


def show_findings(
    diagnosis: Diagnosis, *, codes: Collection[str] | None = None
) -> None:
    """A card per finding, errors first, notes folded; `codes` keeps only those."""
    chosen = [f for f in diagnosis.findings if codes is None or f.code in codes]
    notes = [f for f in chosen if f.severity == "note"]
    for number, finding in enumerate(chosen):
        if finding.severity != "note":
            key = f"{finding.code}-{number}"
            show_finding(finding, key=key, is_effect=diagnosis.is_effect(finding))
    if notes:
        label = "1 note" if len(notes) == 1 else f"{len(notes)} notes"
        with st.expander(label, icon=":material/info:"):
            for number, note in enumerate(notes):
                key = f"{note.code}-note-{number}"
                show_finding(note, key=key, is_effect=diagnosis.is_effect(note))


def show_finding(finding: Finding, *, key: str, is_effect: bool = False) -> None:
    """One finding: title, severity, evidence, advice, and a button to its cure.

    `key` tells its button from others on the page. An effect of a confirmed cause has
    none: the cause is cured first.
    """
    colour, icon = SEVERITY[finding.severity]
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(finding.severity, color=colour, icon=icon, width="content")  # type: ignore[arg-type]
            subject = f" · {literal(finding.subject)}" if finding.subject else ""
            st.markdown(f"**{literal(finding.title)}**{subject}", width="content")
            st.caption(finding.code, width="content")
            link_finding(finding)
            if not is_effect:
                offer_cure(finding.remedies, key=key)
        st.markdown(literal(finding.evidence))
        if finding.advice:
            st.markdown(f"**What to do:** {literal(finding.advice)}")


def show_other_checks(diagnosis: Diagnosis) -> None:
    """Checks that passed, and those that are not applicable, with the reason."""
    passed, not_applicable = diagnosis.passed, diagnosis.not_applicable
    checks = "check" if len(passed) == 1 else "checks"
    label = f"{len(passed)} {checks} passed, {len(not_applicable)} not applicable"
    with st.expander(label, icon=":material/checklist:"):
        if passed:
            st.markdown("Passed: " + ", ".join(literal(code) for code in passed))
        for code, reason in not_applicable:
            st.markdown(f"- {literal(code)} is not applicable: {literal(reason)}")
