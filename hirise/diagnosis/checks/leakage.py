"""HR102, HR103 and HR108: images that training has seen, in another guise or not."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable, Severity
from hirise.diagnosis.leakage import LeakageEvidence, ObservationBaseline
from hirise.diagnosis.wording import images, interval, percent
from hirise.evaluation import MEASURABLE, Evaluation

GAIN = 0.10
"""Macro-F1 above that of one class for all, from which the observation tells much."""


def telling(baseline: ObservationBaseline, gain: float = GAIN) -> bool:
    """Whether the observation alone predicts the label, beyond chance."""
    return (
        baseline.observation.bounds("kappa")[1] > 0 and baseline.gain("macro_f1") > gain
    )


@dataclass(frozen=True)
class SplitLeaks(Check):
    """Judged images of which training has a copy, or others of their observation."""

    code = "HR102"
    title = "Copies or one observation on both sides of a split"
    advice = (
        "Split by landmark, or by observation for a score on observations never seen, "
        "train again and measure again."
    )
    remedies = ("split-by-group",)

    most: float = 0.5
    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        leakage = known_leakage(evidence)
        shared = leakage.shared
        n_copies = int(shared["copy"].sum())
        if n_copies:
            yield self.finding(
                self._copies(leakage),
                subject="copies",
                severity=self._severity(n_copies, len(shared)),
            )
        n_known = int((shared["observation"] & ~shared["copy"]).sum())
        if n_known:
            told = n_known >= self.minimum and _is_telling(leakage)
            yield self.finding(
                self._observations(leakage, n_known),
                subject="observations",
                severity="warning" if told else "note",
            )

    def _severity(self, n_copies: int, n_images: int) -> Severity:
        if n_copies < self.minimum:
            return "note"
        return "error" if n_copies > self.most * n_images else "warning"

    def _copies(self, leakage: LeakageEvidence) -> str:
        shared, split = leakage.shared, leakage.judged.split
        ways = {
            "landmark": "by the landmark in their name",
            "bytes": "as a file of the same bytes",
            "near": "as the same picture, rotated, flipped or relit if need be",
        }
        found = [f"{shared[k].sum():,} {way}" for k, way in ways.items()]
        known = found if leakage.has_pixels else found[:1]
        text = (
            f"{percent(shared['copy'].mean())} of {images(len(shared), split)} have a "
            f"copy in training ({'; '.join(known)}); over {percent(self.most)} is an "
            f"error. {_compared(leakage, 'copy', 'no_copy', 'with a copy', 'without')}"
        )
        return text.rstrip()

    def _observations(self, leakage: LeakageEvidence, n_known: int) -> str:
        shared, split = leakage.shared, leakage.judged.split
        others = " other" if shared["copy"].any() else ""
        compared = _compared(
            leakage,
            "known_observation",
            "new_observation",
            "of known observations",
            "of new ones",
        )
        return (
            f"{percent(n_known / len(shared))} of {images(len(shared), split)} show"
            f"{others} places in observations that training has too: the score tells "
            f"how well more of the same observations are recognised, not new ones"
            f"{_told(leakage)}. {compared}"
        ).rstrip()


def known_leakage(evidence: Evidence) -> LeakageEvidence:
    """The evidence, if judged images can be compared with those of training."""
    leakage = evidence.leakage
    if leakage is None:
        raise NotApplicable("it is not known which images were trained on")
    if not len(leakage.rows):
        raise NotApplicable("there are no images to judge")
    if not (leakage.has_pixels or (leakage.places["landmark"] != "").any()):
        raise NotApplicable(
            "names tell no landmark and the pixels were not compared; give the folder "
            "of the images"
        )
    return leakage


def _told(leakage: LeakageEvidence) -> str:
    """What the observation alone scores; "" if nothing is labelled."""
    if not leakage.judged.labelled.any():
        return ""
    baseline = leakage.baseline
    return (
        f", and the observation alone, without a pixel, scores macro-F1 "
        f"{baseline.observation.metric('macro_f1'):.2f} "
        f"({baseline.constant.metric('macro_f1'):.2f} with one class for all)"
    )


def _is_telling(leakage: LeakageEvidence) -> bool:
    return bool(leakage.judged.labelled.any()) and telling(leakage.baseline)


def _compared(
    leakage: LeakageEvidence, part: str, other: str, what: str, rest: str
) -> str:
    """The scores of two parts; "" if nothing is labelled."""
    first, second = leakage.parts.get(part), leakage.parts.get(other)
    if first is None:
        return ""
    if second is None:
        return f"All images are {what}: no part of the score is free of it."
    return (
        f"On the {_n(first)} {what} {_scores(first)}; on the {_n(second)} {rest} "
        f"{_scores(second)}."
    )


def _n(evaluation: Evaluation) -> str:
    return images(evaluation.n_evaluated)


def _scores(evaluation: Evaluation) -> str:
    accuracy, low, high = evaluation.bounds("accuracy")
    bounds = "" if pd.isna(low) else f" ({interval(low, high)})"
    return (
        f"accuracy is {percent(accuracy)}{bounds} and macro-F1 "
        f"{evaluation.metric('macro_f1'):.2f}"
    )


@dataclass(frozen=True)
class Duplicates(Check):
    """Images that are the same bytes or the same picture, whatever their names."""

    code = "HR103"
    title = "Duplicate and near-duplicate images"
    advice = "Keep all copies of a picture on one side of the split, or keep one."
    remedies = ("split-by-group",)

    minimum: int = MEASURABLE

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        leakage = evidence.leakage
        if leakage is None or not leakage.has_pixels:
            raise NotApplicable("the images were not compared; give their folder")
        table = leakage.duplicates
        across = table[table["n_splits"] > 1]
        within = table[table["n_splits"] == 1]
        if len(across):
            n = int(across["n_images"].sum())
            yield self.finding(
                f"{_counted(across)} lie on several sides of the split. "
                f"{_contradicting(across)}".rstrip(),
                subject="across splits",
                severity="warning" if n >= self.minimum else "note",
            )
        if len(within):
            yield self.finding(
                f"{_counted(within)} lie on one side of the split. "
                f"{_contradicting(within)}".rstrip(),
                subject="inside one",
                severity="note",
            )


def _counted(groups: pd.DataFrame) -> str:
    n_equal = int(groups["n_equal"].sum())
    unnamed = int((groups["n_landmarks"] > 1).sum())
    parts = [f"{n_equal:,} of them equal to the byte"] if n_equal else []
    parts += [f"{unnamed:,} groups under several landmark names"] if unnamed else []
    extra = f" ({'; '.join(parts)})" if parts else ""
    return (
        f"{images(int(groups['n_images'].sum()))} in {len(groups):,} groups of the "
        f"same picture, rotated, flipped or relit if need be{extra},"
    )


def _contradicting(groups: pd.DataFrame) -> str:
    n = int((groups["n_classes"] > 1).sum())
    return f"In {n:,} of these groups the labels contradict each other." if n else ""


@dataclass(frozen=True)
class ObservationPredicts(Check):
    """The observation's name alone scores far more than one class for all."""

    code = "HR108"
    title = "Observation id alone predicts the label"
    advice = "Split by observation: what is scored is then what the pixels tell."
    remedies = ("split-by-group",)

    gain: float = GAIN
    most: float = 0.5

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.leakage is None:
            raise NotApplicable("it is not known which images were trained on")
        _ = evidence.judged
        baseline = evidence.leakage.baseline
        if not telling(baseline, self.gain):
            return
        share = baseline.explained("macro_f1")
        much = (
            f" That is {percent(min(share, 1.0))} of what the model has above one "
            f"class for all{', most of it' if share > self.most else ''}."
            if pd.notna(share)
            else ""
        )
        yield self.finding(
            f"Without a pixel, the most frequent training class of its observation "
            f"names {images(baseline.observation.n_evaluated, evidence.judged.split)}: "
            f"{_scores(baseline.observation)}. Calling all '{baseline.majority}': "
            f"{_scores(baseline.constant)}; more than {self.gain:.2f} of macro-F1 "
            f"above it tells. The model: {_scores(baseline.model)}.{much}"
        )
