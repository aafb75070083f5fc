"""How a classifier collapsed: the kind of a `collapsed` or `uninformed` verdict."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.rules import top_class

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
