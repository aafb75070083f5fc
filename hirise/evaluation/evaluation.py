"""Evaluation: all tables of one split, and which images are resampled together."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.metrics.intervals import MIN_GROUPS
from hirise.predictions import Predictions

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
        Indexed by metric: `value`, `low`, `high` (95% interval).
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
        """Value of one metric and its 95% interval; NaN where undefined."""
        value, low, high = self.summary.loc[key, ["value", "low", "high"]].to_numpy()
        return float(value), float(low), float(high)


KINDS = ("auto", "landmark", "observation", "none")


@dataclass(frozen=True)
class Clusters:
    """The group of each image; `codes` is None where every image is its own group."""

    kind: str
    codes: NDArray[np.int64] | None
    n_groups: int
    notes: tuple[str, ...] = ()


def clusters_of(
    predictions: Predictions, rows: NDArray[np.intp], cluster: str | Clusters
) -> Clusters:
    """Groups of the images at `rows`.

    With `auto` a `group` column if given, else the landmark where every name follows
    the HiRISE grammar, else single images. `none` always means single images;
    `landmark` and `observation` go before a `group` column. What this function gave
    for the same rows is given back.

    Raises
    ------
    ValueError
        An unknown `cluster`.
    """
    if isinstance(cluster, Clusters):
        return cluster
    if cluster not in KINDS:
        raise ValueError(f"`cluster` must be one of {KINDS}, got {cluster!r}.")
    if not len(rows):
        return Clusters("image", None, 0)
    images = Clusters("image", None, len(rows), _few(len(rows), "image"))
    if cluster == "none":
        return images
    names = _names(predictions, rows)
    if cluster == "auto" and predictions.group is not None:
        given = pd.Series(predictions.group[rows])
        is_landmark = names is not None and (names["landmark"] == given).all()
        return _coded("landmark" if is_landmark else "group", given)
    if names is None:
        told = () if cluster == "auto" else _untold(cluster)
        return replace(images, notes=(*images.notes, *told))
    kind = "observation" if cluster == "observation" else "landmark"
    return _coded(kind, names[kind])


def _names(predictions: Predictions, rows: NDArray[np.intp]) -> pd.DataFrame | None:
    """What the names of the images say, if all follow the HiRISE grammar."""
    if predictions.name_parts is None:
        return None
    names = predictions.name_parts.iloc[rows].reset_index(drop=True)
    return None if (names["landmark"] == "").any() else names


def _coded(kind: str, keys: pd.Series) -> Clusters:
    codes, distinct = pd.factorize(keys)
    grouped = len(distinct) < len(keys)
    return Clusters(
        kind,
        codes.astype(np.int64) if grouped else None,
        len(distinct),
        _few(len(distinct), kind),
    )


def _untold(kind: str) -> tuple[str, ...]:
    return (
        f"The names of the images do not tell the {kind}; each image is resampled on "
        f"its own.",
    )


def _few(n_groups: int, kind: str) -> tuple[str, ...]:
    if n_groups >= MIN_GROUPS:
        return ()
    return (
        f"There are no intervals: {n_groups} {kind}s are fewer than the {MIN_GROUPS} "
        f"that resampling needs.",
    )
