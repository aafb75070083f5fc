"""HR102, HR103 and HR108: evaluation images that are also, or nearly, in training."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable, Severity
from hirise.diagnosis.leakage import LeakageEvidence, ObservationBaseline
from hirise.diagnosis.wording import Images, Items, Phrase, Rate, rate_of
from hirise.evaluation import MEASURABLE, Evaluation

GAIN = 0.10
"""Macro-F1 above one class for all from which the observation is predictive."""


def is_predictive(baseline: ObservationBaseline, gain: float = GAIN) -> bool:
    """Whether the observation alone predicts the label, beyond chance."""
    return (
        baseline.observation.bounds("kappa")[1] > 0 and baseline.gain("macro_f1") > gain
    )


@dataclass(frozen=True)
class SplitLeakage(Check):
    """Evaluated images that training has a copy of, or others of their observation."""

    code = "HR102"
    title = "Copies or observations in several splits"
    advice = (
        "Split by landmark, or by observation for a score on new observations, then "
        "train and evaluate again."
    )
    remedies = ("split-by-group",)
    pages = ("data",)
    sentence = (
        "{rate} of {images} have a copy in training ({kinds}). Over {most} is an "
        "error. {comparison}"
    )
    of_observations = (
        "{rate} of {images} show{others} places in observations that are also in "
        "training. The score holds for known observations, not for new ones. "
        "{baseline} {comparison}"
    )

    most: float = 0.5
    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        leakage = known_leakage(evidence)
        shared = leakage.shared
        images = Images(len(shared), leakage.evaluated.split)
        n_copies = int(shared["copy"].sum())
        if n_copies:
            yield self.finding(
                subject="copies",
                severity=self._severity(n_copies, len(shared)),
                rate=Rate(float(shared["copy"].mean())),
                images=images,
                kinds=_kinds(leakage),
                most=Rate(self.most),
                comparison=_comparison(leakage, COPIES),
            )
        n_known = int((shared["observation"] & ~shared["copy"]).sum())
        if n_known:
            much = n_known >= self.minimum and _has_predictive_observations(leakage)
            yield self.finding(
                subject="observations",
                severity="warning" if much else "note",
                sentence=self.of_observations,
                rate=Rate(n_known / len(shared)),
                images=images,
                others=" other" if n_copies else "",
                baseline=_baseline(leakage),
                comparison=_comparison(leakage, OBSERVATIONS),
            )

    def _severity(self, n_copies: int, n_images: int) -> Severity:
        if n_copies < self.minimum:
            return "note"
        return "error" if n_copies > self.most * n_images else "warning"


KINDS = {
    "landmark": "by the landmark in their name",
    "bytes": "as a file with the same bytes",
    "near": "as a near-duplicate, rotated, flipped or brightened where necessary",
}

COPIES = (("copy", "with a copy"), ("no_copy", "without"))
OBSERVATIONS = (
    ("known_observation", "of known observations"),
    ("new_observation", "of new ones"),
)


def known_leakage(evidence: Evidence) -> LeakageEvidence:
    """The evidence, if evaluated images can be compared with those of training."""
    leakage = evidence.leakage
    if leakage is None:
        raise NotApplicable("it is not known which images were trained on")
    if not len(leakage.rows):
        raise NotApplicable("there are no images to compare")
    if not (leakage.has_pixels or (leakage.places["landmark"] != "").any()):
        raise NotApplicable(
            "the names have no landmark and the pixels were not compared; give the "
            "dataset"
        )
    return leakage


def _kinds(leakage: LeakageEvidence) -> Items:
    kinds = [
        Phrase("{n:,} {kind}", {"n": int(leakage.shared[key].sum()), "kind": kind})
        for key, kind in KINDS.items()
        if key != "near" or leakage.has_pictures
    ]
    return Items(tuple(kinds if leakage.has_pixels else kinds[:1]), "; ")


def _baseline(leakage: LeakageEvidence) -> Phrase:
    """What the observation alone scores; empty if nothing is labelled."""
    if not leakage.evaluated.labelled.any():
        return Phrase("")
    baseline = leakage.baseline
    return Phrase(
        "Predicting from the observation alone, without pixels, gives macro-F1 "
        "{observation:.2f}; one class for all images gives {constant:.2f}.",
        {
            "observation": baseline.observation.metric("macro_f1"),
            "constant": baseline.constant.metric("macro_f1"),
        },
    )


def _has_predictive_observations(leakage: LeakageEvidence) -> bool:
    labelled = bool(leakage.evaluated.labelled.any())
    return labelled and is_predictive(leakage.baseline)


def _comparison(
    leakage: LeakageEvidence, parts: tuple[tuple[str, str], tuple[str, str]]
) -> Phrase:
    """The scores of two parts; empty if nothing is labelled."""
    (part, title), (other, other_title) = parts
    first, second = leakage.parts.get(part), leakage.parts.get(other)
    if first is None:
        return Phrase("")
    if second is None:
        return Phrase(
            "All images are {title}: no part of the score is free of leakage.",
            {"title": title},
        )
    return Phrase(
        "On the {images} {title}, {scores}. On the {other_images} {other_title}, "
        "{other_scores}.",
        {
            "images": Images(first.n_evaluated),
            "title": title,
            "scores": _scores(first),
            "other_images": Images(second.n_evaluated),
            "other_title": other_title,
            "other_scores": _scores(second),
        },
    )


def _scores(evaluation: Evaluation) -> Phrase:
    return Phrase(
        "accuracy is {accuracy} and macro-F1 {macro_f1:.2f}",
        {
            "accuracy": rate_of(evaluation.bounds("accuracy")),
            "macro_f1": evaluation.metric("macro_f1"),
        },
    )


@dataclass(frozen=True)
class Duplicates(Check):
    """Images that are the same bytes or the same picture, whatever their names."""

    code = "HR103"
    title = "Duplicate and near-duplicate images"
    advice = "Keep all copies of an image in one split, or keep only one copy."
    remedies = ("split-by-group",)
    pages = ("data",)
    sentence = (
        "{images} in {n_groups:,} {groups} of near-duplicates{kinds} lie {where}. "
        "{contradictions}"
    )

    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        leakage = evidence.leakage
        if leakage is None or not leakage.has_pixels:
            raise NotApplicable("the pixels were not compared; give the dataset")
        if not leakage.has_pictures and leakage.duplicates.empty:
            raise NotApplicable(
                "no files are equal, and what the run keeps of its images does not "
                "confirm near-duplicates; give the dataset"
            )
        table = leakage.duplicates
        across = table[table["n_splits"] > 1]
        within = table[table["n_splits"] == 1]
        if len(across):
            many = across["n_images"].sum() >= self.minimum
            yield self._of_groups(
                across,
                "across splits",
                "warning" if many else "note",
                "in several splits",
            )
        if len(within):
            yield self._of_groups(within, "inside one", "note", "in one split")

    def _of_groups(
        self, groups: pd.DataFrame, subject: str, severity: Severity, where: str
    ) -> Finding:
        n_contradicting = int((groups["n_classes"] > 1).sum())
        contradictions = Phrase(
            "In {n:,} of these groups the labels contradict each other.",
            {"n": n_contradicting},
        )
        return self.finding(
            subject=subject,
            severity=severity,
            images=Images(int(groups["n_images"].sum())),
            n_groups=len(groups),
            groups="group" if len(groups) == 1 else "groups",
            kinds=_kinds_of_groups(groups),
            where=where,
            contradictions=contradictions if n_contradicting else Phrase(""),
        )


def _kinds_of_groups(groups: pd.DataFrame) -> Phrase:
    counts = {
        "{n:,} of the images identical to another, byte for byte": int(
            groups["n_equal"].sum()
        ),
        "{n:,} groups under several landmark names": int(
            (groups["n_landmarks"] > 1).sum()
        ),
    }
    kinds = tuple(Phrase(template, {"n": n}) for template, n in counts.items() if n)
    return Phrase(" ({kinds})", {"kinds": Items(kinds, "; ")}) if kinds else Phrase("")


@dataclass(frozen=True)
class PredictiveObservations(Check):
    """The observation's name alone scores far more than one class for all."""

    code = "HR108"
    title = "Observation id alone predicts the label"
    advice = "Split by observation: the score is then that of the pixels."
    remedies = ("split-by-group",)
    pages = ("data",)
    sentence = (
        "Without pixels, each of {images} is given the most frequent training class "
        "of its observation: {observation}. With '{majority}' for all: {constant}. A "
        "macro-F1 more than {gain:.2f} above that is predictive. The model: {model}. "
        "{explained}"
    )

    gain: float = GAIN
    most: float = 0.5

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.leakage is None:
            raise NotApplicable("it is not known which images were trained on")
        evaluation = evidence.require_measurable()
        baseline = evidence.leakage.baseline
        if is_predictive(baseline, self.gain):
            images = Images(baseline.observation.n_evaluated, evaluation.split)
            yield self.finding(
                images=images,
                observation=_scores(baseline.observation),
                majority=baseline.majority,
                constant=_scores(baseline.constant),
                gain=self.gain,
                model=_scores(baseline.model),
                explained=self._explained(baseline),
            )

    def _explained(self, baseline: ObservationBaseline) -> Phrase:
        """How much of the model's own gain that is; empty if it has none."""
        explained = baseline.explained("macro_f1")
        if pd.isna(explained):
            return Phrase("")
        most = ", most of it" if explained > self.most else ""
        return Phrase(
            "That is {explained} of the model's gain over one class for all images"
            + most
            + ".",
            {"explained": Rate(min(explained, 1.0))},
        )
