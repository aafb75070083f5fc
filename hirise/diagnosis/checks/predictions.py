"""HR2xx: what the classifier predicts."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.rules import (
    RULES,
    evaluated_images,
    is_chance,
    is_one_class,
    takes_nearly_all,
    top_class,
)
from hirise.diagnosis.wording import (
    Items,
    Phrase,
    Rate,
    of_split,
    rate_of,
    score_of,
)
from hirise.evaluation import MEASURABLE
from hirise.metrics.intervals import wilson
from hirise.metrics.metrics import Ints
from hirise.predictions import Predictions


@dataclass(frozen=True)
class OneClass(Check):
    """Nearly all images are predicted as one class, and not because they are of it."""

    code = "HR201"
    title = "One class for all images"
    advice = "Find the cause first: `hirise examine` runs the tests that tell it."
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
