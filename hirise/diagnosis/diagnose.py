"""Evidence -> Diagnosis: the verdict, what supports it, and what each check found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Unpack

from hirise.diagnosis.advice import beside_confirmed, is_effect, is_explained, offer
from hirise.diagnosis.calls import Arguments, evidence_of
from hirise.diagnosis.causes import Cause, causes_of, posterior_of, with_causes
from hirise.diagnosis.causes.decisions import (
    Decision,
    decisions_of,
    in_order,
    told,
)
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.checks.baselines import baseline_of
from hirise.diagnosis.checks.training import LATE, Diverged, LossAtEntropy
from hirise.diagnosis.collapse_kind import (
    Indicator,
    Kind,
    evidence_line,
    indicators_of,
    kind_of,
)
from hirise.diagnosis.configuration import Configuration
from hirise.diagnosis.document import check_document
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import (
    FAIL_ON,
    SEVERITIES,
    Check,
    FailOn,
    Finding,
    NotApplicable,
)
from hirise.diagnosis.objects import estimator_arrays
from hirise.diagnosis.summary import ignored_line, summary_html, summary_text
from hirise.diagnosis.verdict import Verdict, decide, with_findings
from hirise.diagnosis.wording import Phrase, Rate

UNTRUSTED = ("HR101", "HR102")
"""Codes of findings under which no score means what it says."""

PERMUTED = "HR207"

Tone = Literal["bad", "unsure", "doubtful", "good"]


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What is wrong with a classifier; `print` shows the most important of it.

    Attributes
    ----------
    verdict : Verdict
        With its key, title and sentence.
    kind : str or None
        How it collapsed; None unless the verdict is `collapsed` or `uninformed`.
    indicators : tuple of Indicator
        Numbers that are evidence for or against a collapse.
    findings : tuple of Finding
        Errors first, then by code.
    passed : tuple of str
        Codes of checks that found nothing.
    not_applicable : tuple of (code, reason)
    causes : tuple of Cause
        The likeliest first.
    decisions : mapping
        What experiments decided about causes, by key; {} where none were made.
    evidence : Evidence, optional
        What was measured.
    configuration : Configuration, optional
        The thresholds and accepted findings of a person.
    ignored : tuple of (Finding, reason)
        Findings that the configuration accepts; they are not among `findings`.

    Examples
    --------
    >>> diagnosis = diagnose(["a", "b"] * 20, ["a", "a"] * 20)
    >>> diagnosis.ok, diagnosis.cause
    (False, None)
    """

    verdict: Verdict
    kind: Kind | None = None
    indicators: tuple[Indicator, ...] = ()
    findings: tuple[Finding, ...] = ()
    passed: tuple[str, ...] = ()
    not_applicable: tuple[tuple[str, str], ...] = ()
    causes: tuple[Cause, ...] = ()
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    evidence: Evidence | None = field(default=None, compare=False)
    configuration: Configuration | None = None
    ignored: tuple[tuple[Finding, str], ...] = ()

    def __repr__(self) -> str:
        return summary_text(self)

    def _repr_html_(self) -> str:
        return summary_html(self)

    @property
    def ok(self) -> bool:
        """Whether `hirise check` passes: no failing verdict, and no error found."""
        return not self.verdict.failing and not self.failing("error")

    @property
    def cause(self) -> Cause | None:
        """The likeliest cause that is not refuted; None where none is known."""
        left = (c for c in self.causes if self.decision(c.key).status != "refuted")
        return next(left, None)

    @property
    def indicator_text(self) -> str:
        """The evidence for and against a collapse in one line; "" without any."""
        return evidence_line(self.indicators)

    @property
    def ignored_line(self) -> str:
        """Which findings are ignored, each with the reason; "" without any."""
        return ignored_line(self)

    def decision(self, cause: str) -> Decision:
        """What experiments decided about a cause; undecided where none were made."""
        return self.decisions.get(cause, Decision())

    def decided(self, cause: str) -> str:
        """Which experiment confirmed or refuted a cause; "" while it is undecided."""
        return told(self.decision(cause))

    @property
    def confirmed(self) -> Cause | None:
        """The cause that an experiment confirmed; None without one."""
        return _confirmed(self.causes, self.decisions)

    def is_effect(self, finding: Finding) -> bool:
        """Whether a finding is an effect of the confirmed cause; see `advice`."""
        return is_effect(finding, self.confirmed)

    @property
    def explained(self) -> tuple[Finding, ...]:
        """Findings that the first cause explains; all effects of a confirmed one."""
        cause = self.cause
        if cause is None:
            return ()
        return tuple(
            finding
            for finding in self.findings
            if self.is_effect(finding) or is_explained(finding, cause)
        )

    def standing(self, cause: Cause) -> str:
        """How sure a cause is: confirmed or refuted by what, else its likelihood."""
        return self.decided(cause.key) or f"{cause.likelihood} ({cause.share})"

    @property
    def sentence(self) -> str:
        """The verdict with its numbers; plain text, with the user's class names."""
        return self.verdict.sentence

    @property
    def trusted(self) -> bool:
        """Whether the evaluation itself is sound, as far as the checks can tell."""
        if self.verdict.doubt is not None:
            return False
        return not any(finding.code in UNTRUSTED for finding in self._found)

    @property
    def _found(self) -> tuple[Finding, ...]:
        """All findings, those that are ignored too."""
        return (*self.findings, *(finding for finding, _ in self.ignored))

    @property
    def tone(self) -> Tone:
        """How the verdict is coloured: never good beside an error or a doubt."""
        if self.verdict.failing:
            return "bad"
        if self.verdict.key == "undetermined":
            return "unsure"
        has_errors = any(finding.severity == "error" for finding in self._found)
        if self.verdict.key == "weak" or has_errors or not self.trusted:
            return "doubtful"
        return "good"

    def failing(self, fail_on: FailOn) -> tuple[Finding, ...]:
        """The findings at or above a severity; none for `never`."""
        return tuple(f for f in self.findings if f.severity in FAIL_ON[fail_on])

    def to_dict(self) -> dict[str, Any]:
        """What `hirise check --json` prints, without `confidence`.

        That of `hirise.check(...)` has it.
        """
        if self.evidence is None:
            raise ValueError("This diagnosis was made without its evidence.")
        return check_document(self.evidence, self)


