"""A diagnosis as Markdown, for a pull request or `$GITHUB_STEP_SUMMARY`."""

import re
from collections.abc import Iterable, Iterator

import pandas as pd

from hirise.actions.check import CheckResult
from hirise.cli.render.text import MOST_CAUSES, bounds_text, number
from hirise.diagnosis import Diagnosis, Evidence, FailOn, Finding
from hirise.diagnosis.wording import capitalised, one_line
from hirise.evaluation import Evaluation
from hirise.metrics.titles import METRICS

MOST_CLASSES = 100
"""Rows of the table of classes: a comment on GitHub holds 65,536 characters."""

_LONGEST_NAME = 80

# As entities they are text wherever they stand, in the cell of a table too.
_SIGNS = re.compile(r"[\\`*_\[\]<>|~@#&$]")
# What GitHub reads into plain text: links, mentions, numbers of issues, :smile:.
_BREAK = "&#8288;"
_LINKED = re.compile(r":(?=//|[\w+-]+:)|\bwww(?=\.)|&#64;|&#35;", re.IGNORECASE)


def render(result: CheckResult, *, fail_on: FailOn = "error") -> str:
    """The sentence, then metrics, findings, causes and classes, in GitHub's Markdown.

    Whatever comes from a person, such as class names, takes no effect in it.
    """
    return "\n".join(_lines(result.evidence, result.diagnosis))


def _lines(evidence: Evidence, diagnosis: Diagnosis) -> Iterator[str]:
    evaluation = evidence.evaluation
    yield f"**{escaped(diagnosis.sentence)}**"
    yield ""
    kind = f" · Kind: {diagnosis.kind}" if diagnosis.kind else ""
    yield f"Source: {escaped(evidence.source)}{kind}"
    for note in (*evidence.notes, *(evaluation.notes if evaluation else ())):
        yield ""
        yield f"Note: {escaped(note)}"
    if evaluation is not None and evaluation.has_truth:
        yield from _metrics(evaluation)
    yield from _findings(diagnosis)
    yield from _causes(diagnosis)
    if evaluation is not None and evaluation.has_truth:
        yield from _classes(evaluation)
    yield from _other_checks(diagnosis)


def escaped(text: str) -> str:
    """`text` that shows as it is: no HTML, Markdown, mention, link or line break.

    Examples
    --------
    >>> escaped("a_b <b>")
    'a&#95;b &#60;b&#62;'
    """
    signs = _SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", one_line(text))
    return _LINKED.sub(lambda match: f"{match[0]}{_BREAK}", signs)


def _metrics(evaluation: Evaluation) -> Iterator[str]:
    groups = f"{evaluation.n_groups:,} {evaluation.cluster}s"
    yield ""
    yield from _head(("Metric", "Value", f"95% CI ({groups})"), "lrl")
    for key in evaluation.metric_keys:
        value, low, high = evaluation.bounds(key)
        yield _row((METRICS[key].title, number(value), bounds_text(low, high)))


def _findings(diagnosis: Diagnosis) -> Iterator[str]:
    if diagnosis.findings:
        yield ""
        yield "### Findings"
        yield ""
    for finding in diagnosis.findings:
        yield _finding(finding)
    if diagnosis.ignored:
        yield ""
        yield "### Ignored findings"
        yield ""
    for finding, reason in diagnosis.ignored:
        title = escaped(f"{finding.code} {finding.title}")
        yield f"- {title}: {escaped(finding.evidence)} Reason: {escaped(reason)}"


def _finding(finding: Finding) -> str:
    title = escaped(f"{finding.code} {finding.title}")
    text = escaped(f"{finding.evidence} {finding.advice}".rstrip())
    return f"- **{finding.severity.upper()}** {title}: {text}{_cure(finding.remedies)}"


def _causes(diagnosis: Diagnosis) -> Iterator[str]:
    if diagnosis.causes:
        yield ""
        yield "### Causes"
        yield ""
    for place, cause in enumerate(diagnosis.causes[:MOST_CAUSES], start=1):
        standing = capitalised(diagnosis.standing(cause))
        against = f" Against: {cause.objections}" if cause.objections else ""
        sentences = (
            f"{standing}. {cause.evidence}{against} To decide: {cause.experiment}"
        )
        yield (
            f"{place}. **{escaped(cause.title)}** {escaped(f'({cause.key})')} "
            f"{escaped(sentences)}{_cure(cause.remedies)}"
        )


def _cure(remedies: tuple[str, ...]) -> str:
    return f" Remedies: {escaped(', '.join(remedies))}." if remedies else ""


def _classes(evaluation: Evaluation) -> Iterator[str]:
    table = evaluation.per_class
    title = f"{len(table):,} classes"
    if len(table) > MOST_CLASSES:
        title = f"The {MOST_CLASSES} of {title} with the lowest recall"
        table = table.sort_values("recall", kind="stable").head(MOST_CLASSES)
    yield ""
    yield "<details>"
    yield f"<summary>{title}</summary>"
    # Without an empty line GitHub shows the table below as plain text.
    yield ""
    columns = ("Class", "True", "Predicted", "Recall", "95% CI", "Precision", "F1")
    yield from _head(columns, "lrrrlrr")
    for name, row in table.iterrows():
        yield _row(_class_cells(str(name), row))
    yield ""
    yield "</details>"


def _class_cells(name: str, row: "pd.Series[float]") -> tuple[str, ...]:
    cut = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return (
        escaped(cut),
        f"{row['support']:,.0f}",
        f"{row['predicted']:,.0f}",
        number(row["recall"]),
        bounds_text(row["recall_low"], row["recall_high"]),
        number(row["precision"]),
        number(row["f1"]),
    )


def _other_checks(diagnosis: Diagnosis) -> Iterator[str]:
    yield ""
    yield f"Passed: {', '.join(diagnosis.passed) or 'none'}"
    if diagnosis.not_applicable:
        yield ""
        yield "<details>"
        yield f"<summary>{len(diagnosis.not_applicable)} not applicable</summary>"
        yield ""
        for code, reason in diagnosis.not_applicable:
            yield f"- {escaped(f'{code}: {reason}')}"
        yield ""
        yield "</details>"


def _head(titles: Iterable[str], align: str) -> Iterator[str]:
    yield _row(titles)
    yield _row({"l": ":--", "r": "--:"}[place] for place in align)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
