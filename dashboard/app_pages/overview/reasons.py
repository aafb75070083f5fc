"""What the cause explains, what else was found, and what else was checked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard.app_pages.overview.causes import show_evidence_of_causes
from dashboard.app_pages.overview.checks import show_checks
from dashboard.app_pages.overview.numbers import show_all_metrics
from dashboard.shared.examination import count_made, show_made
from dashboard.shared.verdict import (
    show_evidence,
    show_grouped,
    show_lines,
)
from hirise.diagnosis import Diagnosis
from hirise.evaluation import Evaluation
from hirise.runs import Run


def show_reasons(
    run: Run,
    split: str | None,
    diagnosis: Diagnosis,
    evaluation: Evaluation | None,
) -> None:
    """What the first cause explains, all other findings, the checks, the metrics."""
    explained = [f for f in diagnosis.explained if f.severity != "note"]
    others = [finding for finding in diagnosis.findings if finding not in explained]
    parts: dict[str, Callable[[], None]] = {}
    if explained:
        parts[f"Why ({len(explained)})"] = partial(show_lines, explained, diagnosis)
    if others:
        name = "Also found" if explained else "Findings"
        parts[f"{name} ({len(others)})"] = partial(show_grouped, others, diagnosis)
    parts["Evidence"] = partial(_show_evidence, diagnosis)
    if n_made := count_made(run, diagnosis):
        parts[f"Experiments ({n_made})"] = partial(show_made, run, split, diagnosis)
    parts["All checks"] = partial(show_checks, diagnosis)
    if evaluation is not None and evaluation.has_truth:
        parts["All metrics"] = partial(show_all_metrics, evaluation)
    for tab, show in zip(st.tabs(list(parts)), parts.values(), strict=True):
        with tab, st.container(gap="xsmall"):
            show()


def _show_evidence(diagnosis: Diagnosis) -> None:
    show_evidence(diagnosis)
    show_evidence_of_causes(diagnosis)