def diagnose(
    source: Any = None,
    y_pred: Any = None,
    y_score: Any = None,
    *,
    checks: tuple[Check, ...] = CHECKS,
    configuration: Configuration | None = None,
    **arguments: Unpack[Arguments],
) -> Diagnosis:
    """State the verdict and run every check.

    `diagnose(y_true, y_pred)`, `diagnose(y_true, proba)`, `diagnose(table)`,
    `diagnose("predictions.csv")` or `diagnose("run-id")`.

    Parameters
    ----------
    source : array-like, or one source
        The true labels, with `y_pred` or scores beside them: ids, names or one-hot
        rows, in an array, tensor or column of any library. Or one source: a run, its
        folder or its id; a file of predictions or of training curves; a log folder; a
        table of pandas, polars or Arrow; arrays in a mapping; Predictions; a confusion
        matrix of counts (true classes in rows); curves, such as `History` of Keras;
        what `Trainer.predict` of transformers gives; Evidence.
    y_pred : (n_images,) array-like, optional
        Predicted labels. Probabilities are taken for what they are.
    y_score, proba : (n_images, n_classes) array-like, optional
        Probabilities, or (n_images,) of the second of two classes.
    **arguments
        `y_true`: the true labels, by name. `logits`: scores before softmax, instead of
        `proba`; or True, where the scores are logits. `images`, `groups`: (n_images,)
        names of the images, and of what they belong together by. `class_names`: names
        in the order of the ids. `columns`: role to column, such as
        `{"y_true": "label"}`. `split`: val by default, else test, else the only one;
        names arrays, which have none. `cluster`: what the intervals resample, `auto`,
        `landmark`, `observation` or `none`. `training_shares`: frequency, or number, of
        training images by class name. `data`: dataset folder, for class frequencies,
        missing ground truth and copies of images. `artifacts`: folder of the runs.
        `threshold`, `abstain`, `aggregate`, `ordinal`: as in `read_predictions`.
    checks : tuple of Check
    configuration : Configuration, optional
        Thresholds and accepted findings. Verdict and causes do not depend on it.

    Raises
    ------
    InputError
        What cannot be read or evaluated, saying what, where and how to fix it.

    Examples
    --------
    >>> labels = ["a"] * 60 + ["b"] * 40
    >>> print(diagnose(labels, ["a"] * 100).sentence)
    Collapsed: all 100 images are predicted as 'a'. Accuracy 60.0% equals the frequency
    of 'a' (60.0%); 1 of 2 classes are never predicted.
    """
    if not isinstance(source, Evidence):
        evidence = evidence_of(source, y_pred, y_score, **arguments)
    elif arguments or y_pred is not None or y_score is not None:
        raise TypeError(
            f"Evidence is complete; give {', '.join(map(repr, arguments)) or 'arrays'} "
            f"to `evidence_of`."
        )
    else:
        evidence = source
    verdict = _verdict(evidence)
    findings, passed, not_applicable = run_checks(evidence, checks)
    kind = None
    if verdict.key in ("collapsed", "uninformed"):
        kind = kind_of(evidence, {finding.code for finding in findings})
    causes = causes_of(evidence, verdict, findings, passed)
    if evidence.evaluation is None and evidence.settings.get("unread_labels"):
        causes = ()  # a regression, or several labels of an image: no classifier
    decisions: dict[str, Decision] = {}
    if made := evidence.experiments:
        posterior = posterior_of(evidence, verdict, findings, passed)
        decisions = decisions_of(posterior, made)
        causes = in_order(causes, decisions, made)
    verdict = with_findings(
        verdict,
        doubts=[f for f in findings if f.code in UNTRUSTED],
        permuted=[f for f in findings if f.code == PERMUTED],
    )
    if configuration is not None and configuration.thresholds:
        findings, passed, not_applicable = run_checks(
            evidence, configuration.overridden(checks)
        )
    told, causes = offer(with_causes(findings, causes), causes, decisions, evidence)
    told = beside_confirmed(told, _confirmed(causes, decisions))
    reasons = configuration.reasons if configuration is not None else {}
    return Diagnosis(
        verdict=verdict,
        kind=kind,
        indicators=indicators_of(evidence, failing=verdict.failing),
        findings=tuple(f for f in told if f.code not in reasons),
        passed=tuple(passed),
        not_applicable=tuple(not_applicable),
        causes=causes,
        decisions=decisions,
        evidence=evidence,
        configuration=configuration,
        ignored=tuple((f, reasons[f.code]) for f in told if f.code in reasons),
    )


