"""A diagnosis as lines of text for a terminal."""

import textwrap
from collections.abc import Iterator
from itertools import accumulate
from unicodedata import east_asian_width

import numpy as np
import pandas as pd

from hirise.actions.check import CheckResult
from hirise.diagnosis import Diagnosis, Evidence, FailOn
from hirise.diagnosis.wording import one_line
from hirise.evaluation import Evaluation
from hirise.metrics.titles import METRICS

WIDTH = 88
"""Columns of wrapped text."""
MOST_CAUSES = 3


def render(result: CheckResult, *, fail_on: FailOn = "error") -> str:
    """The sentence first, then its evidence, then what each check found."""
    return "\n".join(check_lines(result.evidence, result.diagnosis))


def check_lines(evidence: Evidence, diagnosis: Diagnosis) -> Iterator[str]:
    """Each line of `render`, safe to print."""
    yield from map(one_line, _lines(evidence, diagnosis))


def _lines(evidence: Evidence, diagnosis: Diagnosis) -> Iterator[str]:
    yield diagnosis.sentence
    yield ""
    yield f"Source: {evidence.source}"
    if diagnosis.configuration is not None and diagnosis.configuration.file:
        yield f"Configuration: {diagnosis.configuration.file}"
    if diagnosis.kind:
        yield f"Kind: {diagnosis.kind}"
    measured = evidence.evaluation.notes if evidence.evaluation else ()
    for note in (*evidence.notes, *measured):
        yield f"Note: {note}"
    yield from _evidence(diagnosis)
    if evidence.evaluation is not None:
        yield from _metrics(evidence.evaluation)
        yield from _classes(evidence.evaluation)
    yield from _findings(diagnosis)
    if diagnosis.ignored:
        yield ""
        yield diagnosis.ignored_line
    yield from _causes(diagnosis)
    yield ""
    yield f"Passed: {', '.join(diagnosis.passed) or 'none'}"
    for code, reason in diagnosis.not_applicable:
        yield f"Not applicable: {code}, {reason}"


def _evidence(diagnosis: Diagnosis) -> Iterator[str]:
    line = diagnosis.indicator_text
    if line:
        yield ""
        yield from textwrap.wrap(line, WIDTH)


def _metrics(evaluation: Evaluation) -> Iterator[str]:
    if not evaluation.has_truth:
        return
    yield ""
    groups = f"{evaluation.n_groups:,} {evaluation.cluster}s"
    yield f"{'Metric':<24}{'value':>8}   95% CI ({groups})"
    for key in evaluation.metric_keys:
        value, low, high = evaluation.bounds(key)
        yield f"{METRICS[key].title:<24}{number(value):>8}   {bounds_text(low, high)}"


def _classes(evaluation: Evaluation) -> Iterator[str]:
    if not evaluation.has_truth:
        return
    yield ""
    yield f"{'Class':<24}{'true':>8}{'predicted':>11}{'recall':>8}   95% CI"
    for name, row in evaluation.per_class.iterrows():
        label = cell(str(name), 24)
        yield (
            f"{label}{row['support']:>8,.0f}{row['predicted']:>11,.0f}"
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
    """The most likely causes, with what would decide between them."""
    if diagnosis.causes:
        yield ""
        yield "Causes"
    for number, cause in enumerate(diagnosis.causes[:MOST_CAUSES], start=1):
        yield f"{number}. {cause.title} ({cause.key}): {diagnosis.standing(cause)}"
        texts = [f"For: {cause.evidence}" if cause.evidence else ""]
        texts.append(f"Against: {cause.objections}" if cause.objections else "")
        for text in (*texts, f"To decide: {cause.experiment}"):
            yield from textwrap.wrap(
                text, WIDTH, initial_indent="   ", subsequent_indent="   "
            )
    if diagnosis.verdict.failing and not diagnosis.causes:
        yield ""
        yield "Causes: what is known does not tell one."


def cell(text: str, width: int) -> str:
    """Text cut and padded to `width` columns; East Asian letters take two.

    Examples
    --------
    >>> cell("bright dune", 8), cell("other", 8)
    ('bright… ', 'other   ')
    """
    columns = [2 if east_asian_width(letter) in "WF" else 1 for letter in text]
    if sum(columns) < width:
        return text + " " * (width - sum(columns))
    n_kept = sum(1 for end in accumulate(columns) if end <= width - 2)
    return text[:n_kept] + "…" + " " * (width - 1 - sum(columns[:n_kept]))


def number(value: float) -> str:
    """A value in a table; a dash where undefined.

    Examples
    --------
    >>> number(0.8125), number(float("nan"))
    ('0.812', '–')
    """
    return "–" if np.isnan(value) else f"{value:.3f}"


def bounds_text(low: float, high: float) -> str:
    """An interval in a table; nothing where undefined.

    Examples
    --------
    >>> bounds_text(0.78, 0.84)
    '0.780 to 0.840'
    """
    return "" if pd.isna(low) else f"{low:.3f} to {high:.3f}"
