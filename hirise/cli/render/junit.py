"""A diagnosis as a JUnit XML file: one test case per check."""

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from hirise.actions.check import CheckResult
from hirise.cli.render.text import check_lines
from hirise.diagnosis import Diagnosis, Evidence, FailOn, Finding
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.finding import Check
from hirise.diagnosis.wording import one_line

# What `one_line` leaves of the characters that XML 1.0 forbids.
_FORBIDDEN = re.compile("[\ufffe\uffff]")


def render(result: CheckResult, *, fail_on: FailOn = "error") -> str:
    """One suite: a check fails if it has a finding at or above `fail_on`.

    Other findings stand in its `system-out`. A check that is not applicable or ignored
    is skipped, with the reason. The file is plain ASCII, so that no code page of a
    terminal or a build server can spoil it.
    """
    evidence, diagnosis = result.evidence, result.diagnosis
    cases = [_case(check, evidence, diagnosis, fail_on) for check in CHECKS]
    counts = {
        "tests": str(len(cases)),
        "failures": _number_with(cases, "failure"),
        "errors": "0",
        "skipped": _number_with(cases, "skipped"),
        "time": "0",
    }
    root = ET.Element("testsuites", {"name": "hirise check", **counts})
    name = f"hirise check {_sound(evidence.source)}"
    suite = ET.SubElement(root, "testsuite", {"name": name, **counts})
    suite.append(_properties(evidence, diagnosis))
    suite.extend(cases)
    _text(suite, "system-out", check_lines(evidence, diagnosis))
    ET.indent(root, " ")
    written = ET.tostring(root, encoding="us-ascii").decode("ascii")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}'


def _properties(evidence: Evidence, diagnosis: Diagnosis) -> ET.Element:
    evaluation = evidence.evaluation
    values = {
        "verdict": diagnosis.verdict.key,
        "kind": diagnosis.kind or "",
        "sentence": diagnosis.sentence,
        "source": evidence.source,
        "split": evaluation.split if evaluation else "",
    }
    element = ET.Element("properties")
    for name, value in values.items():
        ET.SubElement(element, "property", {"name": name, "value": _sound(value)})
    return element


def _case(
    check: Check, evidence: Evidence, diagnosis: Diagnosis, fail_on: FailOn
) -> ET.Element:
    # Readers take what follows the last dot for a class.
    place = _sound(evidence.source).replace(".", "_")
    names = {"classname": f"hirise.{place}", "name": f"{check.code} {check.title}"}
    case = ET.Element("testcase", {**names, "time": "0"})
    findings = [f for f in diagnosis.findings if f.code == check.code]
    failing = [f for f in diagnosis.failing(fail_on) if f.code == check.code]
    ignored = {one.code: f"Ignored: {why}" for one, why in diagnosis.ignored}
    reason = {**dict(diagnosis.not_applicable), **ignored}.get(check.code)
    if reason is not None:
        element = _text(case, "skipped", [reason])
        element.set("message", _sound(reason))
    elif failing:
        element = _text(case, "failure", _finding_lines(findings))
        element.set("type", failing[0].severity)
        element.set("message", _sound(_message(failing)))
    elif findings:
        _text(case, "system-out", _finding_lines(findings))
    return case


def _message(failing: list[Finding]) -> str:
    more = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
    return f"{failing[0].evidence}{more}"


def _finding_lines(findings: list[Finding]) -> Iterable[str]:
    for finding in findings:
        yield f"{finding.severity.upper()} {finding.evidence} {finding.advice}".rstrip()
        if finding.remedies:
            yield f"Remedies: {', '.join(finding.remedies)}"


def _text(parent: ET.Element, tag: str, lines: Iterable[str]) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = "\n".join(map(_sound, lines))
    return element


def _sound(text: str) -> str:
    """`text` with what XML 1.0 forbids made visible, and its line breaks too."""
    return _FORBIDDEN.sub(lambda sign: rf"\u{ord(sign[0]):04x}", one_line(text))


def _number_with(cases: list[ET.Element], tag: str) -> str:
    return str(sum(case.find(tag) is not None for case in cases))
