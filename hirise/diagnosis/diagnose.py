"""Evidence -> Diagnosis: the verdict, what bears it out, and what each check found."""

from dataclasses import dataclass
from typing import Unpack

from hirise.diagnosis.causes import Cause, causes_of, with_causes
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.checks.training import LossAtEntropy
from hirise.diagnosis.collapse import Kind, Witness, kind_of, witnesses_of
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import (
    FAIL_ON,
    SEVERITIES,
    Check,
    FailOn,
    Finding,
    NotApplicable,
)
from hirise.diagnosis.sources import Options, Source, evidence_of
from hirise.diagnosis.verdict import HEADLINES, RULES, Verdict, sentence
from hirise.diagnosis.wording import percent

UNTRUSTED = ("HR101", "HR102")
"""Codes of findings under which no score means what it says."""


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a classifier.

    Attributes
    ----------
    verdict : str
        One of the decision table's, `healthy` included.
    headline : str
        The verdict as people see it; "No collapse found" for `healthy`.
    kind : str or None
        How it collapsed; None unless the verdict is `collapsed` or `uninformed`.
    sentence : str
        The verdict with its numbers; plain text, with the user's class names in it.
    witnesses : tuple of Witness
    findings : tuple of Finding
        Errors first, then by code.
    passed : tuple of str
        Codes of checks that found nothing.
    not_applicable : tuple of (code, reason)
    causes : tuple of Cause
        The likeliest first.
    """

    verdict: Verdict
    headline: str
    kind: Kind | None
    sentence: str
    witnesses: tuple[Witness, ...]
    findings: tuple[Finding, ...]
    passed: tuple[str, ...]
    not_applicable: tuple[tuple[str, str], ...]
    causes: tuple[Cause, ...] = ()

    @property
    def trusted(self) -> bool:
        """Whether the evaluation itself is sound, as far as the checks can tell."""
        return not any(finding.code in UNTRUSTED for finding in self.findings)

    def failing(self, fail_on: FailOn) -> tuple[Finding, ...]:
        """The findings at or above a severity; none for `never`."""
        return tuple(f for f in self.findings if f.severity in FAIL_ON[fail_on])


def diagnose(
    source: Evidence | Source,
    checks: tuple[Check, ...] = CHECKS,
    **options: Unpack[Options],
) -> Diagnosis:
    """State the verdict and run every check.

    Parameters
    ----------
    source : Evidence, or what `evidence_of` takes
        A run, a path, Predictions, a DataFrame, or arrays in a mapping.
    checks : tuple of Check
    **options
        Those of `evidence_of`, such as `split`.

    Raises
    ------
    InputError
        What cannot be read or judged, saying what, where and how to mend it.
    """
    if isinstance(source, Evidence):
        if options:
            raise TypeError(
                f"Evidence is complete; give {', '.join(map(repr, options))} to "
                f"`evidence_of`."
            )
        return _diagnosis(source, checks)
    return _diagnosis(evidence_of(source, **options), checks)


def _diagnosis(evidence: Evidence, checks: tuple[Check, ...]) -> Diagnosis:
    findings: list[Finding] = []
    passed: list[str] = []
    not_applicable: list[tuple[str, str]] = []
    for check in checks:
        try:
            _require_ground(check, findings)
            found = list(check(evidence))
        except NotApplicable as reason:
            not_applicable.append((check.code, str(reason)))
            continue
        findings += found
        if not found:
            passed.append(check.code)
    findings.sort(
        key=lambda finding: (SEVERITIES.index(finding.severity), finding.code)
    )
    verdict, text = _verdict(evidence, findings)
    kind = None
    if verdict in ("collapsed", "uninformed"):
        kind = kind_of(evidence, {finding.code for finding in findings})
    causes = causes_of(evidence, verdict, findings, passed)
    return Diagnosis(
        verdict=verdict,
        headline=HEADLINES[verdict],
        kind=kind,
        sentence=text,
        witnesses=witnesses_of(evidence),
        findings=with_causes(findings, causes),
        passed=tuple(passed),
        not_applicable=tuple(not_applicable),
        causes=causes,
    )


def _require_ground(check: Check, findings: list[Finding]) -> None:
    """Refuse a check that another one has taken the ground from."""
    for finding in findings:
        if finding.code in check.unless and finding.severity == "error":
            raise NotApplicable(f"{finding.code} was found: {finding.title.lower()}")


def _doubted(text: str, doubt: Finding) -> str:
    """The sentence on a healthy classifier, less what its evaluation cannot bear."""
    if doubt.severity == "note":
        return f"{text} {doubt.evidence}"
    measured = text.removeprefix(f"{HEADLINES['healthy']}: ")
    return (
        f"No collapse found, but the evaluation cannot be trusted because "
        f"{doubt.evidence[0].lower()}{doubt.evidence[1:]} As measured: {measured}"
    )


def _verdict(evidence: Evidence, findings: list[Finding]) -> tuple[Verdict, str]:
    if evidence.evaluation is None:
        return _from_history(evidence)
    verdict = evidence.decision.verdict
    text = sentence(evidence.evaluation, evidence.decision, RULES)
    doubts = [finding for finding in findings if finding.code in UNTRUSTED]
    if verdict == "healthy" and doubts:
        text = _doubted(text, doubts[0])
    permuted = [f.evidence for f in findings if f.code == "HR207"]
    return verdict, " ".join([text, *(f"Class order permuted: {e}" for e in permuted)])


def _from_history(evidence: Evidence) -> tuple[Verdict, str]:
    n = len(evidence.history)
    epochs = f"{n} epoch{'' if n == 1 else 's'}"
    if LossAtEntropy().says_collapsed(evidence):
        return "collapsed", (
            f"Collapsed: over the last epochs accuracy is the majority share "
            f"({percent(evidence.majority_share)}) and the loss the entropy of the "
            f"class shares ({evidence.share_entropy:.3f} nats): nothing but the shares "
            f"was learned. Said from {epochs} of training curves alone."
        )
    return "undetermined", (
        f"Cannot tell: {epochs} of training curves do not show what is predicted; "
        f"{_missing(evidence)}."
    )


def _missing(evidence: Evidence) -> str:
    """What would tell more than the curves do."""
    if evidence.training_shares is None:
        return "give the class frequencies, the dataset folder, or predictions"
    if not {"loss", "val_loss"} & set(evidence.history.columns):
        return (
            f"without the loss an accuracy near the majority share "
            f"({percent(evidence.majority_share)}) cannot be told from one class for "
            f"everything; give predictions"
        )
    return "the curves do not settle at the class shares; give predictions"
