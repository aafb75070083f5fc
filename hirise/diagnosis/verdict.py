"""The decision table: one Evaluation to one verdict, and its sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from hirise.diagnosis.rules import (
    RULES,
    Rules,
    class_rate,
    effective_numbers,
    effective_ratio,
    evaluated_images,
    has_constant_rows,
    is_chance,
    is_one_class,
    is_unbalanced,
    never_fields,
    never_predicted,
    never_template,
    often_missed,
    takes_nearly_all,
    top_class,
)
from hirise.diagnosis.wording import (
    Images,
    Names,
    Phrase,
    Rate,
    capitalised,
    lowered,
    rate_of,
    score_of,
)
from hirise.evaluation import Evaluation

if TYPE_CHECKING:
    from hirise.diagnosis.finding import Finding

VerdictKey = Literal[
    "collapsed", "partly-collapsed", "uninformed", "undetermined", "weak", "healthy"
]

TITLES: dict[VerdictKey, str] = {
    "collapsed": "Collapsed",
    "partly-collapsed": "Partly collapsed",
    "uninformed": "No better than guessing",
    "undetermined": "Cannot tell",
    "weak": "Weak",
    "healthy": "No collapse found",
}

ReasonKey = Literal[
    "no-truth", "one-class", "few-images", "few-minority", "few-groups", "near-chance"
]

REASONS: dict[ReasonKey, str] = {
    "no-truth": "there are no true labels to compare with",
    "one-class": "there is only one class among {images} with a true label",
    "few-images": "only {images}, at least {minimum} are needed",
    "few-minority": (
        "only {images} outside the majority class, at least {minimum} are needed"
    ),
    "few-groups": "there are too few groups of images for an interval",
    "near-chance": "these images are too few to tell the predictions from chance",
}


@dataclass(frozen=True)
class Reason:
    """Why there is no verdict; `str` renders it without a full stop."""

    key: ReasonKey
    fields: Mapping[str, object] = field(default_factory=dict)

    @property
    def insufficient(self) -> bool:
        """Whether there are too few labelled images for any check of the labels."""
        return self.key not in ("few-groups", "near-chance")

    def __str__(self) -> str:
        return str(Phrase(REASONS[self.key], self.fields))


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a classifier is worth on one split, and the numbers that carry it.

    Attributes
    ----------
    key : str
        One of the decision table's, `healthy` included.
    row : int
        The row of the decision table that applies; 0 for training curves alone.
    reason : Reason, optional
        Why the verdict is `undetermined`.
    statement : tuple of Phrase
        The numbers; the first begins with a small letter.
    remarks : tuple of Phrase
        What else must be known, as sentences.
    doubt : Finding, optional
        Why the evaluation cannot be trusted.

    Examples
    --------
    >>> verdict = Verdict("collapsed", statement=(Phrase("all images are 'other'."),))
    >>> verdict.failing, verdict.title, verdict.sentence
    (True, 'Collapsed', "Collapsed: all images are 'other'.")
    >>> verdict == "collapsed"
    True
    """

    key: VerdictKey
    row: int = 0
    reason: Reason | None = None
    statement: tuple[Phrase, ...] = ()
    remarks: tuple[Phrase, ...] = ()
    doubt: "Finding | None" = None

    def __repr__(self) -> str:
        return f"Verdict({self.key!r}, {self.sentence!r})"

    def __eq__(self, other: object) -> bool:
        # Else an assertion that `verdict != "collapsed"` would never fail.
        if isinstance(other, str):
            return self.key == other
        return isinstance(other, Verdict) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def title(self) -> str:
        """The verdict as people see it; "No collapse found" for `healthy`."""
        return TITLES[self.key]

    @property
    def failing(self) -> bool:
        """Whether the classifier is of no use as it is."""
        return self.key in ("collapsed", "partly-collapsed", "uninformed")

    @property
    def passing(self) -> bool:
        """Whether the classifier has learned something."""
        return self.key in ("weak", "healthy")

    @property
    def sentence(self) -> str:
        """Title and numbers; plain text, with the user's class names in it."""
        join = ", but " if self.doubt else ": "
        return f"{self.title}{join}{self._body}"

    @property
    def text(self) -> str:
        """The sentence without the title, to stand below it."""
        return capitalised(self._body)

    @property
    def _body(self) -> str:
        numbers = " ".join(map(str, self.statement))
        if self.doubt is not None:
            code = doubt_text(self.doubt)
            numbers = (
                f"the evaluation cannot be trusted because of {code}. {self.doubt} "
                f"As measured: {numbers}"
            )
        return " ".join([numbers, *map(str, self.remarks)])


def doubt_text(finding: "Finding") -> str:
    """The code of a finding with its title, inside a sentence."""
    return f"{finding.code} ({lowered(finding.title)})"


