"""Facts that causes are told apart by, beyond what single checks find."""

from collections.abc import Sequence
from functools import cached_property

import pandas as pd

from hirise.diagnosis.collapse import KIND_RULES, ranking_low
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Finding
from hirise.diagnosis.verdict import Verdict
from hirise.diagnosis.wording import listed, percent
from hirise.evaluation import MEASURABLE

FALLING = 0.03
"""Share of the training loss that the last epoch must take away to be improving."""
FEW_EPOCHS = 10
HIGH_RATE = 5e-3
"""Five times the default of Adam."""
LOW_RATE = 1e-3
RARE_IMAGES = 100
RARE_SHARE = 0.02
GAP = 0.05
"""Macro-F1 that a choice by accuracy must cost to matter."""
RECOGNISED = 0.50
DYING = 0.90
SELDOM = 2 / 3
RISING = 0.25
"""Part of the gain below the entropy of the shares that the last epoch must bring."""
PLATEAU = 0.02
"""Nats below that entropy within which nothing but the shares is known."""
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
    """Each property says a fact in words, or "" where it is not seen."""

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

    def found(self, code: str, subject: str = "") -> str:
        """What the check `code` found; with a `subject`, of that alone.

        `train` is the training images and `judged` whatever is not.
        """
        for finding in self._findings:
            if finding.code == code and _is_about(finding.subject, subject):
                return finding.evidence
        return ""

    def borne_out_by(self, fact: str) -> tuple[str, ...]:
        """Codes of the checks whose findings a fact rests on."""
        return tuple(code for code in _RESTS_ON.get(fact, ()) if self.found(code))

    @cached_property
    def training_learned(self) -> str:
        kappa = self.evidence.epoch_kappa("train")
        if not kappa >= KIND_RULES.training_kappa:
            return ""
        return f"On training images Cohen's kappa reaches {kappa:.2f}."

    @cached_property
    def output_constant(self) -> str:
        return self.found("HR302") or self.found("HR502")

    @cached_property
    def layer_dead(self) -> str:
        """Nearly all units of a layer of rectifiers are dead: little can pass."""
        return self._still_layer(rectified=True)

    @cached_property
    def layer_faded(self) -> str:
        """Only other units are still, at a usual rate: signals fade on their way."""
        if self.layer_dead or self.rate_high:
            return ""
        return self._still_layer(rectified=False)

    def _still_layer(self, *, rectified: bool) -> str:
        found = self.evidence.activations
        if found is None or found.layers.empty or not self.found("HR501"):
            return ""
        kind = found.layers["activation"].isin(RECTIFIERS)
        layers = found.layers[kind if rectified else ~kind]
        if layers.empty or layers["dead_share"].max() < DYING:
            return ""
        worst = layers.iloc[int(layers["dead_share"].argmax())]
        of = "" if rectified else f", of {worst['activation']} units,"
        return f"{percent(worst['dead_share'])} of layer '{worst['name']}'{of} is dead."

    @cached_property
    def rate_high(self) -> str:
        rate = self._rate
        return f"The learning rate is {rate:g}." if rate >= HIGH_RATE else ""

    @cached_property
    def rate_low(self) -> str:
        rate = self._rate
        return f"The learning rate is only {rate:g}." if rate < LOW_RATE else ""

    @cached_property
    def _rate(self) -> float:
        rates = self.evidence.history.get("learning_rate")
        return float("nan") if rates is None else float(rates.max())

    @cached_property
    def ranking_kept(self) -> str:
        """Classes that are not predicted although their images rank well."""
        evaluation = self.evidence.evaluation
        if evaluation is None or not evaluation.has_proba or not evaluation.has_truth:
            return ""
        low = ranking_low(self.evidence)
        if not low > KIND_RULES.ranking:
            return ""
        return (
            f"The ranking is there: the macro one-vs-rest AUC is "
            f"{evaluation.metric('macro_auc_measurable'):.2f}, "
            f"{low:.2f} or more (above {KIND_RULES.ranking:.2f} is well)."
        )

    @cached_property
    def hidden_by_argmax(self) -> str:
        silent = self.found("HR201") or self.found("HR202")
        return self.ranking_kept if silent and not self.output_constant else ""

    @cached_property
    def rarely_named(self) -> str:
        """The classes that are missed are named seldom, and rightly where they are."""
        missed, _ = self._missed_and_others
        if missed.empty or not (self.found("HR204") and self.ranking_kept):
            return ""
        seldom = missed["predicted"] <= SELDOM * missed["support"]
        if not (seldom & (missed["precision"] >= RECOGNISED)).all():
            return ""
        names = listed([str(name) for name in missed.index])
        return (
            f"{self.ranking_kept} Yet {names} are named for at most "
            f"{percent(SELDOM)} as many images as there are, and then mostly rightly."
        )

    @cached_property
    def still_improving(self) -> str:
        history = self.evidence.history
        if "loss" not in history or len(history) < 2:
            return ""
        before, last = history["loss"].iloc[-2], history["loss"].iloc[-1]
        if not (last > 0 and (last <= before * (1 - FALLING) or self._rises(before))):
            return ""
        return (
            f"The training loss still fell in the last of {len(history)} epochs, from "
            f"{before:.3f} to {last:.3f}."
        )

    def _rises(self, before: float) -> bool:
        """Only just off the plateau of the shares, where a fall is small at first."""
        last = self.evidence.history["loss"].iloc[-1]
        gained = self.evidence.share_entropy - last
        return bool(gained > PLATEAU and before - last >= RISING * gained)

    @cached_property
    def stopped_early(self) -> str:
        """Few epochs, still improving, and not yet a sound classifier."""
        if self.verdict == "healthy" or len(self.evidence.history) > FEW_EPOCHS:
            return ""
        return self.still_improving

    @cached_property
    def failed(self) -> str:
        """The classifier failed outright, so that a score too good is no matter."""
        bad = self.verdict in ("collapsed", "partly-collapsed", "uninformed")
        return f"The verdict is {self.verdict}." if bad else ""

    @cached_property
    def accuracy_cost(self) -> str:
        """Macro-F1 that choosing the epoch by accuracy has cost."""
        history = self.evidence.history
        if not self.found("HR407") or "val_macro_f1" not in history:
            return ""
        scores = history["val_macro_f1"]
        chosen = float(scores.iloc[int(history["val_accuracy"].argmax())])
        if not scores.max() - chosen >= GAP:
            return ""
        return (
            f"The epoch with the best validation accuracy has macro-F1 {chosen:.3f}; "
            f"another epoch had {scores.max():.3f}."
        )

    @cached_property
    def rare_missed(self) -> str:
        """All the classes that are missed are rare, and the others are recognised."""
        missed, others = self._missed_and_others
        if missed.empty or not (others["recall"] >= RECOGNISED).all():
            return ""
        rare = self._rare.reindex(missed.index, fill_value=False)
        if len(others) < 2 or not rare.all():
            return ""
        names = listed([str(name) for name in missed.index])
        return (
            f"Only rare classes are missed (under {RARE_IMAGES} training images or "
            f"{percent(RARE_SHARE)} of them): {names}."
        )

    @cached_property
    def too_few_to_judge(self) -> str:
        """No verdict could be had, and classes have hardly any images."""
        undecided = self.verdict in ("undetermined", "weak")
        few = self.found("HR104")
        frequent = self.found("HR204") and not self.rare_missed
        return few if undecided and not frequent else ""

    @cached_property
    def _missed_and_others(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        evaluation = self.evidence.evaluation
        if evaluation is None or not evaluation.has_truth:
            return pd.DataFrame(), pd.DataFrame(columns=["recall"])
        classes = evaluation.per_class[evaluation.per_class["support"] > 0]
        missed = classes["recall"] < RECOGNISED
        return classes[missed], classes[~missed]

    @cached_property
    def _rare(self) -> "pd.Series[bool]":
        """By class name, whether training held few images of it."""
        counts, shares = self.evidence.split_counts, self.evidence.training_shares
        if counts is not None and "train" in counts:
            n = counts["train"]
            return (n < RARE_IMAGES) | (n < RARE_SHARE * n.sum())
        if shares is not None:
            return shares < RARE_SHARE
        evaluation = self.evidence.evaluation
        if evaluation is None:
            return pd.Series(dtype=bool)
        return evaluation.per_class["support"] < MEASURABLE


_RESTS_ON = {
    "output_constant": ("HR302", "HR502"),
    "layer_dead": ("HR501",),
    "layer_faded": ("HR501",),
    "rarely_named": ("HR204",),
    "hidden_by_argmax": ("HR201", "HR202"),
    "accuracy_cost": ("HR407",),
    "rare_missed": ("HR202", "HR204"),
    "too_few_to_judge": ("HR104",),
    "failed": ("HR201", "HR202", "HR206"),
}


def _is_about(subject: str, wanted: str) -> bool:
    if wanted == "judged":
        return not subject.startswith("train")
    return not wanted or subject == wanted
