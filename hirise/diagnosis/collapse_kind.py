"""How a classifier collapsed: the kind, indicators, and collapse during training."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.rules import RULES, Rules, effective_numbers, top_class
from hirise.diagnosis.wording import Images, Phrase, Rate
from hirise.evaluation import Evaluation

Stance = Literal["for", "against", "inconclusive"]
"""What a number is evidence for, where a collapse is in question."""

Kind = Literal["saturated", "scrambled", "late", "thresholded", "constant", "unknown"]


@dataclass(frozen=True)
class KindRules:
    """Thresholds between the kinds."""

    loss_over_entropy: float = 3.0
    learned: float = 0.20
    training_kappa: float = 0.40
    earlier_gain: float = 0.10
    ranking: float = 0.70
    no_ranking: float = 0.55
    # The blog's dead network came to 1e-4.
    logit_std: float = 1e-3
    top_share: float = 0.99


KIND_RULES = KindRules()

ENTROPY_TOLERANCE = 0.02
"""Nats between a loss and that of the class frequencies that count as equal."""

N_EPOCHS = 3
"""Epochs in a row at the majority-class baseline that are announced."""

TOLERANCE = 0.005
"""Distance of an accuracy from the majority-class baseline that counts as equal."""


def kind_of(evidence: Evidence, codes: set[str], rules: KindRules = KIND_RULES) -> Kind:
    """The first kind that fits; `codes` are those of the findings.

    Examples
    --------
    >>> from hirise.diagnosis.calls import evidence_of
    >>> labels = np.repeat([0, 1], 20)
    >>> evidence = evidence_of({"y_true": labels, "proba": np.linspace(0, 0.4, 40)})
    >>> kind_of(evidence, codes=set())
    'thresholded'
    """
    if is_saturated(evidence, rules.loss_over_entropy, learned=rules.learned):
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


def is_saturated(
    evidence: Evidence, loss_over_entropy: float, *, learned: float = KIND_RULES.learned
) -> bool:
    """Whether the last loss is not finite, or far above the entropy of the classes.

    A loss on another scale, as class weights or a penalty give it, is not: the accuracy
    then gains `learned` of what there is above the majority-class baseline, or the
    validation loss is not far above that entropy.

    Examples
    --------
    >>> history = pd.DataFrame(
    ...     {"epoch": [1, 2], "loss": [0.9, np.nan], "accuracy": 0.5}
    ... )
    >>> is_saturated(Evidence("run", history=history), loss_over_entropy=3.0)
    True
    """
    history = evidence.history
    if history.empty:
        return False
    recorded = [c for c in ("loss", "val_loss") if _is_recorded(history, c)]
    losses = [last_of(evidence, c) for c in recorded]
    if not np.isfinite(np.array(losses, dtype=float)).all():
        return True
    # NaN where the frequencies are unknown, and then no loss is above it.
    entropy = evidence.frequency_entropy
    if not last_of(evidence, "loss") > loss_over_entropy * entropy:
        return False
    majority = evidence.majority_frequency
    accuracy = last_of(evidence, "accuracy")
    has_learned = accuracy >= majority + learned * (1 - majority)
    limit = loss_over_entropy * entropy
    return not (has_learned or last_of(evidence, "val_loss") <= limit)


def last_of(evidence: Evidence, column: str) -> float:
    """A curve's last value; NaN if it has none.

    Examples
    --------
    >>> history = pd.DataFrame({"epoch": [1, 2], "val_loss": [0.5, np.nan]})
    >>> last_of(Evidence("log.csv", history=history, gaps=True), "val_loss")
    0.5
    """
    values = evidence.recorded(column).get(column)
    return float("nan") if values is None or values.empty else float(values.iloc[-1])


def _is_recorded(history: pd.DataFrame, loss: str) -> bool:
    """Whether a loss was recorded, be it as NaN from the first epoch on."""
    accuracy = loss.replace("loss", "accuracy")
    filled = [c for c in (loss, accuracy) if c in history and history[c].notna().any()]
    return loss in history and bool(filled)


def _earlier_was_better(evidence: Evidence, gain: float) -> bool:
    history = evidence.history
    for column in ("val_macro_f1", "macro_f1", "val_accuracy", "accuracy"):
        if column in history and history[column].notna().any():
            history = evidence.recorded(column)
            kept = evidence.kept_epoch or int(history["epoch"].iloc[-1])
            earlier = history[history["epoch"] < kept]
            now = history.loc[history["epoch"] == kept, column]
            return bool(len(now) and (earlier[column] >= now.iloc[0] + gain).any())
    return False


def ranking_low(evidence: Evidence) -> float:
    """Lower end of the macro one-vs-rest AUC; its value where there is no interval.

    Examples
    --------
    >>> from hirise.diagnosis.calls import evidence_of
    >>> labels = np.repeat([0, 1], 20)
    >>> evidence = evidence_of({"y_true": labels, "proba": np.linspace(0, 0.4, 40)})
    >>> ranking_low(evidence)  # the ranking is perfect, though all are predicted as 0
    1.0
    """
    assert evidence.evaluation is not None
    value, low, _ = evidence.evaluation.bounds("macro_auc_measurable")
    return low if np.isfinite(low) else value


def is_constant(evidence: Evidence, rules: KindRules = KIND_RULES) -> bool:
    """Whether the probabilities hardly depend on the image.

    Examples
    --------
    >>> from hirise.diagnosis.calls import evidence_of
    >>> labels = ["a", "b"] * 20
    >>> evidence = evidence_of({"y_true": labels, "proba": np.full(40, 0.4)})
    >>> is_constant(evidence)
    True
    """
    if evidence.evaluation is None or not evidence.evaluation.has_proba:
        return False
    constant = evidence.evaluation.probabilities["std_log"] < rules.logit_std
    one_class = top_class(evidence.evaluation)[1] >= rules.top_share
    return bool(
        constant.all() or (one_class and ranking_low(evidence) <= rules.no_ranking)
    )


@dataclass(frozen=True)
class Indicator:
    """One number that is evidence for or against a collapse.

    Attributes
    ----------
    key, title : str
    value, threshold : float
        The number, and what it is compared with.
    agrees : bool
        Whether it is evidence for a collapse.
    statement : Phrase
        The same for people.
    failing : bool
        Whether the verdict is failing: what does not reach its threshold is then no
        evidence against that.
    """

    key: str
    title: str
    value: float
    threshold: float
    agrees: bool
    statement: Phrase
    failing: bool = False

    @property
    def stance(self) -> Stance:
        """Whether it is evidence for a collapse or against one."""
        if self.agrees:
            return "for"
        return "inconclusive" if self.failing else "against"

    @property
    def text(self) -> str:
        """The number and what it is compared with, without a full stop."""
        return str(self.statement)


def indicators_of(
    evidence: Evidence, *, failing: bool = False
) -> tuple[Indicator, ...]:
    """Those of the five indicators that the evidence allows.

    `failing` says whether the verdict is.

    Examples
    --------
    >>> from hirise.diagnosis.calls import evidence_of
    >>> evidence = evidence_of({"y_true": ["a", "b"] * 20, "y_pred": ["a"] * 40})
    >>> {indicator.key: indicator.agrees for indicator in indicators_of(evidence)}
    {'top_share': True, 'effective_classes': False, 'accuracy_over_majority': True}
    """
    indicators: list[Indicator] = []
    if evidence.evaluation is not None:
        indicators.append(_top_frequency(evidence.evaluation))
        if evidence.evaluation.has_truth:
            indicators.append(_effective_classes(evidence.evaluation))
            indicators.append(_accuracy(evidence.evaluation))
    found = (*indicators, *_training_loss(evidence), *_split_loss(evidence))
    return tuple(replace(indicator, failing=failing) for indicator in found)


_STANCES: dict[Stance, str] = {
    "for": "Evidence for a collapse",
    "against": "Evidence against a collapse",
    "inconclusive": "Inconclusive",
}


def evidence_line(indicators: Sequence[Indicator]) -> str:
    """The indicators in one line, by what they are evidence for; "" without any.

    Examples
    --------
    >>> from hirise.diagnosis.calls import evidence_of
    >>> evidence = evidence_of({"y_true": ["a", "b"] * 20, "y_pred": ["a"] * 40})
    >>> print(evidence_line(indicators_of(evidence, failing=True)))
    Evidence for a collapse: 100.0% of the predictions are 'a'; accuracy 50.0%,
    majority-class baseline 50.0%. Inconclusive: 1.0 effective predicted classes, 2.0
    effective true classes.
    """
    lines = []
    for stance, title in _STANCES.items():
        texts = [one.text for one in indicators if one.stance == stance]
        if texts:
            lines.append(f"{title}: {'; '.join(texts)}.")
    return " ".join(lines)


def _top_frequency(evaluation: Evaluation) -> Indicator:
    name, frequency = top_class(evaluation)
    fields = {"frequency": Rate(frequency), "name": name}
    return Indicator(
        key="top_share",
        title="Frequency of the top predicted class",
        value=frequency,
        threshold=RULES.top_share,
        agrees=frequency >= RULES.top_share,
        statement=Phrase("{frequency} of the predictions are '{name}'", fields),
    )


def _effective_classes(evaluation: Evaluation) -> Indicator:
    predicted, true = effective_numbers(evaluation)
    ratio = predicted / true
    return Indicator(
        key="effective_classes",
        title="Effective predicted / effective true classes",
        value=ratio,
        threshold=RULES.effective_ratio,
        agrees=ratio < RULES.effective_ratio,
        statement=Phrase(
            "{predicted:.1f} effective predicted classes, {true:.1f} effective true "
            "classes",
            {"predicted": predicted, "true": true},
        ),
    )


def _accuracy(evaluation: Evaluation) -> Indicator:
    accuracy, majority = (evaluation.metric(k) for k in ("accuracy", "majority_share"))
    return Indicator(
        key="accuracy_over_majority",
        title="Accuracy against the majority-class baseline",
        value=accuracy,
        threshold=majority,
        agrees=accuracy <= majority,
        statement=Phrase(
            "accuracy {accuracy}, majority-class baseline {majority}",
            {"accuracy": Rate(accuracy), "majority": Rate(majority)},
        ),
    )


def _training_loss(evidence: Evidence) -> list[Indicator]:
    history = evidence.history
    known = not history.empty and "loss" in history
    if not known or np.isnan(evidence.frequency_entropy):
        return []
    loss, expected = last_of(evidence, "loss"), evidence.frequency_entropy
    title = "Training loss against the entropy of the class frequencies"
    return _loss("cross_entropy", title, "training loss", loss, expected)


def _split_loss(evidence: Evidence) -> list[Indicator]:
    evaluation = evidence.evaluation
    expected = evidence.frequency_cross_entropy()
    if evaluation is None or np.isnan(expected):
        return []
    name = f"{evaluation.split} loss".strip()
    title = f"{name.capitalize()} against that of the training class frequencies"
    loss = evaluation.metric("log_loss")
    return _loss("split_cross_entropy", title, name, loss, expected)


def _loss(
    key: str, title: str, name: str, loss: float, expected: float
) -> list[Indicator]:
    if not np.isfinite(loss):
        return []
    statement = Phrase(
        "{name} {loss:.3f} nats, {expected:.3f} from the class frequencies alone",
        {"name": name, "loss": loss, "expected": expected},
    )
    agrees = abs(loss - expected) <= ENTROPY_TOLERANCE
    return [Indicator(key, title, loss, expected, agrees, statement)]


_ADVICE = (
    "A network may leave this state in its first epochs. A network that stays in it "
    "has collapsed, and more epochs change nothing."
)


def ongoing_collapse(evidence: Evidence, rules: Rules = RULES) -> Phrase | None:
    """What shows that a training is collapsing as of its last epoch; None if nothing.

    Nearly all validation images are predicted as one class, or accuracy has been at
    the majority-class baseline for three epochs. In both cases kappa is as low as the
    verdict asks for, and there are enough images.

    Parameters
    ----------
    evidence : Evidence
        With `history`, `predicted_counts` and `split_counts` up to the last epoch.
    rules : Rules
        Thresholds of the verdict.

    Examples
    --------
    >>> epochs = pd.DataFrame({"epoch": [1, 2, 3], "val_accuracy": 0.7})
    >>> counts = pd.DataFrame(
    ...     {"epoch": [3, 3], "split": "val", "class_name": ["a", "b"]}
    ... )
    >>> evidence = Evidence(
    ...     "my-run",
    ...     history=epochs,
    ...     predicted_counts=counts.assign(n=[100, 0]),
    ...     split_counts=pd.DataFrame({"val": [70, 30]}, index=["a", "b"]),
    ... )
    >>> ongoing_collapse(evidence) is not None
    True
    """
    true_counts = _validation_counts(evidence, rules)
    kappa = evidence.epoch_kappa("val")
    # Not `>=`: an unknown kappa is NaN, and shows no collapse.
    if true_counts is None or not kappa < rules.kappa_high:
        return None
    one_class = _one_class(evidence, true_counts, rules)
    return one_class or _at_majority(evidence, true_counts, kappa)


def _validation_counts(evidence: Evidence, rules: Rules) -> "pd.Series[int] | None":
    """Validation images by true class; None if they do not suffice for a verdict."""
    if evidence.split_counts is None or "val" not in evidence.split_counts:
        return None
    counts = evidence.split_counts["val"]
    enough = counts.sum() >= rules.min_images
    outside = counts.sum() - counts.max()
    return counts if enough and outside >= rules.min_outside_majority else None


def _one_class(
    evidence: Evidence, true_counts: "pd.Series[int]", rules: Rules
) -> Phrase | None:
    counts = evidence.predicted_counts
    counts = counts[counts["split"] == "val"]
    table = counts.pivot_table(index="epoch", columns="class_name", values="n")
    frequencies = table.div(table.sum(axis=1), axis=0)
    one_class = frequencies.max(axis=1) >= rules.top_share
    if not one_class.iloc[-1]:
        return None
    # Counted back from the last epoch until the first that is otherwise.
    last, n_epochs = frequencies.iloc[-1], int(one_class[::-1].cumprod().sum())
    name = str(last.idxmax())
    subject = "all {images}" if last[name] == 1 else "{frequency} of the {images}"
    return Phrase(
        "{epochs}: " + subject + " are predicted as '{name}'. Accuracy {accuracy}, "
        "frequency of '{name}' {true}. {advice}",
        {
            "epochs": _epochs(table.index[-1], n_epochs),
            "images": Images(int(table.iloc[-1].sum()), "val"),
            "frequency": Rate(float(last[name])),
            "name": name,
            "accuracy": Rate(float(evidence.history["val_accuracy"].iloc[-1])),
            "true": Rate(float(true_counts[name] / true_counts.sum())),
            "advice": _ADVICE,
        },
    )


def _at_majority(
    evidence: Evidence, true_counts: "pd.Series[int]", kappa: float
) -> Phrase | None:
    majority = float(true_counts.max() / true_counts.sum())
    last = evidence.history["val_accuracy"].tail(N_EPOCHS)
    if len(last) < N_EPOCHS or not ((last - majority).abs() <= TOLERANCE).all():
        return None
    return Phrase(
        "{epochs}: validation accuracy stays at {accuracy}, the frequency of '{name}' "
        "is {majority}. Agreement beyond chance is low (kappa {kappa:.2f}). {advice}",
        {
            "epochs": _epochs(evidence.history["epoch"].iloc[-1], N_EPOCHS),
            "accuracy": Rate(float(last.iloc[-1])),
            "name": true_counts.idxmax(),
            "majority": Rate(majority),
            "kappa": kappa,
            "advice": _ADVICE,
        },
    )


def _epochs(last: float, n: int) -> str:
    first = last - n + 1
    return f"Epoch {last:.0f}" if n == 1 else f"Epochs {first:.0f} to {last:.0f}"
