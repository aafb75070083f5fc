"""Facts that distinguish causes, beyond what single checks find."""

import math
from collections.abc import Sequence
from functools import cached_property

import pandas as pd

from hirise.diagnosis.checks.training import BELOW_CHANCE, LATE
from hirise.diagnosis.collapse_kind import KIND_RULES, ranking_low
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Finding
from hirise.diagnosis.verdict import Verdict
from hirise.diagnosis.wording import Names, Phrase, Rate
from hirise.evaluation import MEASURABLE

FALLING = 0.03
"""Fraction of the training loss that the last epoch must remove to be improving."""
FEW_EPOCHS = 10
HIGH_RATE = 5e-3
"""Five times the default of Adam."""
LOW_RATE = 1e-3
RARE_IMAGES = 100
RARE_FREQUENCY = 0.02
OUTWEIGHED = 0.5
"""Of the largest class frequency, below which a class can be hidden by a threshold."""
GAP = 0.05
"""Macro-F1 that a choice by accuracy must cost to matter."""
CONTRADICTED = 0.20
"""Accuracy in training above the interval of that of the predictions."""
MOSTLY = 0.50
"""Recall, or precision, from which a class is learned."""
DYING = 0.90
MODES_APART = 0.20
"""Accuracy that training mode must have above inference mode on the same images."""
SELDOM = 2 / 3
RISING = 0.25
"""Fraction of the gain below that entropy that the last epoch must bring."""
PLATEAU = 0.02
"""Nats below the entropy within which only the class frequencies are learned."""
RECTIFIERS = (
    "relu",
    "relu6",
    "leaky_relu",
    "leakyrelu",
    "prelu",
    "elu",
    "gelu",
    "silu",
)
"""A unit of these dies of one step too large; sigmoids and tanhs fade or saturate."""


