"""The verdict, its evidence and its findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import streamlit as st

from dashboard.shared.documentation import offer_text
from dashboard.shared.image_links import link_finding
from dashboard.shared.terms import terms_in
from dashboard.shared.text import count_of, literal
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

WIDTHS = (0.85, 0.15)
"""Of a finding: its sentence, and what can be opened."""

TOPIC_ICONS = {
    "Data": ":material/dataset:",
    "Predictions": ":material/label:",
    "Confidence": ":material/speed:",
    "Training": ":material/show_chart:",
    "Network": ":material/account_tree:",
}


def show_verdict(diagnosis: Diagnosis) -> None:
    """The verdict in one line and its sentence: the first thing on the first page."""
    verdict = diagnosis.verdict
    title = f"### :material/{ICONS[verdict.key]}: {literal(verdict.title)}"
    body = f"{title}\n\n{literal(verdict.text)}"
    BOXES[diagnosis.tone](body)


def show_evidence(diagnosis: Diagnosis) -> None:
    """Evidence for and against a collapse in one line, each with its number."""
    line = diagnosis.indicator_text
    if line:
        st.caption(literal(line), help=terms_in(line))


def show_findings(
    diagnosis: Diagnosis, *, codes: Collection[str] | None = None
) -> None:
    """The findings, errors first, notes folded; `codes` keeps only those."""
    chosen = [f for f in diagnosis.findings if codes is None or f.code in codes]
    alarms = [finding for finding in chosen if finding.severity != "note"]
    notes = [finding for finding in chosen if finding.severity == "note"]
    if alarms:
        with st.container(border=True, gap="small"):
            show_lines(alarms, diagnosis)
    if notes:
        with st.expander(count_of(len(notes), "note"), icon=":material/info:"):
            show_lines(notes, diagnosis)


def show_lines(findings: Sequence[Finding], diagnosis: Diagnosis) -> None:
    """A line for each finding: severity, title, numbers, and what to do.

    An effect of a confirmed cause has no advice: the cause is removed first.
    """
    for finding in findings:
        key = f"{finding.code}-{finding.subject}"
        show_finding(finding, key=key, is_effect=diagnosis.is_effect(finding))


def show_finding(finding: Finding, *, key: str, is_effect: bool = False) -> None:
    """One finding; its code opens the documentation. `key` is its own on the page."""
    colour, icon = SEVERITY[finding.severity]
    subject = f" · {literal(finding.subject)}" if finding.subject else ""
    title = f":{colour}[{icon}] **{literal(finding.title)}**{subject}"
    lines = [f"{title}: {literal(finding.evidence)}"]
    if finding.advice and not is_effect:
        lines.append(f":small[:gray[What to do: {literal(finding.advice)}]]")
    text, beside = st.columns(WIDTHS, gap="small")
    text.markdown("  \n".join(lines), help=terms_in(finding.evidence))
    with beside.container(horizontal=True, gap="small"):
        offer_text(finding.code, key=key)
        link_finding(finding)


def show_grouped(findings: Sequence[Finding], diagnosis: Diagnosis) -> None:
    """Findings by what they are about, each group counted."""
    groups: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: finding.code):
        groups.setdefault(finding.topic, []).append(finding)
    for topic, group in groups.items():
        counts = Counter[str](finding.severity for finding in group)
        said = ", ".join(
            count_of(counts[severity], severity)
            for severity in SEVERITY
            if counts[severity]
        )
        st.markdown(f"{TOPIC_ICONS[topic]} **{topic}** :gray[{said}]")
        show_lines(group, diagnosis)
