"""Findings, and the checks that make them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from hirise.diagnosis.evidence import Evidence

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

FailOn = Literal["error", "warning", "never"]
FAIL_ON: dict[FailOn, tuple[Severity, ...]] = {
    "error": ("error",),
    "warning": ("error", "warning"),
    "never": (),
}
"""The severities that fail a build, by the least of them."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, with the numbers that show it.

    Attributes
    ----------
    code, title : str
        The check that found it.
    severity : {"error", "warning", "note"}
    evidence : str
        A sentence with the number, its interval or count, and the threshold.
    subject : str
        The class, split or file that it is about; "" for the whole.
    advice : str
        What to do, in a sentence.
    remedies, causes : tuple of str
        Keys.
    """

    code: str
    title: str
    severity: Severity
    evidence: str
    subject: str = ""
    advice: str = ""
    remedies: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()


class NotApplicable(Exception):
    """A check cannot be made on this evidence; the message says why."""


class Check:
    """A question put to the evidence: yields findings, nothing, or `NotApplicable`.

    Subclasses are frozen dataclasses whose fields are the thresholds.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    advice: ClassVar[str]
    severity: ClassVar[Severity] = "warning"
    remedies: ClassVar[tuple[str, ...]] = ()
    unless: ClassVar[tuple[str, ...]] = ()
    """Codes whose error takes the ground from under this check."""

    def __call__(self, evidence: "Evidence") -> Iterator[Finding]:
        """Yield what is wrong; raise `NotApplicable` where it cannot be said."""
        raise NotImplementedError

    def finding(
        self, evidence: str, *, subject: str = "", severity: Severity | None = None
    ) -> Finding:
        """Make a finding of this check."""
        return Finding(
            code=self.code,
            title=self.title,
            severity=severity or self.severity,
            evidence=evidence,
            subject=subject,
            advice=self.advice,
            remedies=self.remedies,
        )
