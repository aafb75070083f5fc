"""HR2xx: what the classifier predicts."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.verdict import (
    RULES,
    effective_numbers,
    kappa_interval,
    never_predicted,
    takes_all,
    top_class,
)
from hirise.diagnosis.wording import images, interval, listed, percent
from hirise.evaluation import MEASURABLE, Evaluation
from hirise.metrics import metrics
from hirise.metrics.assignment import best_relabelling
from hirise.metrics.intervals import wilson
from hirise.predictions import Predictions


@dataclass(frozen=True)
class OneClass(Check):
    """Nearly every image is called the same, and not because nearly all are."""

    code = "HR201"
    title = "One class for everything"
    advice = "Compare the class shares, then retrain with a lower learning rate."
    severity = "error"
    remedies = ("lower-learning-rate", "logit-adjustment", "class-weights", "transfer")

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.judged
        if takes_all(evaluation):
            name, share = top_class(evaluation)
            n = evaluation.n_evaluated
            true_share = float(evaluation.shares["true_share"][name])
            yield self.finding(
                f"{percent(share)} of {images(n, evaluation.split)} "
                f"are called '{name}' ({percent(RULES.top_share)} or more is a "
                f"collapse); its true share is {percent(true_share)}.",
                subject=name,
            )


@dataclass(frozen=True)
class NeverPredicted(Check):
    """Classes that occur in the truth and never among the predictions."""

    code = "HR202"
    title = "Classes never predicted"
    advice = "Adjust the logits by the class shares, or retrain with class weights."
    severity = "error"
    remedies = ("logit-adjustment", "class-weights", "balanced-head", "transfer")

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.judged
        never = never_predicted(evaluation, 1)
        large = never[never["support"] >= MEASURABLE]
        small = never[never["support"] < MEASURABLE]
        n_true = int((evaluation.per_class["support"] > 0).sum())
        called, true = effective_numbers(evaluation)
        if len(large):
            names = listed([str(name) for name in large.index], most=8)
            n = int(large["support"].sum())
            yield self.finding(
                f"{len(large)} of {n_true} classes are never predicted: {names} "
                f"({images(n, evaluation.split)})."
            )
        elif called < true * RULES.effective_ratio:
            yield self.finding(
                f"The predictions use {called:.1f} effective classes where the truth "
                f"has {true:.1f}; {percent(RULES.effective_ratio)} of them is the "
                f"least."
            )
        for name, row in small.iterrows():
            yield self.finding(
                f"'{name}' is never predicted, but has only "
                f"{images(int(row['support']))} ({MEASURABLE} are needed to judge).",
                subject=str(name),
                severity="note",
            )


@dataclass(frozen=True)
class NotAboveMajority(Check):
    """Always naming the most frequent class would score as well."""

    code = "HR203"
    title = "No better than the majority share"
    advice = "Judge by macro-F1 and balanced accuracy; accuracy hides this."
    remedies = ("class-weights", "transfer")

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.judged
        accuracy, low, high = evaluation.bounds("accuracy")
        majority = evaluation.metric("majority_share")
        if accuracy <= majority:
            bounds = "" if np.isnan(low) else f" ({interval(low, high)})"
            yield self.finding(
                f"Accuracy {percent(accuracy)}{bounds} is not above the "
                f"majority share {percent(majority)}."
            )


@dataclass(frozen=True)
class MissedClass(Check):
    """A class whose recall stays below `floor` even at the top of its 95% interval.

    The interval keeps a class with nine images from being condemned for one of them.
    """

    code = "HR204"
    title = "Class often missed"
    advice = "Look at its images first, then weigh it higher in training."
    remedies = ("class-weights", "transfer")

    floor: float = RULES.recall_floor
    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.judged
        classes = evaluation.per_class[evaluation.per_class["predicted"] > 0]
        missed = classes[classes["recall_high"] < self.floor]
        for name, row in missed.sort_values("recall").iterrows():
            low, high = float(row["recall_low"]), float(row["recall_high"])
            yield self.finding(
                f"{percent(float(row['recall']))} of {images(int(row['support']))} of "
                f"'{name}' are recognised ({interval(low, high)}); "
                f"{percent(self.floor)} is expected.",
                subject=str(name),
                severity=None if row["support"] >= self.minimum else "note",
            )


@dataclass(frozen=True)
class WronglyNamed(Check):
    """A class whose name is wrong more often than right when it is given."""

    code = "HR205"
    title = "Class often wrongly named"
    advice = "See which class it is mistaken for in the confusion matrix."
    remedies = ("thresholds", "transfer")

    floor: float = 0.50
    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        classes = evidence.judged.per_class
        wrong = classes[classes["precision_high"] < self.floor]
        for name, row in wrong.sort_values("precision").iterrows():
            low, high = float(row["precision_low"]), float(row["precision_high"])
            yield self.finding(
                f"Of {images(int(row['predicted']))} called '{name}', "
                f"{percent(float(row['precision']))} are ({interval(low, high)}); "
                f"{percent(self.floor)} is expected.",
                subject=str(name),
                severity=None if row["predicted"] >= self.minimum else "note",
            )


@dataclass(frozen=True)
class Independent(Check):
    """The predictions agree with the truth no more than chance."""

    code = "HR206"
    title = "Predictions independent of the truth"
    advice = (
        "Check that labels and predictions belong to the same images, in one order."
    )
    severity = "error"
    remedies = ("repaired-labels",)

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.judged
        if takes_all(evaluation):
            raise NotApplicable("one class takes all predictions, see HR201")
        low, high = kappa_interval(evaluation)
        if np.isnan(low):
            raise NotApplicable("there are too few groups of images for an interval")
        if low <= 0:
            guessing = high <= 0 or high < RULES.kappa_high
            yield self.finding(
                f"Cohen's kappa is {evaluation.metric('kappa'):.2f} "
                f"({interval(low, high, in_percent=False)}); 0 is chance.",
                severity="error" if guessing else "note",
            )


@dataclass(frozen=True)
class PermutedClasses(Check):
    """One relabelling restores the score: the classes are in another order."""

    code = "HR207"
    title = "Class order permuted"
    advice = "Put the class names in the order that the model was trained with."
    severity = "error"
    remedies = ("reorder-classes",)

    gain: float = 0.20
    kappa: float = 0.40
    matched: float = 0.50

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.judged
        confusion = evaluation.confusion.to_numpy()
        if not self._could_gain(confusion):
            return
        stands_for = best_relabelling(confusion)
        moved = np.flatnonzero(stands_for != np.arange(len(stands_for)))
        restored = np.empty_like(confusion)
        restored[:, stands_for] = confusion
        if self._is_restored(confusion, restored, stands_for[moved]):
            yield self.finding(self._proof(evaluation, restored, stands_for, moved))

    def _could_gain(self, confusion: metrics.Ints) -> bool:
        """Cheap: no relabelling of any class finds more than its fullest cell."""
        gains = confusion.max(axis=0) - np.diagonal(confusion)
        return bool((gains > 0).sum() >= 2)

    def _is_restored(
        self, confusion: metrics.Ints, restored: metrics.Ints, classes: metrics.Ints
    ) -> bool:
        before, after = metrics.totals_of(confusion), metrics.totals_of(restored)
        gain = float(metrics.macro_f1(after) - metrics.macro_f1(before))
        filled = classes[after.true[classes] > 0]
        return bool(
            gain >= self.gain
            and metrics.kappa(after) >= self.kappa
            and (after.true[filled] >= MEASURABLE).all()
            and (metrics.recall(after)[filled] >= self.matched).all()
        )

    def _proof(
        self,
        evaluation: Evaluation,
        restored: metrics.Ints,
        stands_for: metrics.Ints,
        moved: metrics.Ints,
    ) -> str:
        names = evaluation.class_names
        pairs = [f"'{names[p]}' means '{names[stands_for[p]]}'" for p in moved[:8]]
        more = f" and {len(moved) - 8} more" if len(moved) > 8 else ""
        after = metrics.totals_of(restored)
        return (
            f"One relabelling raises accuracy from "
            f"{percent(evaluation.metric('accuracy'))} to "
            f"{percent(float(metrics.accuracy(after)))} and macro-F1 from "
            f"{evaluation.metric('macro_f1'):.2f} to "
            f"{float(metrics.macro_f1(after)):.2f}: {', '.join(pairs)}{more}."
        )


Ints = NDArray[np.int64]
Objects = NDArray[np.object_]


def answers_per_landmark(predictions: Predictions) -> pd.DataFrame:
    """What was said of each landmark that several images show.

    Returns
    -------
    DataFrame, one row per landmark of two images or more
        Index the landmark, as they first come; `n_images`, `n_answers` (different
        predicted classes, 1 or more) and `class_name`, the true class of its first
        image with a known one ("" without). Empty where names tell no landmarks.
    """
    if predictions.name_parts is None:
        return pd.DataFrame(columns=["n_images", "n_answers", "class_name"])
    codes, landmarks = pd.factorize(predictions.name_parts["landmark"])
    n_images = np.bincount(codes, minlength=len(landmarks))
    several = (n_images > 1) & (landmarks != "")
    n_classes = len(predictions.class_names)
    answers = pd.unique(codes * n_classes + predictions.y_pred) // n_classes
    table = pd.DataFrame({"n_images": n_images}, index=landmarks)
    table["n_answers"] = np.bincount(answers, minlength=len(landmarks))
    table["class_name"] = _true_classes(predictions, codes, len(landmarks))
    return table[several]


def _true_classes(predictions: Predictions, codes: Ints, n_landmarks: int) -> Objects:
    """(n_landmarks,) true class of the first labelled image of each; "" without."""
    truth = np.full(n_landmarks, -1)
    if predictions.y_true is not None:
        labelled = np.flatnonzero(predictions.labelled)[::-1]
        truth[codes[labelled]] = predictions.y_true[labelled]  # the first comes last
    names: Objects = np.array([*predictions.class_names, ""], dtype=object)
    return np.asarray(names[truth])


@dataclass(frozen=True)
class ChangesItsMind(Check):
    """The copies of a landmark, turned, mirrored or relit, get different classes.

    The place is the same, so at most one of the answers is right. A model that names
    one class for everything agrees with itself; that is no merit, and not judged here.
    """

    code = "HR208"
    title = "Changes its mind under rotation"
    advice = (
        "Train with augmentation by the eight symmetries, or average the probabilities "
        "of all copies."
    )
    remedies = ("augmentation",)

    floor: float = 0.15
    noted: float = 0.10
    minimum: int = 20

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        table = self._landmarks(evidence)
        n, changed = len(table), int((table["n_answers"] > 1).sum())
        low, high = (float(end) for end in wilson(np.array(changed), np.array(n)))
        if low < self.floor and changed < self.noted * n:
            return
        split = evidence.judged_or_not.split
        kind = f"{split} " if split not in ("", "all") else ""
        yield self.finding(
            f"{changed:,} of {n:,} {kind}landmarks that several images show get more "
            f"than one class ({percent(changed / n)}, {interval(low, high)}; "
            f"{percent(self.floor)} or more is too many).{_worst_hit(table)}",
            severity=None if low >= self.floor else "note",
        )

    def _landmarks(self, evidence: Evidence) -> pd.DataFrame:
        evaluation = evidence.judged_or_not
        predictions = evidence.predictions
        if predictions is None or predictions.image is None:
            raise NotApplicable("no image names are known")
        if top_class(evaluation)[1] >= RULES.top_share:
            raise NotApplicable(
                "one class takes all predictions, so copies agree whatever they show"
            )
        table = answers_per_landmark(predictions)
        if table.empty:
            raise NotApplicable(
                "no names tell of several images of one landmark in this split"
            )
        if len(table) < self.minimum:
            many = "landmark is" if len(table) == 1 else "landmarks are"
            raise NotApplicable(
                f"only {len(table)} {many} shown by several images; {self.minimum} are "
                f"needed"
            )
        return table


def _worst_hit(table: pd.DataFrame) -> str:
    """Up to three classes with 10 such landmarks or more, the largest share first."""
    changed = (table["n_answers"] > 1).groupby(table["class_name"])
    classes = pd.DataFrame({"changed": changed.sum(), "n": changed.size()})
    enough = (classes["n"] >= MEASURABLE) & (classes["changed"] > 0)
    classes = classes[enough & (classes.index != "")]
    order = (-classes["changed"] / classes["n"]).argsort(kind="stable")
    told = [
        f"'{name}' ({row['changed']:,} of {row['n']:,})"
        for name, row in classes.iloc[order].head(3).iterrows()
    ]
    return f" Worst hit: {', '.join(told)}." if told else ""
