"""Evidence -> the causes that it supports, with their probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hirise.diagnosis.causes.catalogue import CAUSES, OTHER, Hypothesis
from hirise.diagnosis.causes.cause import Cause
from hirise.diagnosis.causes.known import Known
from hirise.diagnosis.causes.sign import Seen, Sign
from hirise.diagnosis.causes.signs import SIGNS
from hirise.diagnosis.causes.weights import States, Weights, fitted
from hirise.diagnosis.finding import Finding
from hirise.diagnosis.wording import Phrase

if TYPE_CHECKING:
    from hirise.diagnosis.evidence import Evidence
    from hirise.diagnosis.verdict import Verdict

TOLD = 0.2
"""Probability from which a cause is told."""
TELLING = 2
"""Decibans from which a sign is told as evidence."""
MOST_STATEMENTS = 3

_BY_KEY = {sign.key: sign for sign in SIGNS}


def causes_of(
    evidence: Evidence,
    verdict: Verdict,
    findings: Sequence[Finding],
    passed: Sequence[str],
    weights: Weights | None = None,
) -> tuple[Cause, ...]:
    """The causes that the evidence supports, the likeliest first.

    A classifier that works and has no finding beyond notes has none.
    """
    if verdict.passing and all(f.severity == "note" for f in findings):
        return ()
    if not findings and evidence.history.empty:
        return ()
    weights = weights or fitted()
    seen = look(Known(evidence, verdict, findings, passed))
    states = _states(seen)
    posterior, scores = weights.posterior(states), weights.scores(states)
    causes = [
        _cause(
            hypothesis,
            posterior[hypothesis.key],
            weights.contributions(hypothesis.key, states),
            seen,
            passed,
            round(scores[hypothesis.key] - scores[OTHER]),
        )
        for hypothesis in CAUSES
        if is_told(
            hypothesis,
            posterior[hypothesis.key],
            states,
            healthy=verdict.key == "healthy",
        )
    ]
    return tuple(sorted(causes, key=lambda cause: -cause.probability))


def posterior_of(
    evidence: Evidence,
    verdict: Verdict,
    findings: Sequence[Finding],
    passed: Sequence[str],
) -> dict[str, float]:
    """The probability of every cause, also of those that are not told."""
    seen = look(Known(evidence, verdict, findings, passed))
    return fitted().posterior(_states(seen))


def _states(seen: dict[str, Seen]) -> States:
    return {key: None if s is None else s is not False for key, s in seen.items()}


def is_told(
    cause: Hypothesis, probability: float, states: States, *, healthy: bool = False
) -> bool:
    """Whether a cause is likely enough, and one of its defining signs is seen.

    What follows from many causes does not tell one of them. A healthy classifier has
    none that keeps a network from learning.

    Examples
    --------
    >>> from hirise.diagnosis.causes.weights import HYPOTHESES
    >>> cause = HYPOTHESES["overfitted"]
    >>> is_told(cause, 0.3, {"memorised": True}), is_told(cause, 0.3, {})
    (True, False)
    """
    if probability < TOLD or (healthy and cause.prevents_learning):
        return False
    return any(states.get(key) for key in (*cause.defined_by, *cause.proven_by))


def look(known: Known) -> dict[str, Seen]:
    """Every sign: what shows it, False where it is absent, None where unknown."""
    return {sign.key: sign.seen(known) for sign in SIGNS}


def _cause(
    hypothesis: Hypothesis,
    probability: float,
    weights: dict[str, int],
    seen: dict[str, Seen],
    passed: Sequence[str],
    score: int,
) -> Cause:
    strongest = sorted(weights, key=lambda key: -abs(weights[key]))
    supporting = [k for k in strongest if weights[k] >= TELLING]
    opposing = [k for k in strongest if weights[k] <= -TELLING]
    shown = [seen[key] for key in supporting]
    return Cause(
        key=hypothesis.key,
        title=hypothesis.title,
        probability=probability,
        statements=tuple(s for s in shown if isinstance(s, Phrase | Finding))[
            :MOST_STATEMENTS
        ],
        contradictions=tuple(_against(_BY_KEY[k], seen[k]) for k in opposing)[
            :MOST_STATEMENTS
        ],
        for_=_codes([k for k in supporting if seen[k]], seen),
        against=_codes(
            [k for k in opposing if seen[k] or set(_BY_KEY[k].codes) & set(passed)],
            seen,
        ),
        experiment=hypothesis.experiment,
        remedies=hypothesis.remedies,
        score=score,
    )


def _against(sign: Sign, seen: Seen) -> Phrase | Finding | str:
    return seen if isinstance(seen, Phrase | Finding) else f"Not so: {sign.title}."


def _codes(keys: Sequence[str], seen: dict[str, Seen]) -> tuple[str, ...]:
    """The codes of the checks that these signs rest on."""
    codes: list[str] = []
    for key in keys:
        shown = seen[key]
        codes += [shown.code] if isinstance(shown, Finding) else _BY_KEY[key].codes
    return tuple(dict.fromkeys(codes))


def with_causes(
    findings: Sequence[Finding], causes: Sequence[Cause]
) -> tuple[Finding, ...]:
    """`findings`, each with the keys of the causes that it supports."""
    return tuple(
        replace(
            finding,
            causes=tuple(cause.key for cause in causes if finding.code in cause.for_),
        )
        for finding in findings
    )
