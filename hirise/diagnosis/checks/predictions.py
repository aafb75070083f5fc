"""HR2xx: what the classifier predicts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable, Severity
from hirise.diagnosis.rules import (
    NEVER,
    RULES,
    class_rate,
    effective_numbers,
    evaluated_images,
    is_chance,
    is_one_class,
    is_unbalanced,
    low_rates,
    never_fields,
    never_predicted,
    never_template,
    takes_nearly_all,
    top_class,
)
from hirise.diagnosis.wording import (
    Images,
    Items,
    Names,
    Phrase,
    Rate,
    of_split,
    rate_of,
    score_of,
)
from hirise.evaluation import MEASURABLE, Evaluation
from hirise.metrics import metrics
from hirise.metrics.assignment import best_relabelling
from hirise.metrics.intervals import wilson
from hirise.metrics.metrics import Ints
from hirise.predictions import Predictions

MAX_CLASSES = 4
"""Classes that a sentence lists one by one."""


@dataclass(frozen=True)
class OneClass(Check):
    """Nearly all images are predicted as one class, and not because they are of it."""

    code = "HR201"
    title = "One class for all images"
    advice = "Compare the class frequencies, then retrain with a lower learning rate."
    severity = "error"
    remedies = ("lower-learning-rate", "logit-adjustment", "class-weights", "transfer")
    pages = ("predictions",)
    image_filter = "predicted"
    sentence = (
        "{frequency} of {images} are predicted as '{subject}'. {threshold} or more "
        "is a collapse; the true frequency of '{subject}' is {true_frequency}."
    )
    without_truth = (
        "{frequency} of {images} are predicted as '{subject}'. {threshold} or more is "
        "a collapse, unless nearly all images are of that class. Without true "
        "labels, this is not known."
    )

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.require_evaluation()
        if takes_nearly_all(evaluation):
            name, frequency = top_class(evaluation)
            yield self.finding(
                subject=name,
                severity="warning",
                sentence=self.without_truth,
                frequency=Rate(frequency),
                images=evaluated_images(evaluation),
                threshold=Rate(RULES.top_share),
            )
            return
        evaluation = evidence.require_measurable()
        if is_one_class(evaluation):
            name, frequency = top_class(evaluation)
            yield self.finding(
                subject=name,
                frequency=Rate(frequency),
                images=evaluated_images(evaluation),
                threshold=Rate(RULES.top_share),
                true_frequency=Rate(float(evaluation.shares["true_share"][name])),
            )


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
class AtMajorityBaseline(Check):
    """Always predicting the most frequent class would score as well."""

    code = "HR203"
    title = "No better than the majority-class baseline"
    advice = (
        "Compare macro-F1 and balanced accuracy, which tell more than accuracy here."
    )
    remedies = ("class-weights", "transfer")
    pages = ("predictions",)
    sentence = (
        "Accuracy {accuracy} is not above the majority-class baseline {majority}."
    )

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.require_measurable()
        accuracy = rate_of(evaluation.bounds("accuracy"))
        majority = Rate(evaluation.metric("majority_share"))
        if accuracy.value <= majority.value:
            yield self.finding(accuracy=accuracy, majority=majority)


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
        weak = evidence.verdict.key == "weak" and is_unbalanced(evaluation)
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


@dataclass(frozen=True)
class ChanceAgreement(Check):
    """The predictions agree with the ground truth no more than by chance."""

    code = "HR206"
    title = "Predictions no better than chance"
    advice = (
        "Check that labels and predictions belong to the same images, in one order."
    )
    severity = "error"
    remedies = ("repaired-labels",)
    pages = ("predictions",)
    sentence = "Cohen's kappa is {kappa}, where 0 is chance."
    below_chance = "The predictions are worse than chance: Cohen's kappa is {kappa}."

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.require_measurable()
        if is_one_class(evaluation):
            raise NotApplicable("one class takes all predictions, see HR201")
        kappa = score_of(evaluation.bounds("kappa"))
        if np.isnan(kappa.low):
            raise NotApplicable("there are too few groups of images for an interval")
        if kappa.low <= 0:
            chance = is_chance(kappa.low, kappa.high)
            yield self.finding(
                severity="error" if chance else "note",
                sentence=self.below_chance if kappa.high < 0 else self.sentence,
                kappa=kappa,
            )


@dataclass(frozen=True)
class PermutedClasses(Check):
    """One relabelling restores the score: the classes are in another order."""

    code = "HR207"
    title = "Class order permuted"
    advice = "Put the class names in the order that the model was trained with."
    severity = "error"
    remedies = ("reorder-classes",)
    pages = ("predictions",)
    sentence = (
        "The class order is permuted. One relabelling raises accuracy from "
        "{accuracy_before} to {accuracy_after} and macro-F1 from {macro_f1_before:.2f} "
        "to {macro_f1_after:.2f}: {pairs}."
    )

    of_order = (
        "The class order is permuted. Predictions in {order} order of the class names "
        "have accuracy {accuracy_after} instead of {accuracy_before}, and Cohen's "
        "kappa {kappa_after:.2f} instead of {kappa_before:.2f}: {pairs}."
    )

    gain: float = 0.20
    """In Cohen's kappa, which weak classes do not put in doubt."""
    kappa: float = 0.40
    known_kappa: float = 0.20
    """Kappa in an order that was not found by trying."""
    matched: float = 0.50
    plain_gain: float = 0.30
    """Accuracy gained that weak classes among the moved ones do not put in doubt."""

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.require_measurable()
        confusion = evaluation.confusion.to_numpy()
        if not self._could_gain(confusion):
            return
        true_class = best_relabelling(confusion)
        moved = np.flatnonzero(true_class != np.arange(len(true_class)))
        restored = _relabelled(confusion, true_class)
        worse = evaluation.bounds("kappa")[2] < 0
        if self._is_restored(confusion, restored, true_class[moved], worse=worse):
            yield self._finding(evaluation, confusion, true_class)
            return
        for order, known in usual_orders(evaluation.class_names).items():
            if self._is_in_order(confusion, known):
                yield self._finding(evaluation, confusion, known, order)
                return

    def _finding(
        self, evaluation: Evaluation, confusion: Ints, true_class: Ints, order: str = ""
    ) -> Finding:
        before = metrics.totals_of(confusion)
        after = metrics.totals_of(_relabelled(confusion, true_class))
        moved = np.flatnonzero(true_class != np.arange(len(true_class)))
        return self.finding(
            sentence=self.of_order if order else None,
            order=order,
            accuracy_before=Rate(evaluation.metric("accuracy")),
            accuracy_after=Rate(float(metrics.accuracy(after))),
            macro_f1_before=evaluation.metric("macro_f1"),
            macro_f1_after=float(metrics.macro_f1(after)),
            kappa_before=float(metrics.kappa(before)),
            kappa_after=float(metrics.kappa(after)),
            pairs=_pairs(evaluation, true_class, moved),
        )

    def _is_in_order(self, confusion: Ints, true_class: Ints) -> bool:
        """Whether an order that was known before explains far more."""
        before = float(metrics.kappa(metrics.totals_of(confusion)))
        after = metrics.totals_of(_relabelled(confusion, true_class))
        kappa = float(metrics.kappa(after))
        return kappa >= max(self.known_kappa, before + self.gain)

    def _could_gain(self, confusion: Ints) -> bool:
        """Cheap: a relabelled class gains no more than its fullest cell."""
        gains = confusion.max(axis=0) - np.diagonal(confusion)
        return bool((gains > 0).sum() >= 2)

    def _is_restored(
        self, confusion: Ints, restored: Ints, classes: Ints, *, worse: bool
    ) -> bool:
        """Whether the relabelling explains the predictions of the moved `classes`.

        Each of them is mostly correct then. Where the predictions are `worse` than
        chance, or much is gained, it suffices that most of their images are.
        """
        before, after = metrics.totals_of(confusion), metrics.totals_of(restored)
        gain = float(metrics.kappa(after) - metrics.kappa(before))
        if not (gain >= self.gain and metrics.kappa(after) >= self.kappa):
            return False
        filled = classes[after.true[classes] > 0]
        enough = after.true[filled] >= MEASURABLE
        matched = metrics.recall(after)[filled] >= self.matched
        if enough.all() and matched.all():
            return True
        n_images = after.true[filled].sum()
        most = after.hits[filled].sum() >= self.matched * n_images
        gained = float(metrics.accuracy(after) - metrics.accuracy(before))
        plain = worse or gained >= self.plain_gain
        return bool(plain and most and (enough & matched).sum() >= 2)


