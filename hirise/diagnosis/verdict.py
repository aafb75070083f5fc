"""The decision table: one Evaluation to one verdict, and its sentence."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from hirise.diagnosis.wording import images, interval, listed, percent
from hirise.evaluation import MEASURABLE, Evaluation
from hirise.metrics.metrics import effective_classes

Verdict = Literal[
    "collapsed", "partly-collapsed", "uninformed", "undetermined", "weak", "healthy"
]


@dataclass(frozen=True)
class Rules:
    """Thresholds of the decision table."""

    min_images: int = 30
    min_outside_majority: int = 5
    measurable: int = MEASURABLE
    same_row: float = 1e-6
    top_share: float = 0.99
    effective_ratio: float = 0.5
    kappa_high: float = 0.2
    recall_floor: float = 0.70


RULES = Rules()


@dataclass(frozen=True)
class Decision:
    """A verdict, the row that gave it, and for `undetermined` the reason."""

    verdict: Verdict
    row: int
    reason: str = ""


def decide(evaluation: Evaluation, rules: Rules = RULES) -> Decision:
    """The verdict on one split."""
    constant = has_constant_rows(evaluation, rules)
    if not evaluation.has_truth:
        if constant:
            return Decision("collapsed", 1)
        return Decision("undetermined", 2, "there are no true labels to compare with")
    reason = _too_little(evaluation, rules)
    if reason:
        return Decision("undetermined", 2, reason)
    if constant or takes_all(evaluation, rules):
        return Decision("collapsed", 3)
    if len(never_predicted(evaluation, rules.measurable)) or (
        effective_ratio(evaluation) < rules.effective_ratio
    ):
        return Decision("partly-collapsed", 4)
    return _by_agreement(evaluation, rules)


def _by_agreement(evaluation: Evaluation, rules: Rules) -> Decision:
    low, high = kappa_interval(evaluation)
    if np.isnan(low):
        return Decision("undetermined", 6, "too few groups of images for an interval")
    if high <= 0 or (low <= 0 and high < rules.kappa_high):
        return Decision("uninformed", 5)
    if low <= 0:
        return Decision(
            "undetermined", 6, "these images are too few to tell it from guessing"
        )
    below_majority = evaluation.metric("accuracy") <= evaluation.metric(
        "majority_share"
    )
    if below_majority or len(often_missed(evaluation, rules)):
        return Decision("weak", 7)
    return Decision("healthy", 8)


def _too_little(evaluation: Evaluation, rules: Rules) -> str:
    support = evaluation.per_class["support"]
    n_labelled = int(support.sum())
    if (support > 0).sum() == 1:
        return f"there is only one class among {images(n_labelled)} with a true label"
    if n_labelled < rules.min_images:
        return f"only {images(n_labelled)}; {rules.min_images} are needed"
    outside = n_labelled - int(support.max())
    if outside < rules.min_outside_majority:
        return (
            f"only {images(outside)} outside the majority class; "
            f"{rules.min_outside_majority} are needed"
        )
    return ""


def has_constant_rows(evaluation: Evaluation, rules: Rules = RULES) -> bool:
    """Whether all images get the same probabilities."""
    if not evaluation.has_proba or evaluation.n_images < rules.min_images:
        return False
    return bool((evaluation.probabilities["range"] <= rules.same_row).all())


def top_class(evaluation: Evaluation) -> tuple[str, float]:
    """The class predicted most often, and its share of the predictions."""
    share = evaluation.shares["predicted_share"]
    name = str(share.idxmax())
    return name, float(share[name])


def takes_all(evaluation: Evaluation, rules: Rules = RULES) -> bool:
    """Whether one class takes nearly all predictions, and not because it is right."""
    high = kappa_interval(evaluation)[1]
    if np.isnan(high):
        high = evaluation.metric("kappa")
    return top_class(evaluation)[1] >= rules.top_share and high < rules.kappa_high


def kappa_interval(evaluation: Evaluation) -> tuple[float, float]:
    """Bounds of Cohen's kappa; NaN with too few groups."""
    return evaluation.bounds("kappa")[1:]


def never_predicted(evaluation: Evaluation, minimum: int) -> pd.DataFrame:
    """Rows of `per_class` with at least `minimum` images and no prediction."""
    classes = evaluation.per_class
    return classes[(classes["support"] >= minimum) & (classes["predicted"] == 0)]


def effective_numbers(evaluation: Evaluation) -> tuple[float, float]:
    """Effective number of predicted classes, and of true ones."""
    shares = evaluation.shares
    called, true = shares["n_predicted"], shares["n_true"]
    return effective_classes(called.to_numpy()), effective_classes(true.to_numpy())


def effective_ratio(evaluation: Evaluation) -> float:
    """Effective number of predicted classes over that of true ones."""
    called, true = effective_numbers(evaluation)
    return called / true


def often_missed(evaluation: Evaluation, rules: Rules = RULES) -> pd.DataFrame:
    """Rows of `per_class` whose recall interval lies wholly under the floor."""
    classes = evaluation.per_class
    measurable = classes["support"] >= rules.measurable
    return classes[measurable & (classes["recall_high"] < rules.recall_floor)]


def too_small(evaluation: Evaluation, rules: Rules = RULES) -> str:
    """Names the true classes with too few images to judge, or ""."""
    support = evaluation.per_class["support"]
    small = support[(support > 0) & (support < rules.measurable)]
    if small.empty:
        return ""
    return f"Too small to judge: {listed([str(name) for name in small.index])}."


def share_text(evaluation: Evaluation, key: str) -> str:
    """A metric of the summary as a percentage."""
    return percent(evaluation.metric(key))


