"""Findings, and the checks that make them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from hirise.diagnosis.wording import Phrase

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

Page = Literal[
    "data", "predictions", "classes", "confidence", "curves", "network", "images"
]
"""What a page is about that shows findings beside their numbers."""

ImageFilter = Literal["true", "predicted"]
"""Whether the class that a finding is about is a true or a predicted one."""


TOPICS = {
    "HR1": "Data",
    "HR2": "Predictions",
    "HR3": "Confidence",
    "HR4": "Training",
    "HR5": "Network",
}
"""What the checks are about whose codes begin so."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, with the numbers that show it; `str` renders it.

    Attributes
    ----------
    code, title : str
        The check that found it.
    severity : {"error", "warning", "note"}
    sentence : str
        Template of `evidence`, with the names of `fields` and `subject` in braces.
    subject : str
        The class, split or file that it is about; "" for the whole.
    advice : str
        What to do, in a sentence.
    remedies, causes : tuple of str
        Keys.
    fields : mapping
        The numbers with their intervals, counts, thresholds and names.
    rows : tuple of mapping
        Where it is about several classes, layers or problems: one row for each, with
        its `subject` and its numbers, the worst first.

    Examples
    --------
    >>> from hirise.diagnosis.wording import Rate
    >>> finding = Finding(
    ...     "HR204",
    ...     "Class often missed",
    ...     "warning",
    ...     "{recall} of the '{subject}' images are classified correctly.",
    ...     subject="dune",
    ...     fields={"recall": Rate(0.4, 0.31, 0.5)},
    ... )
    >>> finding.fields["recall"].value
    0.4
    >>> print(finding)
    40.0% (95% CI 31.0–50.0%) of the 'dune' images are classified correctly.
    """

    code: str
    title: str
    severity: Severity
    sentence: str
    subject: str = ""
    advice: str = ""
    remedies: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    fields: Mapping[str, object] = field(default_factory=dict)
    rows: tuple[Mapping[str, object], ...] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        """The classes, layers or problems that it is about, the worst first."""
        if self.rows:
            return tuple(str(row["subject"]) for row in self.rows)
        return (self.subject,) if self.subject else ()

    @property
    def topic(self) -> str:
        """What its check is about.

        Examples
        --------
        >>> Finding("HR402", "Underfitting", "warning", "").topic
        'Training'
        """
        return TOPICS[self.code[:3]]

    @property
    def evidence(self) -> str:
        """The sentence with the number, its interval or count, and the threshold."""
        return str(self)

    def __str__(self) -> str:
        return str(Phrase(self.sentence, {**self.fields, "subject": self.subject}))


class NotApplicable(Exception):
    """A check cannot be made on this evidence; the message says why."""


class Check:
    """A question put to the evidence: yields findings, nothing, or `NotApplicable`.

    Subclasses are frozen dataclasses whose fields are the thresholds. `sentence` is
    the template of their findings, `pages` where these are shown beside the overview,
    `image_filter` which images of their subject show the fault.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    advice: ClassVar[str]
    pages: ClassVar[tuple[Page, ...]]
    image_filter: ClassVar[ImageFilter | None] = None
    sentence: ClassVar[str] = ""
    severity: ClassVar[Severity] = "warning"
    remedies: ClassVar[tuple[str, ...]] = ()
    unless: ClassVar[tuple[str, ...]] = ()
    """Codes whose errors make this check meaningless."""

    def __call__(self, evidence: "Evidence") -> Iterator[Finding]:
        """Yield what is wrong; raise `NotApplicable` where the evidence lacks it."""
        raise NotImplementedError

    def finding(
        self,
        *,
        subject: str | None = None,
        severity: Severity | None = None,
        sentence: str | None = None,
        rows: Iterable[Mapping[str, object]] = (),
        **fields: object,
    ) -> Finding:
        """Make a finding of this check.

        Parameters
        ----------
        subject, severity
            As in `Finding`; the subject of the only row, and the severity of the check,
            by default.
        sentence : str, optional
            Another template than the check's own.
        rows : iterable of mapping
            As in `Finding`.
        **fields
            What stands in the template.
        """
        rows = tuple(rows)
        if subject is None:
            subject = str(rows[0]["subject"]) if len(rows) == 1 else ""
        return Finding(
            code=self.code,
            title=self.title,
            severity=severity or self.severity,
            sentence=self.sentence if sentence is None else sentence,
            subject=subject,
            advice=self.advice,
            remedies=self.remedies,
            fields=fields,
            rows=rows,
        )
