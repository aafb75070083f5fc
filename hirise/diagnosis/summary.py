"""A diagnosis in a few lines, for a terminal and for a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from hirise.diagnosis.wording import capitalised, one_line

if TYPE_CHECKING:
    from hirise.diagnosis.diagnose import Diagnosis
    from hirise.diagnosis.finding import Finding

N_FINDINGS = 4
N_NOTES = 2
_COLOURS = {"bad": "#b3261e", "unsure": "#6b6b6b", "doubtful": "#8a5a00"}
_GOOD = "#1b6e3c"


def summary_text(diagnosis: Diagnosis) -> str:
    """The verdict, the likeliest cause and the first findings: at most 9 lines.

    Examples
    --------
    >>> from hirise.diagnosis import diagnose
    >>> print(summary_text(diagnose(["a", "b"] * 20, ["b", "a"] * 20)).split(":")[0])
    No better than guessing
    """
    return "\n".join(map(one_line, _lines(diagnosis)))


def _lines(diagnosis: Diagnosis) -> Iterator[str]:
    yield diagnosis.sentence
    if diagnosis.cause is not None:
        yield f"{_certainty(diagnosis)} cause: {diagnosis.cause.title}"
    for finding in diagnosis.findings[:N_FINDINGS]:
        yield _of_finding(finding)
    for note in _notes(diagnosis)[:N_NOTES]:
        yield f"Note: {note}"
    yield _counts(diagnosis)


def _certainty(diagnosis: Diagnosis) -> str:
    """Whether the first cause is confirmed by an experiment, or only likely."""
    if diagnosis.cause is None:
        return ""
    status = diagnosis.decision(diagnosis.cause.key).status
    if status == "confirmed":
        return "Confirmed"
    return capitalised(diagnosis.cause.likelihood)


def _notes(diagnosis: Diagnosis) -> tuple[str, ...]:
    """What was assumed while reading."""
    evidence = diagnosis.evidence
    if evidence is None:
        return ()
    measured = evidence.evaluation.notes if evidence.evaluation else ()
    return tuple(dict.fromkeys((*measured, *evidence.notes)))


def _of_finding(finding: Finding) -> str:
    return f"{finding.severity} {finding.code} {finding.title}: {finding.evidence}"


def _counts(diagnosis: Diagnosis) -> str:
    n = len(diagnosis.findings)
    findings = f"{n} finding{'' if n == 1 else 's'}"
    passed, skipped = len(diagnosis.passed), len(diagnosis.not_applicable)
    ignored = f", {len(diagnosis.ignored)} ignored" if diagnosis.ignored else ""
    return f"{findings}{ignored}, {passed} checks passed, {skipped} not applicable"


def ignored_line(diagnosis: Diagnosis) -> str:
    """Which findings are ignored, each with the reason; "" without any.

    Examples
    --------
    >>> from hirise.diagnosis import diagnose
    >>> from hirise.diagnosis.configuration import Configuration
    >>> told = Configuration(ignore=(("HR203", "The baseline is known."),))
    >>> ignored_line(diagnose(["a", "b"] * 20, ["a"] * 40, configuration=told))
    '1 finding is ignored: HR203 (The baseline is known.)'
    """
    if not diagnosis.ignored:
        return ""
    n = len(diagnosis.ignored)
    reasons = {finding.code: reason for finding, reason in diagnosis.ignored}
    listed = "; ".join(f"{code} ({reason})" for code, reason in reasons.items())
    return f"{n} finding{' is' if n == 1 else 's are'} ignored: {listed}"


def summary_html(diagnosis: Diagnosis) -> str:
    """The same as HTML, with every finding.

    Examples
    --------
    >>> from hirise.diagnosis import diagnose
    >>> page = summary_html(diagnose(["<b>", "a"] * 20, ["a", "a"] * 20))
    >>> "<b>" in page, "&lt;b&gt;" in page
    (False, True)
    """
    colour = _COLOURS.get(diagnosis.tone, _GOOD)
    parts = [f'<p style="color:{colour}"><strong>{_text(diagnosis.sentence)}']
    parts.append("</strong></p>")
    if diagnosis.cause is not None:
        parts.append(
            f"<p>{_certainty(diagnosis)} cause: {_text(diagnosis.cause.title)}</p>"
        )
    if diagnosis.findings:
        parts.append("<table><thead><tr><th>Severity</th><th>Check</th>")
        parts.append("<th>Evidence</th></tr></thead><tbody>")
        parts += [_row(finding) for finding in diagnosis.findings]
        parts.append("</tbody></table>")
    parts += [f"<p>Note: {_text(note)}</p>" for note in _notes(diagnosis)]
    parts.append(f"<p>{_text(_counts(diagnosis))}</p>")
    return f"<div>{''.join(parts)}</div>"


def _row(finding: Finding) -> str:
    cells = (finding.severity, f"{finding.code} {finding.title}", finding.evidence)
    left = ' style="text-align:left"'
    return f"<tr>{''.join(f'<td{left}>{_text(cell)}</td>' for cell in cells)}</tr>"


def _text(text: str) -> str:
    return escape(one_line(text))
