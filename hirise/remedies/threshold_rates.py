"""Per-class thresholds to be looked at: precision and recall of each class there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hirise.evaluation import evaluate
from hirise.evaluation.clusters import Clusters, clusters_of
from hirise.remedies.adjustment import adjusted_labels
from hirise.remedies.thresholds import LOOK_WORK
from hirise.remedies.remedy import Ground
from hirise.remedies.thresholds import Thresholds

RATES = ("precision", "recall")


@dataclass(frozen=True)
class ThresholdRates:
    """What the thresholds chosen on val do to each class of the target.

    Attributes
    ----------
    table : DataFrame, one row per class in the order of the ids
        Index `class_name`; `support`, `factor` (what the class's probability counts
        times before the largest is named, above 0), and `precision` and `recall` as
        they are (`_before`) and there, the latter with `_low` and `_high`.
    told : str
        What was chosen, in a sentence.
    on_val : bool
        The target is val itself, on which they were chosen.
    """

    table: pd.DataFrame
    told: str
    on_val: bool


def takes_long(ground: Ground) -> bool:
    """Whether choosing thresholds takes more than about a second."""
    n_images = 0 if ground.val is None else len(ground.val)
    return n_images * len(ground.target.class_names) ** 2 > LOOK_WORK


def threshold_rates(
    ground: Ground, *, cluster: str | Clusters = "auto"
) -> ThresholdRates:
    """Choose thresholds on val, and measure the classes of the target with them.

    Raises
    ------
    InputError
        They cannot be chosen.
    """
    target = ground.target
    fitted = Thresholds().fit(ground)
    # Without probabilities nothing but the labels is measured.
    labels = replace(target, proba=None, image=None, group=None)
    if isinstance(cluster, str):
        cluster = clusters_of(target, np.flatnonzero(target.labelled), cluster)
    before, after = (
        evaluate(replace(labels, y_pred=y_pred), cluster=cluster).per_class
        for y_pred in (target.y_pred, adjusted_labels(target, fitted.adjustment))
    )
    factors = np.exp(np.array(fitted.adjustment.offsets))
    table = before[["support"]].assign(factor=factors)
    for rate in RATES:
        table[f"{rate}_before"] = before[rate]
        bounds = [rate, f"{rate}_low", f"{rate}_high"]
        table[bounds] = after[bounds]
    return ThresholdRates(table, fitted.told, on_val=ground.val is target)