def with_findings(
    verdict: Verdict, doubts: "list[Finding]", permuted: "list[Finding]"
) -> Verdict:
    """The verdict with what checks found of the evaluation itself.

    Parameters
    ----------
    verdict : Verdict
    doubts : list of Finding
        What takes the ground from every score: HR101 and HR102.
    permuted : list of Finding
        Class orders that differ: HR207.
    """
    remarks = [Phrase("{finding}", {"finding": finding}) for finding in permuted]
    if verdict.key == "healthy" and doubts:
        if doubts[0].severity == "note":
            remarks.insert(0, Phrase("{finding}", {"finding": doubts[0]}))
        else:
            verdict = replace(verdict, doubt=doubts[0])
    return replace(verdict, remarks=(*verdict.remarks, *remarks))


def decide(evaluation: Evaluation, rules: Rules = RULES) -> Verdict:
    """The verdict on one split, with its sentence.

    Parameters
    ----------
    evaluation : Evaluation
    rules : Rules
    """
    verdict = _row_of_table(evaluation, rules)
    if verdict.reason is not None:
        fields = {"reason": verdict.reason}
        statement: tuple[Phrase, ...] = (Phrase("{reason}.", fields),)
        if takes_nearly_all(evaluation, rules):
            statement = (*statement, _nearly_all(evaluation))
    else:
        statement = _STATEMENTS[verdict.key](evaluation, rules)
    missing = evaluation.missing_intervals
    remarks = (Phrase(missing),) if missing and verdict.row > 2 else ()
    return replace(verdict, statement=statement, remarks=remarks)


def _row_of_table(evaluation: Evaluation, rules: Rules) -> Verdict:
    constant = has_constant_rows(evaluation, rules)
    if not evaluation.has_truth:
        # That all images get the same probabilities shows without any truth.
        if constant:
            return Verdict("collapsed", 1)
        return Verdict("undetermined", 2, Reason("no-truth"))
    reason = _too_little(evaluation, rules)
    if reason is not None:
        return Verdict("undetermined", 2, reason)
    if constant or is_one_class(evaluation, rules):
        return Verdict("collapsed", 3)
    if len(never_predicted(evaluation, rules.measurable)) or (
        effective_ratio(evaluation) < rules.effective_ratio
    ):
        return Verdict("partly-collapsed", 4)
    return _by_agreement(evaluation, rules)


def _by_agreement(evaluation: Evaluation, rules: Rules) -> Verdict:
    _, low, high = evaluation.bounds("kappa")
    if np.isnan(low):
        return Verdict("undetermined", 6, Reason("few-groups"))
    if is_chance(low, high, rules):
        return Verdict("uninformed", 5)
    if low <= 0:
        return Verdict("undetermined", 6, Reason("near-chance"))
    if (
        _is_below_majority(evaluation)
        or is_unbalanced(evaluation, rules)
        or len(often_missed(evaluation, rules))
    ):
        return Verdict("weak", 7)
    return Verdict("healthy", 8)


def _too_little(evaluation: Evaluation, rules: Rules) -> Reason | None:
    support = evaluation.per_class["support"]
    n_labelled, n_largest = int(support.sum()), int(support.max())
    if (support > 0).sum() == 1:
        return Reason("one-class", {"images": Images(n_labelled)})
    if n_labelled < rules.min_images:
        fields = {"images": Images(n_labelled), "minimum": rules.min_images}
        return Reason("few-images", fields)
    n_outside = n_labelled - n_largest
    if n_outside < rules.min_outside_majority:
        fields = {"images": Images(n_outside), "minimum": rules.min_outside_majority}
        return Reason("few-minority", fields)
    return None


def _is_below_majority(evaluation: Evaluation) -> bool:
    return evaluation.metric("accuracy") <= evaluation.metric("majority_share")


def _baseline(evaluation: Evaluation) -> dict[str, object]:
    keys = {"accuracy": "accuracy", "majority": "majority_share"}
    return {name: Rate(evaluation.metric(key)) for name, key in keys.items()}


def _collapsed(evaluation: Evaluation, rules: Rules) -> tuple[Phrase, ...]:
    name, frequency = top_class(evaluation)
    fields = {
        "images": evaluated_images(evaluation),
        "name": name,
        "frequency": Rate(frequency),
    }
    if frequency == 1:
        first = Phrase("all {images} are predicted as '{name}'.", fields)
    elif has_constant_rows(evaluation, rules):
        first = Phrase("all {images} have the same probabilities.", fields)
    else:
        first = Phrase("{frequency} of {images} are predicted as '{name}'.", fields)
    if not evaluation.has_truth:
        return first, Phrase("There are no true labels to compare with.")
    return first, _accuracy_of_one_class(evaluation, name, frequency)


def _nearly_all(evaluation: Evaluation) -> Phrase:
    name, frequency = top_class(evaluation)
    images = evaluated_images(evaluation)
    fields = {"images": images, "name": name, "frequency": Rate(frequency)}
    if frequency == 1:
        return Phrase("All {images} are predicted as '{name}'.", fields)
    return Phrase("{frequency} of {images} are predicted as '{name}'.", fields)