def from_estimator(
    estimator: Any,
    X: Any,
    y: Any,
    **arguments: Unpack[Arguments],
) -> Diagnosis:
    """Diagnose a fitted classifier with `predict`, as those of scikit-learn and Keras.

    Parameters
    ----------
    estimator : object
        `predict_proba` and `classes_` are used where it has them.
    X : (n_images, …) array-like
        What `predict` takes.
    y : (n_images,) array-like
        True labels.
    **arguments
        Those of `diagnose`, such as `class_names`.

    Raises
    ------
    InputError
        A regressor, a multi-label classifier, or labels that do not fit.

    Examples
    --------
    >>> class Guess:
    ...     def predict(self, X):
    ...         return ["a"] * len(X)
    >>> from_estimator(Guess(), range(40), ["a", "b"] * 20).verdict.key
    'collapsed'
    """
    return diagnose(**{**estimator_arrays(estimator, X, y), **arguments})


def run_checks(
    evidence: Evidence, checks: Sequence[Check] = CHECKS
) -> tuple[list[Finding], list[str], list[tuple[str, str]]]:
    """Run checks in their order.

    Returns
    -------
    findings : list of Finding
        Errors first, then by code.
    passed : list of str
        Codes of checks that found nothing.
    not_applicable : list of (code, reason)

    Examples
    --------
    >>> evidence = evidence_of(["a", "b"] * 20, ["a"] * 40)
    >>> findings, passed, not_applicable = run_checks(evidence)
    >>> [finding.code for finding in findings]
    ['HR201', 'HR202', 'HR203']
    """
    findings: list[Finding] = []
    passed: list[str] = []
    not_applicable: list[tuple[str, str]] = []
    for check in checks:
        try:
            # Checks that others depend on come first in their order.
            _require_sound_labels(check, findings)
            # A generator raises only while it is run through.
            new = list(check(evidence))
        except NotApplicable as reason:
            not_applicable.append((check.code, str(reason)))
            continue
        findings += new
        if not new:
            passed.append(check.code)
    findings.sort(
        key=lambda finding: (SEVERITIES.index(finding.severity), finding.code)
    )
    return findings, passed, not_applicable


