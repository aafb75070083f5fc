"""Two classifiers on the same images: what changed, with paired intervals.

Both are measured on the same resamples of the same groups, so what makes an image hard
for both cancels out, and fewer images suffice to tell a difference from chance.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.evaluation.clusters import Clusters, clusters_of, missing_intervals
from hirise.evaluation.shared import MatchedPredictions
from hirise.metrics import metrics
from hirise.metrics.intervals import (
    MIN_GROUPS,
    percentile_interval,
    resampled_counts,
    resampled_means,
)
from hirise.metrics.mcnemar import mcnemar_p
from hirise.metrics.metrics import Bounds, Floats, Ints, Totals
from hirise.predictions import Predictions

PAIRED_METRICS = (
    metrics.accuracy,
    metrics.balanced_accuracy,
    metrics.macro_f1,
    metrics.kappa,
)
_NAMES = ("before", "after", "difference", "low", "high")


@dataclass(frozen=True)
class Paired:
    """What a second classifier changes, on images that both have predictions of.

    Attributes
    ----------
    summary : DataFrame
        Indexed by metric (accuracy, balanced_accuracy, macro_f1, kappa, and log_loss
        where both give probabilities): `before`, `after`, `difference` (after less
        before) and its paired 95% interval `low`, `high`; NaN where undefined. Of
        log_loss less is better.
    per_class : DataFrame
        Indexed by class name, of recall: `support`, `before`, `after`, `difference`,
        `low`, `high`, and `n_fixed`, `n_broken` among the images of the class. No
        interval where the class has fewer than 10 groups.
    changed : DataFrame
        Images that only one classifies correctly: `image` (row number from 1 where
        images have no names), `change` ("fixed" or "broken"), `true`, `before` and
        `after`.
    n_images, n_fixed, n_broken : int
        `n_fixed` are incorrect before and correct after, `n_broken` the other way.
    mcnemar_p : float
        Of McNemar's exact test, which takes each image by itself.
    n_groups, cluster
        What was resampled, as in `Evaluation`.
    notes : tuple of str
        For people.
    """

    summary: pd.DataFrame
    per_class: pd.DataFrame
    changed: pd.DataFrame
    n_images: int
    n_fixed: int
    n_broken: int
    mcnemar_p: float
    n_groups: int
    cluster: str
    notes: tuple[str, ...] = ()

    def bounds(self, key: str) -> Bounds:
        """Difference of one metric and its 95% interval; NaN where undefined."""
        values = self.summary.loc[key, ["difference", "low", "high"]].to_numpy()
        return float(values[0]), float(values[1]), float(values[2])

    @property
    def missing_intervals(self) -> str | None:
        """Why there are no intervals; None if there are."""
        return missing_intervals(self.n_groups, self.cluster)


def compare(shared: MatchedPredictions, *, cluster: str = "auto") -> Paired:
    """Measure what changes from `shared.before` to `shared.after`.

    Parameters
    ----------
    shared : MatchedPredictions
    cluster : {"auto", "landmark", "observation", "none"}
        What is resampled for the intervals; see `clusters_of`.

    Examples
    --------
    >>> from hirise.evaluation.shared import match_predictions
    >>> from hirise.predictions import Predictions
    >>> truth, names = np.zeros(20, dtype=int), ("crater", "other")
    >>> before = Predictions(np.repeat([0, 1], 10), names, truth)
    >>> after = Predictions(np.repeat([0, 1], [18, 2]), names, truth)
    >>> paired = compare(match_predictions(before, after))
    >>> paired.n_fixed, paired.n_broken, round(paired.mcnemar_p, 3)
    (8, 0, 0.008)
    >>> paired.summary.loc["accuracy"].round(2).to_dict()
    {'before': 0.5, 'after': 0.9, 'difference': 0.4, 'low': 0.2, 'high': 0.6}
    """
    before, after = shared.before, shared.after
    clusters = clusters_of(_grouped(before, after), np.arange(len(before)), cluster)
    truth = before.y_true
    assert truth is not None  # `match_predictions` keeps labelled images only
    was_correct, is_correct = before.y_pred == truth, after.y_pred == truth
    fixed, broken = ~was_correct & is_correct, was_correct & ~is_correct
    pair = _Pair.of(truth, before, after, clusters)
    return Paired(
        summary=pair.summary(_losses(truth, before, after)),
        per_class=pair.per_class(truth, fixed, broken),
        changed=_changed(before, after, fixed, broken),
        n_images=len(before),
        n_fixed=int(fixed.sum()),
        n_broken=int(broken.sum()),
        mcnemar_p=mcnemar_p(int(fixed.sum()), int(broken.sum())),
        n_groups=clusters.n_groups,
        cluster=clusters.kind,
        notes=(*shared.notes, *clusters.notes, *_test_note(clusters)),
    )


def _test_note(clusters: Clusters) -> tuple[str, ...]:
    if clusters.codes is None:
        return ()
    return (
        "McNemar's test treats images as independent: where several belong to one "
        f"{clusters.kind}, its p is too small. The intervals resample whole "
        f"{clusters.kind}s.",
    )


def _grouped(before: Predictions, after: Predictions) -> Predictions:
    """The predictions that have groups, if any do."""
    return after if before.group is None and after.group is not None else before


def _losses(truth: Ints, before: Predictions, after: Predictions) -> Floats | None:
    """Log-loss of each image, (n_images, 2); None if not both give probabilities."""
    if before.proba is None or after.proba is None:
        return None
    losses = [metrics.losses(truth, proba) for proba in (before.proba, after.proba)]
    return np.column_stack(losses)


@dataclass(frozen=True)
class _Pair:
    """Totals of both, as measured and in the same resamples."""

    names: tuple[str, ...]
    clusters: Clusters
    before: Totals
    after: Totals
    drawn: tuple[Totals, Totals] | None

    @classmethod
    def of(
        cls, truth: Ints, before: Predictions, after: Predictions, clusters: Clusters
    ) -> "_Pair":
        k = len(before.class_names)
        cells = (truth * k + before.y_pred) * k + after.y_pred
        used, codes = np.unique(cells, return_inverse=True)
        true, first, second = used // k**2, used // k % k, used % k
        columns = [true, np.where(true == first, true, -1), first]
        columns += [np.where(true == second, true, -1), second]
        places = np.column_stack(
            [np.where(ids < 0, -1, i * k + ids) for i, ids in enumerate(columns)]
        )
        drawn = None
        if clusters.n_groups >= MIN_GROUPS:
            totals = resampled_counts(codes, places, 5 * k, groups=clusters.codes)
            drawn = _both(totals, k)
        counted = places[codes].ravel()
        counts = np.bincount(counted[counted >= 0], minlength=5 * k).astype(float)
        measured = _both(counts, k)
        return cls(before.class_names, clusters, *measured, drawn)

    def summary(self, losses: Floats | None) -> pd.DataFrame:
        rows: dict[str, tuple[float, ...]] = {}
        for metric in PAIRED_METRICS:
            before, after = float(metric(self.before)), float(metric(self.after))
            low, high = np.nan, np.nan
            if self.drawn is not None:
                drawn = metric(self.drawn[1]) - metric(self.drawn[0])
                low, high = map(float, percentile_interval(drawn))
            rows[metric.__name__] = (before, after, after - before, low, high)
        if losses is not None:
            rows["log_loss"] = self._log_loss(losses)
        table = pd.DataFrame.from_dict(
            rows, orient="index", columns=list(_NAMES), dtype=float
        )
        return table.rename_axis("metric")

    def _log_loss(self, losses: Floats) -> tuple[float, ...]:
        before, after = losses.mean(axis=0)
        low, high = np.nan, np.nan
        if self.drawn is not None:
            drawn = resampled_means(
                losses[:, 1] - losses[:, 0], groups=self.clusters.codes
            )
            low, high = map(float, percentile_interval(drawn))
        return float(before), float(after), float(after - before), low, high

    def per_class(
        self, truth: Ints, fixed: NDArray[np.bool_], broken: NDArray[np.bool_]
    ) -> pd.DataFrame:
        k = len(self.names)
        before, after = metrics.recall(self.before), metrics.recall(self.after)
        low, high = np.full((2, k), np.nan)
        if self.drawn is not None:
            drawn = metrics.recall(self.drawn[1]) - metrics.recall(self.drawn[0])
            enough = _groups_per_class(truth, self.clusters, k) >= MIN_GROUPS
            low, high = (
                np.where(enough, bound, np.nan) for bound in percentile_interval(drawn)
            )
        table: dict[str, Any] = {"support": self.before.true.astype(np.int64)}
        table |= dict(
            zip(_NAMES, (before, after, after - before, low, high), strict=True)
        )
        table["n_fixed"] = np.bincount(truth[fixed], minlength=k)
        table["n_broken"] = np.bincount(truth[broken], minlength=k)
        return pd.DataFrame(table, index=pd.Index(self.names, name="class_name"))


def _both(totals: Floats, k: int) -> tuple[Totals, Totals]:
    true, *parts = np.split(totals, 5, axis=-1)
    return Totals(parts[0], true, parts[1]), Totals(parts[2], true, parts[3])


def _groups_per_class(truth: Ints, clusters: Clusters, k: int) -> Ints:
    """Groups that hold an image of each class, (n_classes,)."""
    if clusters.codes is None:
        return np.bincount(truth, minlength=k)
    held = np.unique(clusters.codes * k + truth)
    return np.bincount(held % k, minlength=k)


def _changed(
    before: Predictions,
    after: Predictions,
    fixed: NDArray[np.bool_],
    broken: NDArray[np.bool_],
) -> pd.DataFrame:
    rows = np.flatnonzero(fixed | broken)
    names = np.array(before.class_names, dtype=object)
    images = after.image if before.image is None else before.image
    truth = before.y_true
    assert truth is not None
    table = pd.DataFrame(
        {
            "image": rows + 1 if images is None else images[rows],
            "change": np.where(fixed[rows], "fixed", "broken"),
            "true": names[truth[rows]],
            "before": names[before.y_pred[rows]],
            "after": names[after.y_pred[rows]],
        }
    )
    order = ["change", "true", "image"]
    return table.sort_values(order, ascending=[False, True, True], ignore_index=True)