def _relabelled(confusion: Ints, true_class: Ints) -> Ints:
    restored = np.empty_like(confusion)
    restored[:, true_class] = confusion
    return restored


def usual_orders(class_names: tuple[str, ...]) -> dict[str, Ints]:
    """What each predicted class means if the model has the classes in a usual order.

    Without an order that the names are in already.

    Examples
    --------
    >>> orders = usual_orders(("mild", "severe", "none"))
    >>> {order: classes.tolist() for order, classes in orders.items()}
    {'alphabetical': [0, 2, 1]}
    >>> orders = usual_orders(("1", "2", "10"))
    >>> {order: classes.tolist() for order, classes in orders.items()}
    {'alphabetical': [0, 2, 1]}
    """
    ids = np.arange(len(class_names))
    orders = {"alphabetical": np.array(sorted(ids, key=lambda i: class_names[i]))}
    if all(name.isdecimal() for name in class_names):
        numbers = np.array(sorted(ids, key=lambda i: int(class_names[i])))
        orders["numerical"] = numbers
    return {key: order for key, order in orders.items() if (order != ids).any()}


def _pairs(evaluation: Evaluation, true_class: Ints, moved: Ints) -> Items:
    names = evaluation.class_names
    pairs = (
        Phrase(
            "'{predicted}' means '{true}'",
            {"predicted": names[p], "true": names[true_class[p]]},
        )
        for p in moved
    )
    return Items(tuple(pairs), most=8)


