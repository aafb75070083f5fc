"""Findings -> causes, the likeliest first."""

from collections.abc import Sequence
from dataclasses import replace

from hirise.diagnosis.causes.cause import Cause, Rule
from hirise.diagnosis.causes.facts import Facts
from hirise.diagnosis.causes.table import RULES
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Finding
from hirise.diagnosis.rules import Verdict


def causes_of(
    evidence: Evidence,
    verdict: Verdict,
    findings: Sequence[Finding],
    passed: Sequence[str],
    rules: tuple[Rule, ...] = RULES,
) -> tuple[Cause, ...]:
    """The causes that the findings speak for, ranked by score, then in table order."""
    facts = Facts(evidence, verdict, findings, passed)
    weighed = [rule.weigh(facts) for rule in rules]
    found = [cause for cause in weighed if cause is not None]
    return tuple(sorted(found, key=lambda cause: -cause.score))


def with_causes(
    findings: Sequence[Finding], causes: Sequence[Cause]
) -> tuple[Finding, ...]:
    """`findings`, each with the keys of the causes that it speaks for."""
    return tuple(
        replace(
            finding,
            causes=tuple(cause.key for cause in causes if finding.code in cause.for_),
        )
        for finding in findings
    )
