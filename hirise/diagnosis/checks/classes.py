"""HR202, HR204 and HR205: which classes are never predicted, missed or overused."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, Severity
from hirise.diagnosis.rules import (
    NEVER,
    RULES,
    class_rate,
    effective_numbers,
    is_unbalanced,
    low_rates,
    never_fields,
    never_predicted,
    never_template,
)
from hirise.diagnosis.wording import (
    Images,
    Items,
    Names,
    Phrase,
    Rate,
    rate_of,
)
from hirise.evaluation import MEASURABLE, Evaluation

MAX_CLASSES = 4
"""Classes that a sentence lists one by one."""


@dataclass(frozen=True)
class NeverPredicted(Check):
    """True classes that are never predicted."""

    code = "HR202"
    title = "Classes never predicted"
    advice = "Adjust the logits by the class frequencies, or train with class weights."
    severity = "error"
    remedies = ("logit-adjustment", "class-weights", "balanced-head", "transfer")
    pages = ("predictions", "classes")
    image_filter = "true"
    sentence = NEVER
    of_effective_classes = (
        "The predictions use {predicted:.1f} effective classes where the ground truth "
        "has {true:.1f}. At least {ratio} of them is expected."
    )
    of_small_classes = (
        "{n_never} of {n_classes} classes are never predicted, but each has fewer than "
        "the {minimum} images that are needed to evaluate a class: {names} ({images})."
    )

    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.require_measurable()
        never = never_predicted(evaluation, 1)
        predicted, true = effective_numbers(evaluation)
        fields = never_fields(evaluation, self.minimum)
        rows = [
            {"subject": str(name), "images": Images(int(n), evaluation.split)}
            for name, n in never["support"].items()
        ]
        if fields["n_large"]:
            template = never_template(fields)
            yield self.finding(sentence=template, rows=rows, **fields)
        elif predicted < true * RULES.effective_ratio:
            yield self.finding(
                sentence=self.of_effective_classes,
                rows=rows,
                predicted=predicted,
                true=true,
                ratio=Rate(RULES.effective_ratio),
            )
        elif rows:
            yield self.finding(
                severity="note",
                sentence=self.of_small_classes,
                rows=rows,
                **{
                    **fields,
                    "names": Names(tuple(map(str, never.index)), most=8),
                    "images": Images(int(never["support"].sum()), evaluation.split),
                },
            )


@dataclass(frozen=True)
class LowRecall(Check):
    """Classes whose recall stays below `floor`, beyond chance.

    Corrected for the number of classes: of a thousand equally good ones the worst few
    look bad by chance. Or all of them together, by balanced accuracy.
    """

    code = "HR204"
    title = "Class often missed"
    advice = "Look at its images first, then give it more weight in training."
    remedies = ("class-weights", "transfer")
    pages = ("classes",)
    image_filter = "true"
    sentence = (
        "{recall} of {images} of '{subject}' are classified correctly. At least "
        "{floor} is expected."
    )
    of_several = (
        "In {n_low} of {n_classes} classes fewer than {floor} of the images are "
        "classified correctly, beyond chance: {classes}."
    )
    of_balance = (
        "Balanced accuracy, the mean recall of {n_classes} classes, is {balanced}. At "
        "least {floor} is expected."
    )

    floor: float = RULES.recall_floor
    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.require_measurable()
        missed = low_rates(evaluation, "recall", self.floor, minimum=self.minimum)
        rows = _rows(missed, "recall", "support", self.minimum)
        # Its own floor may be lower than that of the verdict.
        below = evaluation.bounds("balanced_accuracy")[2] < self.floor
        weak = evidence.verdict.key == "weak" and is_unbalanced(evaluation) and below
        if weak and not (missed["support"] >= self.minimum).any():
            yield self.finding(
                sentence=self.of_balance,
                rows=rows,
                n_classes=_n_true(evaluation),
                balanced=rate_of(evaluation.bounds("balanced_accuracy")),
                floor=Rate(self.floor),
            )
        elif rows:
            yield _of_classes(self, rows, "recall", _n_true(evaluation))


@dataclass(frozen=True)
class LowPrecision(Check):
    """Classes whose predictions are more often incorrect than correct."""

    code = "HR205"
    title = "Class often predicted for others"
    advice = "The confusion matrix shows which classes it is confused with."
    remedies = ("thresholds", "transfer")
    pages = ("classes",)
    image_filter = "predicted"
    sentence = (
        "{precision} of {images} predicted as '{subject}' are of that class. At least "
        "{floor} is expected."
    )
    of_several = (
        "Of the images predicted as {n_low} of {n_classes} classes, fewer than {floor} "
        "are of the class, beyond chance: {classes}."
    )

    floor: float = 0.50
    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.require_measurable()
        low = low_rates(evaluation, "precision", self.floor, minimum=self.minimum)
        rows = _rows(low, "precision", "predicted", self.minimum)
        if rows:
            n_predicted = int((evaluation.per_class["predicted"] > 0).sum())
            yield _of_classes(self, rows, "precision", n_predicted)


def _n_true(evaluation: Evaluation) -> int:
    return int((evaluation.per_class["support"] > 0).sum())


def _rows(
    low: pd.DataFrame, key: str, counted: str, minimum: int
) -> list[dict[str, object]]:
    """One row per class, those that have enough images first."""
    few = low[counted] < minimum
    return [
        {
            "subject": str(name),
            key: class_rate(row, key),
            "images": Images(int(row[counted])),
            "enough": bool(row[counted] >= minimum),
        }
        for name, row in pd.concat([low[~few], low[few]]).iterrows()
    ]


def _of_classes(
    check: LowRecall | LowPrecision,
    rows: list[dict[str, object]],
    key: str,
    n_classes: int,
) -> Finding:
    """One finding, of a class or of several."""
    severity: Severity | None = None if rows[0]["enough"] else "note"
    if len(rows) == 1:
        fields: dict[str, Any] = {name: rows[0][name] for name in (key, "images")}
        subject = str(rows[0]["subject"])
        return check.finding(
            subject=subject, severity=severity, floor=Rate(check.floor), **fields
        )
    template = f"'{{subject}}' {{{key}}} of {{images}}"
    classes = Items(tuple(Phrase(template, row) for row in rows), most=MAX_CLASSES)
    return check.finding(
        severity=severity,
        sentence=check.of_several,
        rows=rows,
        n_low=len(rows),
        n_classes=n_classes,
        floor=Rate(check.floor),
        classes=classes,
    )