HEADLINES = {
    "collapsed": "Collapsed",
    "partly-collapsed": "Partly collapsed",
    "uninformed": "No better than guessing",
    "undetermined": "Cannot tell",
    "weak": "Weak",
    "healthy": "No collapse found",
}


def sentence(evaluation: Evaluation, decision: Decision, rules: Rules) -> str:
    """Say the verdict on one split, with the numbers that carry it."""
    tell = {
        "collapsed": _collapsed,
        "partly-collapsed": _partly_collapsed,
        "uninformed": _uninformed,
        "weak": _weak,
        "healthy": _healthy,
    }
    if decision.verdict == "undetermined":
        text = f"{decision.reason}."
    else:
        text = tell[decision.verdict](evaluation, rules)
    parts = [f"{HEADLINES[decision.verdict]}: {text}"]
    if decision.row > 2:
        parts += _no_interval(evaluation)
    return " ".join(part for part in parts if part)


def _no_interval(evaluation: Evaluation) -> list[str]:
    return [
        note for note in evaluation.notes if note.startswith("There are no intervals")
    ]


def _collapsed(evaluation: Evaluation, rules: Rules) -> str:
    name, share = top_class(evaluation)
    n = evaluation.n_evaluated
    if share == 1:
        first = f"all {images(n, evaluation.split)} are called '{name}'."
    elif has_constant_rows(evaluation, rules):
        first = f"all {images(n, evaluation.split)} get the same probabilities."
    else:
        first = (
            f"{percent(share)} of {images(n, evaluation.split)} are called '{name}'."
        )
    if not evaluation.has_truth:
        return f"{first} There are no true labels to compare with."
    return f"{first} {_accuracy_of_one_class(evaluation, name, share)}"


def _accuracy_of_one_class(evaluation: Evaluation, name: str, share: float) -> str:
    accuracy, majority = (
        share_text(evaluation, k) for k in ("accuracy", "majority_share")
    )
    true_share = float(evaluation.shares["true_share"][name])
    if share == 1:
        text = f"Accuracy {accuracy} is the share of '{name}' ({percent(true_share)})"
        if true_share < evaluation.metric("majority_share"):
            text += f", under the majority share {majority}"
    else:
        text = f"Accuracy {accuracy} stands against a majority share of {majority}"
    classes = evaluation.per_class
    occurring = classes[classes["support"] > 0]
    never = int((occurring["predicted"] == 0).sum())
    return f"{text}; {never} of {len(occurring)} classes are never predicted."


def _partly_collapsed(evaluation: Evaluation, rules: Rules) -> str:
    never = never_predicted(evaluation, rules.measurable)
    measures = (
        f"Accuracy {share_text(evaluation, 'accuracy')} hides it: balanced accuracy "
        f"{share_text(evaluation, 'balanced_accuracy')}, macro-F1 "
        f"{evaluation.metric('macro_f1'):.2f}."
    )
    n_classes = int((evaluation.per_class["support"] > 0).sum())
    if len(never):
        names = listed([str(name) for name in never.index])
        n_never = int(never["support"].sum())
        return (
            f"{len(never)} of {n_classes} classes are never predicted ({names}; "
            f"{images(n_never, evaluation.split)}). {measures}"
        )
    name, share = top_class(evaluation)
    called, true = effective_numbers(evaluation)
    return (
        f"{percent(share)} of {images(evaluation.n_evaluated, evaluation.split)} are "
        f"called '{name}'; the predictions use {called:.1f} effective classes where "
        f"the truth has {true:.1f}, less than {percent(rules.effective_ratio)} of "
        f"them. {measures}"
    )


def _uninformed(evaluation: Evaluation, rules: Rules) -> str:
    low, high = kappa_interval(evaluation)
    return (
        f"on {images(evaluation.n_evaluated, evaluation.split)} the predictions agree "
        f"with the truth in {share_text(evaluation, 'accuracy')}; independent guesses "
        f"with the same shares would in {share_text(evaluation, 'chance_agreement')} "
        f"(kappa {evaluation.metric('kappa'):.2f}, "
        f"{interval(low, high, in_percent=False)})."
    )


def _weak(evaluation: Evaluation, rules: Rules) -> str:
    missed = often_missed(evaluation, rules)
    against = (
        f"accuracy {share_text(evaluation, 'accuracy')} against a majority share of "
        f"{share_text(evaluation, 'majority_share')}"
    )
    if missed.empty:
        return f"{against} on {images(evaluation.n_evaluated, evaluation.split)}."
    worst = missed.sort_values("recall").iloc[0]
    bounds = interval(float(worst["recall_low"]), float(worst["recall_high"]))
    text = (
        f"only {percent(float(worst['recall']))} of "
        f"{images(int(worst['support']), evaluation.split)} of '{worst.name}' are "
        f"recognised ({bounds}); {percent(rules.recall_floor)} is expected"
    )
    if len(missed) > 1:
        text += f", and {len(missed)} classes fall short of it"
    return f"{text}. {against[0].upper()}{against[1:]}."


def _healthy(evaluation: Evaluation, rules: Rules) -> str:
    _, low, high = evaluation.bounds("macro_f1")
    bounds = "" if np.isnan(low) else f" ({interval(low, high, in_percent=False)})"
    text = (
        f"accuracy {share_text(evaluation, 'accuracy')} against a majority share of "
        f"{share_text(evaluation, 'majority_share')} on "
        f"{images(evaluation.n_evaluated, evaluation.split)}, macro-F1 "
        f"{evaluation.metric('macro_f1'):.2f}{bounds}; every class with "
        f"{rules.measurable} images or more is predicted."
    )
    return f"{text} {too_small(evaluation, rules)}".rstrip()