class Facts:
    """Each property states a fact, or is None where it does not hold."""

    def __init__(
        self,
        evidence: Evidence,
        verdict: Verdict,
        findings: Sequence[Finding],
        passed: Sequence[str],
    ) -> None:
        self.evidence = evidence
        self.verdict = verdict
        self.passed = frozenset(passed)
        self._findings = [f for f in findings if f.severity != "note"]

    def finding(self, code: str, subject: str = "") -> Finding | None:
        """The first finding of the check `code`; with a `subject`, about that alone.

        `train` is the training images and `evaluated` whatever is not.
        """
        for finding in self._findings:
            if finding.code == code and _is_about(finding.subject, subject):
                return finding
        return None

    def supported_by(self, fact: str) -> tuple[str, ...]:
        """Codes of the checks whose findings a fact rests on."""
        return tuple(code for code in _RESTS_ON.get(fact, ()) if self.finding(code))

    @cached_property
    def training_learned(self) -> Phrase | None:
        kappa = self.evidence.epoch_kappa("train")
        if not kappa >= KIND_RULES.training_kappa:
            return None
        template = "On training images Cohen's kappa reaches {kappa:.2f}."
        return Phrase(template, {"kappa": kappa})

    @cached_property
    def curves_contradict(self) -> Phrase | None:
        """Training measured a far better accuracy than these predictions have."""
        evaluation, history = self.evidence.evaluation, self.evidence.history
        if evaluation is None or not evaluation.has_truth or history.empty:
            return None
        if "val_accuracy" not in history or evaluation.split == "train":
            return None
        kept = self.evidence.kept_epoch
        rows = history[history["epoch"] == kept] if kept is not None else history
        measured = (rows if len(rows) else history)["val_accuracy"].dropna()
        value, _, high = evaluation.bounds("accuracy")
        high = value if math.isnan(high) else high
        if measured.empty or not CONTRADICTED <= measured.iloc[-1] - high <= 1:
            return None
        return Phrase(
            "In training the validation accuracy was {measured}, but these predictions "
            "have {accuracy}.",
            {"measured": Rate(float(measured.iloc[-1])), "accuracy": Rate(value)},
        )

    @cached_property
    def modes_differ(self) -> Phrase | None:
        """What was logged in training is far better than inference mode is.

        A running mean, dropout and augmentation only make the logged accuracy lower.
        """
        history = self.evidence.history
        if not {"accuracy", "logged_accuracy"} <= set(history) or history.empty:
            return None
        last = history.iloc[-1]
        logged, measured = float(last["logged_accuracy"]), float(last["accuracy"])
        if not logged - measured >= MODES_APART:
            return None
        template = (
            "In epoch {epoch} the framework logged accuracy {logged} in training mode, "
            "and inference mode gives {measured} on training images."
        )
        activations = self.evidence.activations
        layers = None if activations is None else activations.batch_normalisation
        if layers:
            template += (
                " {layers} layers of batch normalisation use the statistics of the "
                "batch in training, and moving averages in inference, which lag "
                "behind."
            )
        return Phrase(
            template,
            {
                "epoch": int(last["epoch"]),
                "logged": Rate(logged),
                "measured": Rate(measured),
                "layers": layers,
            },
        )

    @cached_property
    def output_constant(self) -> Finding | None:
        return self.finding("HR302") or self.finding("HR502")

    @cached_property
    def layer_dead(self) -> Phrase | None:
        """Nearly all units of a layer of rectifiers are dead: little can pass."""
        return self._dead_layer(rectified=True)

    @cached_property
    def layer_faded(self) -> Phrase | None:
        """Only other units are constant, at a usual rate: signals fade on their way."""
        if self.layer_dead or self.rate_high:
            return None
        return self._dead_layer(rectified=False)

    def _dead_layer(self, *, rectified: bool) -> Phrase | None:
        activations = self.evidence.activations
        if activations is None or activations.layers.empty:
            return None
        kind = activations.layers["activation"].isin(RECTIFIERS)
        layers = activations.layers[kind if rectified else ~kind]
        if not self.finding("HR501") or layers.empty:
            return None
        worst = layers.iloc[int(layers["dead_share"].argmax())]
        if worst["dead_share"] < DYING:
            return None
        template = "{rate} of the units of layer '{layer}' are dead."
        if not rectified:
            template = "{rate} of the {activation} units of layer '{layer}' are dead."
        return Phrase(
            template,
            {
                "rate": Rate(float(worst["dead_share"])),
                "layer": worst["name"],
                "activation": worst["activation"],
            },
        )

    @cached_property
    def rate_high(self) -> Phrase | None:
        if not self._rate >= HIGH_RATE:
            return None
        return Phrase("The learning rate is {rate:g}.", {"rate": self._rate})

    @cached_property
    def rate_low(self) -> Phrase | None:
        if not self._rate < LOW_RATE:
            return None
        return Phrase("The learning rate is only {rate:g}.", {"rate": self._rate})

    @cached_property
    def _rate(self) -> float:
        rates = self.evidence.history.get("learning_rate")
        return float("nan") if rates is None else float(rates.max())

    @cached_property
    def ranking_kept(self) -> Phrase | None:
        """Classes that are not predicted although their images rank well."""
        evaluation = self.evidence.evaluation
        if evaluation is None or not evaluation.has_proba or not evaluation.has_truth:
            return None
        low = ranking_low(self.evidence)
        if not low > KIND_RULES.ranking:
            return None
        return Phrase(
            "The ranking is good: the macro one-vs-rest AUC is {auc:.2f}, at least "
            "{low:.2f} (above {threshold:.2f} is good).",
            {
                "auc": evaluation.metric("macro_auc_measurable"),
                "low": low,
                "threshold": KIND_RULES.ranking,
            },
        )

    @cached_property
    def hidden_by_argmax(self) -> Phrase | None:
        never_predicted = self.finding("HR201") or self.finding("HR202")
        missed, _ = self._missed_and_others
        if never_predicted and not self.output_constant and self._are_rarer(missed):
            return self.ranking_kept
        return None

    @cached_property
    def rarely_predicted(self) -> Phrase | None:
        """Missed classes are predicted seldom, and correctly where they are."""
        missed, _ = self._missed_and_others
        if missed.empty or not (self.finding("HR204") and self.ranking_kept):
            return None
        if not self._are_rarer(missed):
            return None
        seldom = missed["predicted"] <= SELDOM * missed["support"]
        if not (seldom & (missed["precision"] >= MOSTLY)).all():
            return None
        return Phrase(
            "{ranking} Yet the predictions of {names} are at most {seldom} as many "
            "as their images, and mostly correct.",
            {
                "ranking": self.ranking_kept,
                "names": _names(missed),
                "seldom": Rate(SELDOM),
            },
        )

    @cached_property
    def diverged_late(self) -> Finding | None:
        """The training had learned before its loss jumped."""
        return self.finding("HR405", LATE)

    @cached_property
    def validation_at_chance(self) -> Finding | None:
        """Validation does no better than without pixels, and is not merely worse.

        A network that memorised its training images stays above a baseline that knows
        the class frequencies alone, if only by a little. Scrambled labels do not.
        """
        finding = self.finding("HR404")
        if finding is None or finding.subject == BELOW_CHANCE:
            return None
        baseline = self.evidence.majority_frequency
        if math.isnan(baseline):
            return finding if self.evidence.epoch_kappa("val") <= 0 else None
        accuracy = self.evidence.history["val_accuracy"].iloc[-1]
        return finding if accuracy <= baseline else None

    @cached_property
    def below_chance(self) -> Finding | None:
        """Validation is worse than scrambled labels would be."""
        return self.finding("HR404", BELOW_CHANCE)

    @cached_property
    def still_improving(self) -> Phrase | None:
        history = self.evidence.recorded("loss")
        if "loss" not in history or len(history) < 2 or self._validation_level:
            return None
        before, last = history["loss"].iloc[-2], history["loss"].iloc[-1]
        falls = last <= before * (1 - FALLING) or self._leaves_plateau(before)
        if not (last > 0 and falls):
            return None
        return Phrase(
            "The training loss was still falling in the last of {n_epochs} epochs, "
            "from {before:.3f} to {last:.3f}.",
            {"n_epochs": len(history), "before": float(before), "last": float(last)},
        )

    @cached_property
    def _validation_level(self) -> bool:
        """Whether the last epoch is not the best one by any curve of validation."""
        curves = [c for c in map(str, self.evidence.history) if c.startswith("val_")]
        last_is_best = []
        for name in curves:
            values = self.evidence.history[name].dropna().to_numpy(dtype=float)
            if len(values) < 2:
                continue
            if name == "val_loss":
                last_is_best.append(bool(values[-1] < values[:-1].min()))
            else:
                last_is_best.append(bool(values[-1] > values[:-1].max()))
        return bool(last_is_best) and not any(last_is_best)

    def _leaves_plateau(self, before: float) -> bool:
        """Whether the loss just fell below the entropy, where falls are small."""
        last = self.evidence.recorded("loss")["loss"].iloc[-1]
        gained = self.evidence.frequency_entropy - last
        return bool(gained > PLATEAU and before - last >= RISING * gained)

    @cached_property
    def stopped_early(self) -> Phrase | None:
        """Few epochs, still improving, and something is wrong with the classifier."""
        if self.verdict.key == "healthy" or len(self.evidence.history) > FEW_EPOCHS:
            return None
        if self.verdict.key == "undetermined" and not self._findings:
            return None
        return self.still_improving

    @cached_property
    def failed(self) -> Phrase | None:
        """The classifier failed outright, so too good a score does not matter."""
        if not self.verdict.failing:
            return None
        return Phrase("The verdict is {verdict}.", {"verdict": self.verdict.key})

    @cached_property
    def accuracy_cost(self) -> Phrase | None:
        """Macro-F1 that choosing the epoch by accuracy has cost."""
        history = self.evidence.history
        if not self.finding("HR407") or "val_macro_f1" not in history:
            return None
        scores = history["val_macro_f1"]
        chosen = float(scores.iloc[int(history["val_accuracy"].argmax())])
        if not scores.max() - chosen >= GAP:
            return None
        return Phrase(
            "The epoch with the best validation accuracy has macro-F1 {chosen:.3f}, "
            "another epoch has {best:.3f}.",
            {"chosen": chosen, "best": float(scores.max())},
        )

    @cached_property
    def rare_missed(self) -> Phrase | None:
        """All missed classes are rare, and the others are learned."""
        missed, others = self._missed_and_others
        if missed.empty or not (others["recall"] >= MOSTLY).all():
            return None
        rare = self._rare.reindex(missed.index, fill_value=False)
        if len(others) < 2 or not rare.all():
            return None
        return Phrase(
            "Only rare classes are missed (under {n_images} training images or "
            "{frequency} of them): {names}.",
            {
                "n_images": RARE_IMAGES,
                "frequency": Rate(RARE_FREQUENCY),
                "names": _names(missed),
            },
        )

    @cached_property
    def too_few_images(self) -> Finding | None:
        """There is no clear verdict, and classes have hardly any images."""
        undecided = self.verdict.key in ("undetermined", "weak")
        frequent = self.finding("HR204") and not self.rare_missed
        return self.finding("HR104") if undecided and not frequent else None

    def _are_rarer(self, missed: pd.DataFrame) -> bool:
        """Whether missed classes occur at most half as often as the most frequent one.

        A threshold hides only classes that another one outweighs.
        """
        frequencies = self.evidence.training_shares
        evaluation = self.evidence.evaluation
        if frequencies is None and evaluation is not None:
            frequencies = evaluation.per_class["support"]
        if frequencies is None or missed.empty:
            return False
        of_missed = frequencies.reindex(missed.index).fillna(0)
        return bool(of_missed.max() <= OUTWEIGHED * frequencies.max())

    @cached_property
    def _missed_and_others(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        evaluation = self.evidence.evaluation
        if evaluation is None or not evaluation.has_truth:
            return pd.DataFrame(), pd.DataFrame(columns=["recall"])
        classes = evaluation.per_class[evaluation.per_class["support"] > 0]
        missed = classes["recall"] < MOSTLY
        return classes[missed], classes[~missed]

    @cached_property
    def _rare(self) -> "pd.Series[bool]":
        """By class name, whether training held few images of it."""
        counts, shares = self.evidence.split_counts, self.evidence.training_shares
        if counts is not None and "train" in counts:
            n = counts["train"]
            return (n < RARE_IMAGES) | (n < RARE_FREQUENCY * n.sum())
        if shares is not None:
            return shares < RARE_FREQUENCY
        evaluation = self.evidence.evaluation
        if evaluation is None:
            return pd.Series(dtype=bool)
        return evaluation.per_class["support"] < MEASURABLE


_RESTS_ON = {
    "output_constant": ("HR302", "HR502"),
    "diverged_late": ("HR405",),
    "below_chance": ("HR404",),
    "validation_at_chance": ("HR404",),
    "layer_dead": ("HR501",),
    "layer_faded": ("HR501",),
    "rarely_predicted": ("HR204",),
    "hidden_by_argmax": ("HR201", "HR202"),
    "accuracy_cost": ("HR407",),
    "rare_missed": ("HR202", "HR204"),
    "too_few_images": ("HR104",),
    "failed": ("HR201", "HR202", "HR206"),
}


def _names(classes: pd.DataFrame) -> Names:
    return Names(tuple(map(str, classes.index)))


def _is_about(subject: str, wanted: str) -> bool:
    if wanted == "evaluated":
        return not subject.startswith("train")
    return not wanted or subject == wanted
