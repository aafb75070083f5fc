"""Which remedies can help: those of a finding, given what the causes are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from hirise.diagnosis.causes.cause import Cause
from hirise.diagnosis.causes.decisions import Decision
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Finding

OF_CAUSE = frozenset(("lower-learning-rate", "higher-learning-rate"))
"""Remedies that help against their cause alone; whatever else fails, they do harm."""
BY_FREQUENCY = frozenset(
    (
        "logit-adjustment",
        "class-weights",
        "class-weights-sqrt",
        "effective-number",
        "balanced-batches",
        "balanced-head",
        "logit-adjusted-loss",
        "output-bias",
    )
)
"""Remedies that make up for the class frequencies."""
EVEN = 1.5
"""Ratio of the largest to the smallest class frequency, up to which they are equal."""


def offer(
    findings: Sequence[Finding],
    causes: Sequence[Cause],
    decisions: Mapping[str, Decision],
    evidence: Evidence,
) -> tuple[tuple[Finding, ...], tuple[Cause, ...]]:
    """Findings and causes, each with the remedies that can help.

    A learning rate is changed only where it is the cause, and class frequencies are
    made up for only where they differ.
    """
    useless = BY_FREQUENCY if has_even_frequencies(evidence) else frozenset[str]()
    told = [
        replace(cause, remedies=_without(cause.remedies, useless)) for cause in causes
    ]
    of_causes = {
        key
        for cause in told
        if decisions.get(cause.key, Decision()).status != "refuted"
        for key in cause.remedies
    }
    useless |= OF_CAUSE - of_causes
    kept = [replace(one, remedies=_without(one.remedies, useless)) for one in findings]
    return tuple(kept), tuple(told)


def has_even_frequencies(evidence: Evidence) -> bool:
    """Whether all classes are about equally frequent, in training if that is known.

    Examples
    --------
    >>> from hirise.diagnosis import evidence_of
    >>> has_even_frequencies(evidence_of(["a", "b"] * 20, ["a"] * 40))
    True
    """
    shares, evaluation = evidence.training_shares, evidence.evaluation
    if shares is None:
        if evaluation is None or not evaluation.has_truth:
            return False
        shares = evaluation.per_class["support"].astype(float)
        shares = shares[shares > 0]
    return len(shares) > 1 and bool(shares.max() < EVEN * shares.min())


def _without(keys: Sequence[str], useless: Collection[str]) -> tuple[str, ...]:
    return tuple(key for key in keys if key not in useless)
