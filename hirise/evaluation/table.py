"""Evaluation: everything measured on one split, as tables."""

from dataclasses import dataclass

import pandas as pd

MEASURABLE = 10
"""Images that a class needs before a rate of it is judged."""


@dataclass(frozen=True)
class Evaluation:
    """Everything measured on one split, as tables; undefined is NaN.

    Attributes
    ----------
    confusion : DataFrame
        Images by true class (index) and predicted class (columns), in the order of ids.
    per_class : DataFrame
        Indexed by class name: `support`, `predicted`, and `precision`, `recall`, `f1`
        each with `_low` and `_high`.
    summary : DataFrame
        Indexed by metric: `value`, `low`, `high` (95 % interval).
    shares : DataFrame
        Indexed by class name: `n_true`, `n_predicted`, `true_share`,
        `predicted_share`, `training_share`; of the labelled images, so that true and
        predicted can be compared, or of all images if none is labelled.
    top_confusions : DataFrame
        `true`, `predicted`, `n`, `share` of the true class; most frequent first.
    reliability : DataFrame
        As `calibration.reliability`; empty without probabilities or truth.
    probabilities : DataFrame
        Indexed by class name, over all images: `mean`, `std`, `range` of the
        probability, `std_log` of its logarithm, and `auc` against the rest over
        labelled images; empty without probabilities.
    n_groups, cluster
        What was resampled for the intervals; `cluster` is `group`, `landmark`,
        `observation` or `image`.
    n_tied, n_disagreeing : int
        Images whose largest probability is shared by several classes; images whose
        `y_pred` is not the class of the largest probability.
    """

    split: str
    class_names: tuple[str, ...]
    confusion: pd.DataFrame
    per_class: pd.DataFrame
    summary: pd.DataFrame
    shares: pd.DataFrame
    top_confusions: pd.DataFrame
    reliability: pd.DataFrame
    probabilities: pd.DataFrame
    n_images: int
    n_unlabelled: int
    n_groups: int
    cluster: str
    n_tied: int = 0
    n_disagreeing: int = 0
    notes: tuple[str, ...] = ()

    @property
    def has_truth(self) -> bool:
        """Whether any image has a true label."""
        return self.n_images > self.n_unlabelled

    @property
    def n_judged(self) -> int:
        """Images with a true label; all of them if none has one."""
        return self.n_images - self.n_unlabelled * self.has_truth

    @property
    def has_proba(self) -> bool:
        """Whether probabilities are known, not labels alone."""
        return not self.probabilities.empty

    def metric(self, key: str) -> float:
        """Value of one metric of `summary`; NaN where undefined."""
        return self.bounds(key)[0]

    def bounds(self, key: str) -> tuple[float, float, float]:
        """Value of one metric and its 95 % interval; NaN where undefined."""
        value, low, high = self.summary.loc[key, ["value", "low", "high"]].to_numpy()
        return float(value), float(low), float(high)
