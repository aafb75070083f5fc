"""What findings advise beside a cause that an experiment confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hirise.diagnosis.causes import Cause
from hirise.diagnosis.finding import Finding

FIRST_EFFECT = "HR200"
"""From which code on checks look at what a training came to, not at the data."""
REMOVE = "Remove the confirmed cause first."
REMOVE_EXPLAINED = "Remove the confirmed cause, which explains this."


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
