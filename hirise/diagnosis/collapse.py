"""How a classifier collapsed: the kind, independent signs, and while it happens."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.verdict import RULES, Rules, effective_numbers, top_class
from hirise.diagnosis.wording import images, percent
from hirise.evaluation import Evaluation

Kind = Literal["saturated", "scrambled", "late", "thresholded", "constant", "unknown"]


@dataclass(frozen=True)
class KindRules:
    """Thresholds that tell the kinds apart."""

    loss_over_entropy: float = 3.0
    training_kappa: float = 0.40
    earlier_gain: float = 0.10
    ranking: float = 0.70
    no_ranking: float = 0.55
    logit_std: float = 1e-3
    top_share: float = 0.99


KIND_RULES = KindRules()


def kind_of(evidence: Evidence, codes: set[str], rules: KindRules = KIND_RULES) -> Kind:
    """The first kind that fits; `codes` are those of the findings."""
    if is_saturated(evidence, rules.loss_over_entropy):
        return "saturated"
    if "HR101" in codes or evidence.epoch_kappa("train") >= rules.training_kappa:
        return "scrambled"
    if _earlier_was_better(evidence, rules.earlier_gain):
        return "late"
    if evidence.evaluation is None or not evidence.evaluation.has_proba:
        return "unknown"
    if ranking_low(evidence) > rules.ranking:
        return "thresholded"
    if is_constant(evidence, rules):
        return "constant"
    return "unknown"


def is_saturated(evidence: Evidence, loss_over_entropy: float) -> bool:
    """Whether the last loss is not finite, or far above that of guessing the shares."""
    history = evidence.history
    if history.empty:
        return False
    last = history.iloc[-1]
    losses = [last[c] for c in ("loss", "val_loss") if _is_recorded(history, c)]
    if not np.isfinite(np.array(losses, dtype=float)).all():
        return True
    return bool(last.get("loss", np.nan) > loss_over_entropy * evidence.share_entropy)


def _is_recorded(history: pd.DataFrame, loss: str) -> bool:
    """Whether a loss was kept: one that is NaN from the first epoch on was too."""
    accuracy = loss.replace("loss", "accuracy")
    seen = [c for c in (loss, accuracy) if c in history and history[c].notna().any()]
    return loss in history and bool(seen)


def _earlier_was_better(evidence: Evidence, gain: float) -> bool:
    history = evidence.history
    for column in ("val_macro_f1", "macro_f1"):
        if column in history and history[column].notna().any():
            kept = evidence.kept_epoch or int(history["epoch"].iloc[-1])
            earlier = history[history["epoch"] < kept]
            now = history.loc[history["epoch"] == kept, column]
            return bool(len(now) and (earlier[column] >= now.iloc[0] + gain).any())
    return False


def ranking_low(evidence: Evidence) -> float:
    """Lower end of the macro one-vs-rest AUC; its value where there is no interval."""
    assert evidence.evaluation is not None
    value, low, _ = evidence.evaluation.bounds("macro_auc_measurable")
    return low if np.isfinite(low) else value


def is_constant(evidence: Evidence, rules: KindRules = KIND_RULES) -> bool:
    """Whether the output hardly depends on the image, as far as probabilities tell."""
    if evidence.evaluation is None or not evidence.evaluation.has_proba:
        return False
    still = evidence.evaluation.probabilities["std_log"] < rules.logit_std
    takes_all = top_class(evidence.evaluation)[1] >= rules.top_share
    return bool(
        still.all() or (takes_all and ranking_low(evidence) <= rules.no_ranking)
    )


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


N_EPOCHS = 3
"""Epochs in a row at the majority share that are announced."""

TOLERANCE = 0.005
"""Distance of an accuracy from the majority share that counts as at it."""

_ADVICE = (
    "A network may leave this state in its first epochs; one that stays in it has "
    "collapsed, and more epochs change nothing."
)


def ongoing_collapse(evidence: Evidence, rules: Rules = RULES) -> str:
    """Say that a training is collapsing, as of its last epoch; "" if it is not.

    One class takes nearly all predicted labels of the validation images, or accuracy
    has been at the majority share for three epochs; in both cases agreement beyond
    chance (kappa) is as low as the verdict asks for, and there are images enough.

    Parameters
    ----------
    evidence : Evidence
        With `history`, `predicted_counts` and `split_counts` up to the last epoch.
    rules : Rules
        Thresholds of the verdict.
    """
    truth = _val_truth(evidence, rules)
    kappa = evidence.epoch_kappa("val")
    if truth is None or not kappa < rules.kappa_high:
        return ""
    return _one_class(evidence, truth, rules) or _at_majority(evidence, truth, kappa)


def _val_truth(evidence: Evidence, rules: Rules) -> "pd.Series[int] | None":
    """Validation images by true class; None if they do not suffice for a verdict."""
    if evidence.split_counts is None or "val" not in evidence.split_counts:
        return None
    truth = evidence.split_counts["val"]
    enough = truth.sum() >= rules.min_images
    outside = truth.sum() - truth.max()
    return truth if enough and outside >= rules.min_outside_majority else None


def _one_class(evidence: Evidence, truth: "pd.Series[int]", rules: Rules) -> str:
    counts = evidence.predicted_counts
    counts = counts[counts["split"] == "val"]
    table = counts.pivot_table(index="epoch", columns="class_name", values="n")
    shares = table.div(table.sum(axis=1), axis=0)
    taken = shares.max(axis=1) >= rules.top_share
    if not taken.iloc[-1]:
        return ""
    last, n_epochs = shares.iloc[-1], int(taken[::-1].cumprod().sum())
    name, n = str(last.idxmax()), int(table.iloc[-1].sum())
    called = "all" if last[name] == 1 else f"{percent(last[name])} of the"
    accuracy = evidence.history["val_accuracy"].iloc[-1]
    return (
        f"{_epochs(table.index[-1], n_epochs)}: {called} {images(n, 'val')} are called "
        f"'{name}'. Accuracy {percent(accuracy)}; the share of '{name}' is "
        f"{percent(truth[name] / truth.sum())}. {_ADVICE}"
    )


def _at_majority(evidence: Evidence, truth: "pd.Series[int]", kappa: float) -> str:
    share = truth.max() / truth.sum()
    last = evidence.history["val_accuracy"].tail(N_EPOCHS)
    if len(last) < N_EPOCHS or not ((last - share).abs() <= TOLERANCE).all():
        return ""
    return (
        f"{_epochs(evidence.history['epoch'].iloc[-1], N_EPOCHS)}: validation accuracy "
        f"stays at {percent(last.iloc[-1])}, the share of '{truth.idxmax()}' "
        f"({percent(share)}); agreement beyond chance is low (kappa {kappa:.2f}). "
        f"{_ADVICE}"
    )


def _epochs(last: float, n: int) -> str:
    first = last - n + 1
    return f"Epoch {last:.0f}" if n == 1 else f"Epochs {first:.0f} to {last:.0f}"