def _accuracy_of_one_class(
    evaluation: Evaluation, name: str, frequency: float
) -> Phrase:
    true_frequency = float(evaluation.shares["true_share"][name])
    classes = evaluation.per_class
    occurring = classes[classes["support"] > 0]
    n_never = int((occurring["predicted"] == 0).sum())
    template = (
        "Accuracy {accuracy} compares with a majority-class baseline of {majority}"
    )
    if frequency == 1:
        template = "Accuracy {accuracy} equals the frequency of '{name}' ({true})"
        if true_frequency < evaluation.metric("majority_share"):
            template += ", below the majority-class baseline {majority}"
    if n_never:
        template += "; {n_never} of {n_classes} classes are never predicted"
    fields = {
        **_baseline(evaluation),
        "name": name,
        "true": Rate(true_frequency),
        "n_never": n_never,
        "n_classes": len(occurring),
    }
    return Phrase(f"{template}.", fields)


def _partly_collapsed(evaluation: Evaluation, rules: Rules) -> tuple[Phrase, ...]:
    never = never_predicted(evaluation, rules.measurable)
    scores = Phrase(
        "Accuracy is {accuracy}, balanced accuracy {balanced}, macro-F1 {macro_f1}.",
        {
            "accuracy": Rate(evaluation.metric("accuracy")),
            "balanced": Rate(evaluation.metric("balanced_accuracy")),
            "macro_f1": score_of((evaluation.metric("macro_f1"), np.nan, np.nan)),
        },
    )
    if len(never):
        fields = never_fields(evaluation, rules.measurable)
        return Phrase(never_template(fields), fields), scores
    name, frequency = top_class(evaluation)
    predicted, true = effective_numbers(evaluation)
    first = Phrase(
        "{frequency} of {images} are predicted as '{name}'.",
        {
            "frequency": Rate(frequency),
            "images": evaluated_images(evaluation),
            "name": name,
        },
    )
    second = Phrase(
        "The predictions use {predicted:.1f} effective classes where the ground truth "
        "has {true:.1f}, less than {ratio} of them.",
        {"predicted": predicted, "true": true, "ratio": Rate(rules.effective_ratio)},
    )
    return first, second, scores


def _uninformed(evaluation: Evaluation, rules: Rules) -> tuple[Phrase, ...]:
    kappa = score_of(evaluation.bounds("kappa"))
    start = (
        "the predictions are worse than chance. They"
        if kappa.high < 0
        else ("the predictions")
    )
    return (
        Phrase(
            start + " agree with the ground truth on {accuracy} of {images}. Chance "
            "agreement is {chance}, Cohen's kappa {kappa}.",
            {
                "accuracy": Rate(evaluation.metric("accuracy")),
                "images": evaluated_images(evaluation),
                "chance": Rate(evaluation.metric("chance_agreement")),
                "kappa": kappa,
            },
        ),
    )


def _weak(evaluation: Evaluation, rules: Rules) -> tuple[Phrase, ...]:
    missed = often_missed(evaluation, rules)
    accuracy = "accuracy {accuracy} on {images}, majority-class baseline {majority}."
    fields = {**_baseline(evaluation), "images": evaluated_images(evaluation)}
    if missed.empty and is_unbalanced(evaluation, rules):
        balance = Phrase(
            "balanced accuracy, the mean recall of the classes, is {balanced}. At "
            "least {floor} is expected.",
            {
                "balanced": rate_of(evaluation.bounds("balanced_accuracy")),
                "floor": Rate(rules.recall_floor),
            },
        )
        return balance, Phrase(capitalised(accuracy), fields)
    if missed.empty:
        return (Phrase(accuracy, fields),)
    worst = missed.iloc[0]
    template = (
        "only {recall} of {images} of '{name}' are classified correctly. At least "
        "{floor} is expected."
    )
    if len(missed) > 1:
        template += " {n_missed} classes are below that, beyond chance."
    first = Phrase(
        template,
        {
            "recall": class_rate(worst, "recall"),
            "images": Images(int(worst["support"]), evaluation.split),
            "name": worst.name,
            "floor": Rate(rules.recall_floor),
            "n_missed": len(missed),
        },
    )
    return first, Phrase(capitalised(accuracy), fields)


def _healthy(evaluation: Evaluation, rules: Rules) -> tuple[Phrase, ...]:
    first = Phrase(
        "accuracy {accuracy} on {images}, majority-class baseline {majority}, macro-F1 "
        "{macro_f1}. Every class with {minimum} images or more is predicted.",
        {
            **_baseline(evaluation),
            "images": evaluated_images(evaluation),
            "macro_f1": score_of(evaluation.bounds("macro_f1")),
            "minimum": rules.measurable,
        },
    )
    support = evaluation.per_class["support"]
    small = support[(support > 0) & (support < rules.measurable)]
    if small.empty:
        return (first,)
    names = Names(tuple(map(str, small.index)))
    return first, Phrase("Too small to evaluate: {names}.", {"names": names})


_STATEMENTS = {
    "collapsed": _collapsed,
    "partly-collapsed": _partly_collapsed,
    "uninformed": _uninformed,
    "weak": _weak,
    "healthy": _healthy,
}
