"""Witnesses: independent signs of a collapse, reported beside every verdict."""

from dataclasses import dataclass

import numpy as np

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.rules import RULES, effective_numbers, top_class
from hirise.diagnosis.wording import percent
from hirise.evaluation import Evaluation

ENTROPY_TOLERANCE = 0.02


@dataclass(frozen=True)
class Witness:
    """One sign: its value, the threshold it is held against, and whether it agrees.

    `agrees` means that it speaks for a collapse; `text` says it for people.
    """

    key: str
    title: str
    value: float
    threshold: float
    agrees: bool
    text: str


def witnesses_of(evidence: Evidence) -> tuple[Witness, ...]:
    """Those of the four witnesses that the evidence allows."""
    found: list[Witness] = []
    if evidence.evaluation is not None:
        found.append(_top_share(evidence.evaluation))
        if evidence.evaluation.has_truth:
            found += [_spread(evidence.evaluation), _accuracy(evidence.evaluation)]
    found += _training_loss(evidence) + _split_loss(evidence)
    return tuple(found)


def _top_share(evaluation: Evaluation) -> Witness:
    name, share = top_class(evaluation)
    return Witness(
        key="top_share",
        title="Share of the top predicted class",
        value=share,
        threshold=RULES.top_share,
        agrees=share >= RULES.top_share,
        text=f"{percent(share)} of the predictions are '{name}'",
    )


def _spread(evaluation: Evaluation) -> Witness:
    called, true = effective_numbers(evaluation)
    ratio = called / true
    return Witness(
        key="effective_classes",
        title="Effective predicted / effective true classes",
        value=ratio,
        threshold=RULES.effective_ratio,
        agrees=ratio < RULES.effective_ratio,
        text=f"predictions use {called:.1f} effective classes, the truth {true:.1f}",
    )


def _accuracy(evaluation: Evaluation) -> Witness:
    accuracy, majority = (evaluation.metric(k) for k in ("accuracy", "majority_share"))
    return Witness(
        key="accuracy_over_majority",
        title="Accuracy against the majority share",
        value=accuracy,
        threshold=majority,
        agrees=accuracy <= majority,
        text=f"accuracy {percent(accuracy)}, majority share {percent(majority)}",
    )


def _training_loss(evidence: Evidence) -> list[Witness]:
    history = evidence.history
    known = not history.empty and "loss" in history
    if not known or np.isnan(evidence.share_entropy):
        return []
    loss, expected = float(history["loss"].iloc[-1]), evidence.share_entropy
    title = "Training loss against the entropy of the class shares"
    return _loss("cross_entropy", title, "training loss", loss, expected)


def _split_loss(evidence: Evidence) -> list[Witness]:
    evaluation = evidence.evaluation
    expected = evidence.share_cross_entropy()
    if evaluation is None or np.isnan(expected):
        return []
    name = f"{evaluation.split} loss".strip()
    title = (
        f"{name.capitalize()} against that of a model that outputs the training shares"
    )
    loss = evaluation.metric("log_loss")
    return _loss("split_cross_entropy", title, name, loss, expected)


def _loss(
    key: str, title: str, name: str, loss: float, expected: float
) -> list[Witness]:
    if not np.isfinite(loss):
        return []
    agrees = abs(loss - expected) <= ENTROPY_TOLERANCE
    text = f"{name} {loss:.3f} nats; the class shares alone give {expected:.3f}"
    return [Witness(key, title, loss, expected, agrees, text)]
