"""The verdict in a sentence, with its numbers."""

import numpy as np

from hirise.diagnosis.rules import (
    Decision,
    Rules,
    effective_numbers,
    has_constant_rows,
    kappa_interval,
    never_predicted,
    often_missed,
    share_text,
    too_small,
    top_class,
)
from hirise.diagnosis.wording import images, interval, listed, percent
from hirise.evaluation import Evaluation

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
    n = evaluation.n_judged
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
        f"{percent(share)} of {images(evaluation.n_judged, evaluation.split)} are "
        f"called '{name}'; the predictions use {called:.1f} effective classes where "
        f"the truth has {true:.1f}, less than {percent(rules.effective_ratio)} of "
        f"them. {measures}"
    )


def _uninformed(evaluation: Evaluation, rules: Rules) -> str:
    low, high = kappa_interval(evaluation)
    return (
        f"on {images(evaluation.n_judged, evaluation.split)} the predictions agree "
        f"with the truth in {share_text(evaluation, 'accuracy')}; independent guesses "
        f"with the same shares would in {share_text(evaluation, 'chance_agreement')} "
        f"(kappa {evaluation.metric('kappa'):.2f}, 95 % interval {low:.2f} to "
        f"{high:.2f})."
    )


def _weak(evaluation: Evaluation, rules: Rules) -> str:
    missed = often_missed(evaluation, rules)
    against = (
        f"accuracy {share_text(evaluation, 'accuracy')} against a majority share of "
        f"{share_text(evaluation, 'majority_share')}"
    )
    if missed.empty:
        return f"{against} on {images(evaluation.n_judged, evaluation.split)}."
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
    bounds = "" if np.isnan(low) else f" (95 % interval {low:.2f} to {high:.2f})"
    text = (
        f"accuracy {share_text(evaluation, 'accuracy')} against a majority share of "
        f"{share_text(evaluation, 'majority_share')} on "
        f"{images(evaluation.n_judged, evaluation.split)}, macro-F1 "
        f"{evaluation.metric('macro_f1'):.2f}{bounds}; every class with "
        f"{rules.measurable} images or more is predicted."
    )
    return f"{text} {too_small(evaluation, rules)}".rstrip()
