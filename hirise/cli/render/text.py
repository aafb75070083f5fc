"""A diagnosis as lines of text for a terminal."""

import textwrap
from collections.abc import Iterator
from itertools import accumulate
from unicodedata import east_asian_width

import numpy as np
import pandas as pd

from hirise.diagnosis import Diagnosis, Evidence
from hirise.evaluation import Evaluation
from hirise.metrics.titles import METRICS

WIDTH = 88
"""Columns of wrapped text."""

MOST_CAUSES = 3
"""The rest is less likely."""


def report_lines(evidence: Evidence, diagnosis: Diagnosis) -> Iterator[str]:
    """The sentence first, then what bears it out, then what each check found."""
    yield diagnosis.sentence
    yield ""
    yield f"Source: {evidence.source}"
    if diagnosis.kind:
        yield f"Kind: {diagnosis.kind}"
    measured = evidence.evaluation.notes if evidence.evaluation else ()
    for note in (*evidence.notes, *measured):
        yield f"Note: {note}"
    yield from _witnesses(diagnosis)
    if evidence.evaluation is not None:
        yield from _metrics(evidence.evaluation)
        yield from _classes(evidence.evaluation)
    yield from _findings(diagnosis)
    yield from _causes(diagnosis)
    yield ""
    yield f"Passed: {', '.join(diagnosis.passed) or 'none'}"
    for code, reason in diagnosis.not_applicable:
        yield f"Not applicable: {code}, {reason}"


def _witnesses(diagnosis: Diagnosis) -> Iterator[str]:
    if diagnosis.witnesses:
        yield ""
        yield "Witnesses for and against a collapse"
    for witness in diagnosis.witnesses:
        yield f"  {'for' if witness.agrees else 'against':<8} {witness.text}"


def _metrics(evaluation: Evaluation) -> Iterator[str]:
    if not evaluation.has_truth:
        return
    unit = "image" if evaluation.cluster == "image" else evaluation.cluster
    yield ""
    groups = f"{evaluation.n_groups:,} {unit}s"
    yield f"{'Metric':<24}{'value':>8}   95 % interval ({groups})"
    for key in METRICS:
        value, low, high = evaluation.bounds(key)
        yield f"{METRICS[key].title:<24}{number(value):>8}   {bounds_text(low, high)}"


def _classes(evaluation: Evaluation) -> Iterator[str]:
    if not evaluation.has_truth:
        return
    yield ""
    yield f"{'Class':<24}{'true':>8}{'called':>8}{'recall':>8}   95 % interval"
    for name, row in evaluation.per_class.iterrows():
        label = cell(str(name), 24)
        yield (
            f"{label}{row['support']:>8,.0f}{row['predicted']:>8,.0f}"
            f"{number(row['recall']):>8}   "
            f"{bounds_text(row['recall_low'], row['recall_high'])}"
        )


def _findings(diagnosis: Diagnosis) -> Iterator[str]:
    for finding in diagnosis.findings:
        yield ""
        yield f"{finding.severity.upper()} {finding.code} {finding.title}"
        text = f"{finding.evidence} {finding.advice}"
        yield from textwrap.wrap(
            text, WIDTH, initial_indent="  ", subsequent_indent="  "
        )


def _causes(diagnosis: Diagnosis) -> Iterator[str]:
    """The likeliest causes, with what would decide between them."""
    if diagnosis.causes:
        yield ""
        yield "Likely causes"
    for number, cause in enumerate(diagnosis.causes[:MOST_CAUSES], start=1):
        yield f"{number}. {cause.title} ({cause.key})"
        told = f"For: {', '.join(cause.for_) or 'no check alone'}."
        if cause.against:
            told += f" Against: {', '.join(cause.against)}."
        for text in (cause.evidence, told, f"To decide: {cause.experiment}"):
            yield from textwrap.wrap(
                text, WIDTH, initial_indent="   ", subsequent_indent="   "
            )


def cell(text: str, width: int) -> str:
    """Text cut and padded to `width` columns; East Asian letters take two."""
    columns = [2 if east_asian_width(letter) in "WF" else 1 for letter in text]
    if sum(columns) < width:
        return text + " " * (width - sum(columns))
    n_kept = sum(1 for end in accumulate(columns) if end <= width - 2)
    return text[:n_kept] + "…" + " " * (width - 1 - sum(columns[:n_kept]))


def number(value: float) -> str:
    """A value in a table; a dash where undefined."""
    return "–" if np.isnan(value) else f"{value:.3f}"


def bounds_text(low: float, high: float) -> str:
    """An interval in a table; nothing where undefined."""
    return "" if pd.isna(low) else f"{low:.3f} to {high:.3f}"