def _confirmed(
    causes: Sequence[Cause], decisions: Mapping[str, Decision]
) -> Cause | None:
    """The cause that an experiment confirmed; None without one."""
    for cause in causes:
        if decisions.get(cause.key, Decision()).status == "confirmed":
            return cause
    return None


def _require_sound_labels(check: Check, findings: list[Finding]) -> None:
    """Refuse a check that the error of another makes meaningless."""
    for finding in findings:
        if finding.code in check.unless and finding.severity == "error":
            raise NotApplicable(f"{finding.code} was found: {finding.title.lower()}")


def _verdict(evidence: Evidence) -> Verdict:
    """The verdict on the evaluation, or on training curves alone."""
    if evidence.evaluation is not None:
        return decide(evidence.evaluation)
    n = len(evidence.history)
    fields: dict[str, object] = {
        "epochs": f"{n} epoch{'' if n == 1 else 's'}",
        "majority": Rate(evidence.majority_frequency),
        "entropy": evidence.frequency_entropy,
    }
    if LossAtEntropy().is_collapse(evidence):
        return _collapsed(evidence, fields)
    template = (
        "training curves alone ({epochs}) do not show which classes are predicted."
    )
    statement = (Phrase(template, fields), Phrase(_missing(evidence), fields))
    return Verdict("undetermined", statement=statement)


def _collapsed(evidence: Evidence, fields: dict[str, object]) -> Verdict:
    """The verdict on curves that end where a network knows only class frequencies."""
    baseline = baseline_of(evidence)
    fields |= {
        "entropy": baseline.entropy,
        "value": Rate(baseline.value),
        "n_classes": len(evidence.require_training_frequencies()),
    }
    if baseline.is_binary:
        template = (
            "over the last epochs binary accuracy ({value}) and loss ({entropy:.3f} "
            "nats) are what {n_classes} classes give when only their frequencies were "
            "learned. This is known from {epochs} of training curves alone."
        )
    elif any(finding.subject == LATE for finding in Diverged()(evidence)):
        template = (
            "over the last epochs accuracy equals the majority-class baseline "
            "({majority}) and the loss the entropy of the class frequencies "
            "({entropy:.3f} nats). The network lost what it had learned in earlier "
            "epochs. This is known from {epochs} of training curves alone."
        )
    else:
        template = (
            "over the last epochs accuracy equals the majority-class baseline "
            "({majority}) and the loss the entropy of the class frequencies "
            "({entropy:.3f} nats). Only the class frequencies were learned. This is "
            "known from {epochs} of training curves alone."
        )
    return Verdict("collapsed", statement=(Phrase(template, fields),))


def _missing(evidence: Evidence) -> str:
    """What would show more than the curves do."""
    if evidence.training_shares is None:
        return "Give the class frequencies, the dataset or predictions."
    if not {"loss", "val_loss"} & set(evidence.history.columns):
        return (
            "Without the loss, an accuracy near the majority-class baseline "
            "({majority}) does not show whether one class is predicted for all images. "
            "Give predictions."
        )
    return "The curves do not settle at the class frequencies. Give predictions."
