"""What findings advise and offer, given the causes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from hirise.diagnosis.causes import Cause
from hirise.diagnosis.causes.decisions import Decision
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Finding

FIRST_EFFECT = "HR200"
"""From which code on checks look at what a training came to, not at the data."""
REMOVE = "Remove the confirmed cause first."
REMOVE_EXPLAINED = "Remove the confirmed cause, which explains this."

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


def is_effect(finding: Finding, cause: Cause | None) -> bool:
    """Whether a finding is explained by a confirmed cause, or may follow from it.

    Examples
    --------
    >>> cause = Cause("network-dead", "Dead", (), (), (), "Train.", ())
    >>> one_class = Finding("HR201", "One class", "error", "all of them")
    >>> is_effect(one_class, cause), is_effect(one_class, None)
    (True, False)
    """
    if cause is None:
        return False
    return cause.key in finding.causes or finding.code >= FIRST_EFFECT


def is_explained(finding: Finding, cause: Cause) -> bool:
    """Whether a cause explains a finding, or rests on it.

    Examples
    --------
    >>> cause = Cause("network-dead", "Dead", (), ("HR501",), (), "Train.", ())
    >>> is_explained(Finding("HR501", "Dead units", "warning", "9 units"), cause)
    True
    """
    return cause.key in finding.causes or finding.code in cause.for_


def beside_confirmed(
    findings: Sequence[Finding], cause: Cause | None
) -> tuple[Finding, ...]:
    """`findings`, of which those that are an effect of `cause` advise to remove it.

    What each of them would suggest alone may contradict the cause.

    Examples
    --------
    >>> cause = Cause("network-dead", "Dead", (), (), (), "Train.", ())
    >>> copies = Finding("HR102", "Copies", "warning", "9 images", advice="Split.")
    >>> dead = Finding("HR501", "Dead", "warning", "9 units", advice="Normalise.")
    >>> [finding.advice for finding in beside_confirmed([copies, dead], cause)]
    ['Split.', 'Remove the confirmed cause first.']
    """
    return tuple(
        replace(finding, advice=_advice(finding, cause))
        if cause is not None and is_effect(finding, cause)
        else finding
        for finding in findings
    )


def _advice(finding: Finding, cause: Cause) -> str:
    return REMOVE_EXPLAINED if cause.key in finding.causes else REMOVE


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