def predictions_per_landmark(predictions: Predictions) -> pd.DataFrame:
    """How many classes are predicted for each landmark that several images show.

    Returns
    -------
    DataFrame, one row per landmark of two images or more
        Index the landmark, in order of first appearance; `n_images`, `n_answers`
        (different predicted classes, 1 or more) and `class_name`, the true class of its
        first image with a known one ("" without). Empty where names have no landmarks.

    Examples
    --------
    >>> original = "ESP_011623_2100_RED-0069"
    >>> predictions = Predictions(
    ...     y_pred=np.array([0, 1]),
    ...     class_names=("crater", "other"),
    ...     image=[f"{original}.jpg", f"{original}-r90.jpg"],
    ... )
    >>> predictions_per_landmark(predictions)[["n_images", "n_answers"]]
                              n_images  n_answers
    ESP_011623_2100_RED-0069         2          2
    """
    if predictions.name_parts is None:
        return pd.DataFrame(columns=["n_images", "n_answers", "class_name"])
    codes, landmarks = pd.factorize(predictions.name_parts["landmark"])
    n_images = np.bincount(codes, minlength=len(landmarks))
    several = (n_images > 1) & (landmarks != "")
    n_classes = len(predictions.class_names)
    distinct = pd.unique(codes * n_classes + predictions.y_pred) // n_classes
    table = pd.DataFrame({"n_images": n_images}, index=landmarks)
    table["n_answers"] = np.bincount(distinct, minlength=len(landmarks))
    table["class_name"] = _true_classes(predictions, codes, len(landmarks))
    return table[several]


def _true_classes(
    predictions: Predictions, codes: Ints, n_landmarks: int
) -> NDArray[np.object_]:
    """(n_landmarks,) true class of the first labelled image of each; "" without."""
    true = np.full(n_landmarks, -1)
    if predictions.y_true is not None:
        labelled = np.flatnonzero(predictions.labelled)[::-1]
        true[codes[labelled]] = predictions.y_true[labelled]  # the first comes last
    names = np.array([*predictions.class_names, ""], dtype=object)
    return np.asarray(names[true])


@dataclass(frozen=True)
class InconsistentCopies(Check):
    """Rotated, flipped or brightened copies of a landmark are predicted differently.

    The place is the same, so at most one of the predictions is correct. A model that
    predicts one class for all images is consistent too, without merit, and left out.
    """

    code = "HR208"
    title = "Copies of one landmark predicted differently"
    advice = (
        "Train with augmentation by the eight symmetries, or average the probabilities "
        "of all copies."
    )
    remedies = ("augmentation",)
    pages = ("images",)
    sentence = (
        "{n_changed:,} of {n:,} {split}landmarks that several images show are "
        "predicted as more than one class: {rate}; {floor} or more is too many. "
        "{worst}"
    )

    floor: float = 0.15
    noted: float = 0.10
    minimum: int = 20

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        table = self._landmarks(evidence)
        n, n_changed = len(table), int((table["n_answers"] > 1).sum())
        low, high = wilson(np.array(n_changed), np.array(n))
        if low < self.floor and n_changed < self.noted * n:
            return
        yield self.finding(
            severity=None if low >= self.floor else "note",
            n_changed=n_changed,
            n=n,
            split=of_split(evidence.require_evaluation().split),
            rate=rate_of((n_changed / n, float(low), float(high))),
            floor=Rate(self.floor),
            worst=_worst_classes(table),
        )

    def _landmarks(self, evidence: Evidence) -> pd.DataFrame:
        evaluation = evidence.require_evaluation()
        predictions = evidence.predictions
        if predictions is None or predictions.image is None:
            raise NotApplicable("no image names are known")
        if top_class(evaluation)[1] >= RULES.top_share:
            raise NotApplicable(
                "one class takes all predictions, so copies agree whatever they show"
            )
        table = predictions_per_landmark(predictions)
        if table.empty:
            raise NotApplicable(
                "by their names, no images of this split show the same landmark"
            )
        if len(table) < self.minimum:
            be = "landmark is" if len(table) == 1 else "landmarks are"
            raise NotApplicable(
                f"only {len(table)} {be} shown by several images, {self.minimum} are "
                f"needed"
            )
        return table


def _worst_classes(table: pd.DataFrame) -> Phrase:
    """Up to three classes with 10 such landmarks or more, the highest rate first."""
    changed = (table["n_answers"] > 1).groupby(table["class_name"])
    classes = pd.DataFrame({"changed": changed.sum(), "n": changed.size()})
    enough = (classes["n"] >= MEASURABLE) & (classes["changed"] > 0)
    classes = classes[enough & (classes.index != "")]
    order = (-classes["changed"] / classes["n"]).argsort(kind="stable")
    worst = tuple(
        Phrase(
            "'{name}' ({n_changed:,} of {n:,})",
            {"name": name, "n_changed": int(row["changed"]), "n": int(row["n"])},
        )
        for name, row in classes.iloc[order].head(3).iterrows()
    )
    if not worst:
        return Phrase("")
    return Phrase("Most often: {classes}.", {"classes": Items(worst)})
