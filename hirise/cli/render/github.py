"""A diagnosis as workflow commands: annotations of a run of GitHub Actions."""

from collections.abc import Iterator
from typing import Literal

from hirise.actions.check import CheckResult
from hirise.diagnosis import Diagnosis, Evidence, FailOn, Finding
from hirise.diagnosis.diagnose import UNTRUSTED
from hirise.diagnosis.finding import SEVERITIES, Severity
from hirise.diagnosis.verdict import VerdictKey
from hirise.diagnosis.wording import capitalised, one_line

Level = Literal["error", "warning", "notice"]

LEVELS: dict[Severity, Level] = {
    "error": "error",
    "warning": "warning",
    "note": "notice",
}

WEIGHTS: dict[VerdictKey, Severity] = {
    "collapsed": "error",
    "partly-collapsed": "error",
    "uninformed": "error",
    "weak": "warning",
    "undetermined": "note",
    "healthy": "note",
}

_IN_SENTENCE = (*UNTRUSTED, "HR207")


def render(result: CheckResult, *, fail_on: FailOn = "error") -> str:
    """One command per line: the verdict, then each finding, errors first.

    GitHub shows the first ten of each level and step, so the worst come first.
    """
    return "\n".join(_lines(result.evidence, result.diagnosis))


def _lines(evidence: Evidence, diagnosis: Diagnosis) -> Iterator[str]:
    sentences = [diagnosis.sentence]
    if diagnosis.causes:
        likely = diagnosis.causes[0]
        standing = capitalised(diagnosis.standing(likely))
        sentences.append(f"Cause: {likely.title}. {standing}. {likely.evidence}")
    title = f"{diagnosis.verdict.title} ({evidence.source})"
    yield command(LEVELS[_weight(diagnosis)], title, sentences)
    for finding in diagnosis.findings:
        title = f"{finding.code} {finding.title}"
        yield command(LEVELS[finding.severity], title, _sentences(finding))
    for finding, reason in diagnosis.ignored:
        title = f"{finding.code} {finding.title} (ignored)"
        yield command("notice", title, [f"Ignored: {reason}", finding.evidence])


def command(level: Level, title: str, lines: list[str]) -> str:
    """A workflow command; control characters inside a line are made visible.

    Examples
    --------
    >>> command("error", "Collapsed", ["All is other.", "99.0%"])
    '::error title=Collapsed::All is other.%0A99.0%25'
    """
    message = "\n".join(map(one_line, lines))
    return f"::{level} title={_property(one_line(title))}::{_data(message)}"


def _weight(diagnosis: Diagnosis) -> Severity:
    """The worst of the verdict's own severity and of what its sentence mentions."""
    mentioned = [f.severity for f in diagnosis.findings if f.code in _IN_SENTENCE]
    return min([WEIGHTS[diagnosis.verdict.key], *mentioned], key=SEVERITIES.index)


def _sentences(finding: Finding) -> list[str]:
    remedies = finding.remedies and f"Remedies: {', '.join(finding.remedies)}"
    return [line for line in (finding.evidence, finding.advice, remedies) if line]


def _data(text: str) -> str:
    # The escapes of GitHub; `%` comes first, as the others bring one.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
