"""One split measured: its tables, and which images are resampled together."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.evaluation.clusters import Clusters, clusters_of, missing_intervals
from hirise.evaluation.confused import (
    Blocks,
    Pair,
    confused_pair,
    confused_with,
    confusion_blocks,
)
from hirise.evaluation.order import order_note, quadratic_kappa_bounds
from hirise.metrics import metrics
from hirise.metrics.calibration import calibration_error_bounds, reliability
from hirise.metrics.cells import Cells, confusion_cells
from hirise.metrics.intervals import (
    MIN_GROUPS,
    percentile_interval,
    resampled_counts,
    resampled_means,
    wilson,
)
from hirise.metrics.metrics import Bounds, Floats, Totals
from hirise.metrics.multiple import effective_sizes
from hirise.metrics.titles import METRICS
from hirise.predictions import Predictions

MEASURABLE = 10
"""Images that a class needs before a rate of it is evaluated."""
MANY_CLASSES, TOP = 20, 5
"""Classes from which top-k accuracy is measured, and k."""


@dataclass(frozen=True)
class Evaluation:
    """Everything measured on one split, as tables; undefined is NaN.

    Attributes
    ----------
    cells : Cells
        The cells of the confusion matrix that hold images.
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
        `true`, `predicted`, `n`, `frequency` in the true class; most frequent first.
    reliability : DataFrame
        As `calibration.reliability`; empty without probabilities or truth.
    probabilities : DataFrame
        Indexed by class name, over all images: `mean`, `std`, `range` of the
        probability, `std_log` of its logarithm, and `auc` against the rest over
        labelled images; empty without probabilities.
    effective : DataFrame
        Indexed by class name: `support` and `predicted` as so many independent images,
        fewer where those of one group are alike; NaN where there are no intervals.
    n_groups, cluster
        What was resampled for the intervals; `cluster` is `group`, `landmark`,
        `observation` or `image`.
    n_tied, n_disagreeing : int
        Images in which several classes have the largest probability; images whose
        `y_pred` is not the class of the largest probability.
    notes : tuple of str
        What was assumed when the predictions were read or grouped.
    """

    split: str
    class_names: tuple[str, ...]
    cells: Cells
    per_class: pd.DataFrame
    summary: pd.DataFrame
    shares: pd.DataFrame
    top_confusions: pd.DataFrame
    reliability: pd.DataFrame
    probabilities: pd.DataFrame
    effective: pd.DataFrame
    n_images: int
    n_unlabelled: int
    n_groups: int
    cluster: str
    n_tied: int = 0
    n_disagreeing: int = 0
    notes: tuple[str, ...] = ()

    @cached_property
    def confusion(self) -> pd.DataFrame:
        """Images by true class (index) and predicted class (columns), in id order.

        Made when it is asked for: of 21,000 classes it would take 3.5 GB.
        """
        names = self.class_names
        return pd.DataFrame(
            self.cells.matrix(),
            index=pd.Index(names, name="true"),
            columns=pd.Index(names, name="predicted"),
        )

    @cached_property
    def blocks(self) -> Blocks:
        """Groups of classes that are confused with each other, where there are many."""
        return confusion_blocks(self.cells, self.class_names)

    def pair(self, true: str, predicted: str) -> Pair:
        """How often one class is predicted as another; see `confused_pair`."""
        return confused_pair(self.cells, self.class_names, true, predicted)

    def confused_with(self, true: str, predicted: str) -> pd.DataFrame:
        """The matrix of two classes and those most confused with them, "" for any."""
        return confused_with(self.cells, self.class_names, true, predicted)

    @property
    def has_truth(self) -> bool:
        """Whether any image has a true label."""
        return self.n_images > self.n_unlabelled

    @property
    def n_evaluated(self) -> int:
        """Images with a true label; all of them if none has one."""
        return self.n_images - self.n_unlabelled * self.has_truth

    @property
    def has_proba(self) -> bool:
        """Whether probabilities are known, not labels alone."""
        return not self.probabilities.empty

    @property
    def missing_intervals(self) -> str | None:
        """Why there are no intervals; None if there are."""
        return missing_intervals(self.n_groups, self.cluster)

    @property
    def metric_keys(self) -> tuple[str, ...]:
        """The metrics that are shown; some are measured of many classes alone."""
        return tuple(key for key in METRICS if key in self.summary.index)

    def metric(self, key: str) -> float:
        """Value of one metric of `summary`; NaN where undefined."""
        return self.bounds(key)[0]

    def bounds(self, key: str) -> Bounds:
        """Value of one metric and its 95% interval; NaN where undefined."""
        value, low, high = self.summary.loc[key, ["value", "low", "high"]].to_numpy()
        return float(value), float(low), float(high)


def evaluate(
    predictions: Predictions,
    *,
    cluster: str | Clusters = "auto",
    training_shares: pd.Series | None = None,
) -> Evaluation:
    """Measure one split.

    Parameters
    ----------
    predictions : Predictions
    cluster : {"auto", "landmark", "observation", "none"}
        What is resampled for the intervals; see `clusters_of`. Or the result of that
        function for the labelled images, which takes a while for many.
    training_shares : Series, optional
        Frequency of each class in the training labels, indexed by class name.

    Returns
    -------
    Evaluation

    Examples
    --------
    >>> import numpy as np
    >>> from hirise.predictions import Predictions
    >>> truth = np.repeat([0, 1], [30, 10])
    >>> predictions = Predictions(
    ...     y_pred=np.zeros(40, dtype=int), y_true=truth, class_names=("a", "b")
    ... )
    >>> evaluate(predictions).metric("accuracy")
    0.75
    """
    labelled = np.flatnonzero(predictions.labelled)
    clusters = clusters_of(predictions, labelled, cluster)
    measured = _Measurement(predictions, labelled, clusters)
    proba = predictions.proba
    return Evaluation(
        split=predictions.split,
        class_names=predictions.class_names,
        cells=measured.cells,
        per_class=measured.per_class(),
        summary=measured.summary(),
        shares=_shares(predictions, measured.totals, training_shares),
        top_confusions=_top_confusions(measured.cells, predictions.class_names),
        reliability=measured.reliability,
        probabilities=_probabilities(predictions, measured.auc),
        effective=measured.effective(),
        n_images=len(predictions),
        n_unlabelled=len(predictions) - len(labelled),
        n_groups=clusters.n_groups,
        cluster=clusters.kind,
        n_tied=_n_tied(proba) if proba is not None else 0,
        n_disagreeing=_n_disagreeing(predictions),
        notes=(*predictions.notes, *clusters.notes, *measured.notes),
    )


def _shares(
    predictions: Predictions, totals: Totals, training_shares: pd.Series | None
) -> pd.DataFrame:
    names = predictions.class_names
    n_true = totals.true.astype(np.int64)
    n_predicted = totals.predicted.astype(np.int64)
    if not n_true.any():
        n_predicted = np.bincount(predictions.y_pred, minlength=len(names))
    table = pd.DataFrame(
        {
            "n_true": n_true,
            "n_predicted": n_predicted,
            "true_share": metrics.ratio(totals.true, totals.n_images),
            "predicted_share": n_predicted / n_predicted.sum(),
        },
        index=pd.Index(names, name="class_name"),
    )
    if training_shares is None:
        return table.assign(training_share=np.nan)
    return table.assign(training_share=training_shares.reindex(list(names)).fillna(0.0))


def _top_confusions(cells: Cells, names: tuple[str, ...]) -> pd.DataFrame:
    wrong = cells.true != cells.predicted
    true, n = cells.true[wrong], cells.n[wrong]
    table = pd.DataFrame(
        {
            "true": np.array(names, dtype=object)[true],
            "predicted": np.array(names, dtype=object)[cells.predicted[wrong]],
            "n": n,
            "frequency": n / cells.totals().true[true],
        }
    )
    return table.sort_values("n", ascending=False, kind="stable", ignore_index=True)


def _probabilities(predictions: Predictions, auc: Floats) -> pd.DataFrame:
    proba = predictions.proba
    if proba is None:
        return pd.DataFrame(columns=["mean", "std", "range", "std_log", "auc"])
    # One class at a time: all logarithms would take as much memory again.
    spread = [np.log(np.maximum(p, metrics.LOG_LOSS_FLOOR)).std() for p in proba.T]
    return pd.DataFrame(
        {
            "mean": proba.mean(axis=0),
            "std": [p.std() for p in proba.T],
            "range": np.ptp(proba, axis=0),
            "std_log": spread,
            "auc": auc,
        },
        index=pd.Index(predictions.class_names, name="class_name"),
    )


def _n_tied(proba: Floats) -> int:
    largest = proba.max(axis=1, keepdims=True)
    return int(((proba == largest).sum(axis=1) > 1).sum())


def _n_disagreeing(predictions: Predictions) -> int:
    return int((predictions.likeliest != predictions.y_pred).sum())


UNDEFINED = (np.nan, np.nan, np.nan)


class _Measurement:
    """Metrics of the labelled images and their resamples, built once."""

    def __init__(
        self, predictions: Predictions, rows: NDArray[np.intp], clusters: Clusters
    ) -> None:
        truth = predictions.y_true
        self.names = predictions.class_names
        self.ordinal = predictions.ordinal
        self.notes: tuple[str, ...] = ()
        self.clusters = clusters
        # No copy where all images are labelled.
        kept = slice(None) if len(rows) == len(predictions) else rows
        proba = predictions.proba
        self.y_true = np.zeros(0, dtype=np.int64) if truth is None else truth[kept]
        self.y_pred = predictions.y_pred[kept]
        self.proba = None if proba is None else proba[kept]
        self.cells = confusion_cells(self.y_true, self.y_pred, len(self.names))
        self.totals = self.cells.totals()
        if self.ordinal and (note := order_note(self.cells)):
            self.notes = (note,)
        self.resampled = self._resample_totals()
        self.reliability = self._reliability()
        self.auc, self._auc_influence = self._rankings()

    @property
    def _has_intervals(self) -> bool:
        return self.clusters.n_groups >= MIN_GROUPS

    def _resample_totals(self) -> Totals | None:
        if not self._has_intervals:
            return None
        k, cells = len(self.names), self.cells
        hits = np.where(cells.true == cells.predicted, cells.true, -1)
        places = np.column_stack([hits, k + cells.true, 2 * k + cells.predicted])
        codes = cells.codes(self.y_true, self.y_pred)
        drawn = resampled_counts(codes, places, 3 * k, groups=self.clusters.codes)
        return Totals(drawn[:, :k], drawn[:, k : 2 * k], drawn[:, 2 * k :])

    def per_class(self) -> pd.DataFrame:
        """Precision, recall and F1 of every class with their intervals."""
        table = pd.DataFrame(
            {"support": self.totals.true, "predicted": self.totals.predicted}, dtype=int
        )
        for rate in (metrics.precision, metrics.recall, metrics.f1):
            name = rate.__name__
            table[name] = rate(self.totals)
            low, high = self._rate_interval(name)
            defined = table[name].notna()
            table[f"{name}_low"] = np.where(defined, low, np.nan)
            table[f"{name}_high"] = np.where(defined, high, np.nan)
        return table.set_index(pd.Index(self.names, name="class_name"))

    def effective(self) -> pd.DataFrame:
        """How many independent images the rates of each class are of."""
        columns = {"support": self.y_true, "predicted": self.y_pred}
        hits, k = self.y_true == self.y_pred, len(self.names)
        table = pd.DataFrame(
            {
                name: effective_sizes(classes, hits, self.clusters.codes, k)
                for name, classes in columns.items()
            },
            index=pd.Index(self.names, name="class_name"),
        )
        return table if self._has_intervals else table * np.nan

    def _rate_interval(self, name: str) -> tuple[Floats, Floats]:
        undefined = np.full(len(self.names), np.nan)
        if self.resampled is None:
            return undefined, undefined
        # F1 is no fraction of images, so Wilson's interval is not for it.
        if self.clusters.codes is None and name != "f1":
            whole = self.totals.true if name == "recall" else self.totals.predicted
            return wilson(self.totals.hits, whole)
        return percentile_interval(getattr(metrics, name)(self.resampled))

    def summary(self) -> pd.DataFrame:
        """Every metric with its interval."""
        rows = {}
        for metric in metrics.LABEL_METRICS:
            drawn = None if self.resampled is None else metric(self.resampled)
            rows[metric.__name__] = _with_interval(float(metric(self.totals)), drawn)
        rows["majority_share"] = (*rows["majority_share"][:1], np.nan, np.nan)
        rows["log_loss"] = self._log_loss()
        rows["ece"] = self._ece()
        rows["macro_auc"] = rows["macro_auc_measurable"] = self._macro_auc(MEASURABLE)
        if 1 in self._auc_influence:
            rows["macro_auc"] = self._macro_auc(1)
        if self.proba is not None and len(self.names) >= MANY_CLASSES:
            rows["top5_accuracy"] = self._top_accuracy()
        if self.ordinal:
            rows["quadratic_kappa"] = quadratic_kappa_bounds(
                self.y_true,
                self.y_pred,
                len(self.names),
                groups=self.clusters.codes,
                intervals=self._has_intervals,
            )
        table = pd.DataFrame.from_dict(
            rows, orient="index", columns=["value", "low", "high"], dtype=float
        )
        return table.rename_axis("metric")

    def _top_accuracy(self) -> Bounds:
        if self.proba is None or not len(self.y_true):
            return UNDEFINED
        is_in = metrics.is_in_top(self.y_true, self.proba, TOP).astype(float)
        return _with_interval(float(is_in.mean()), self._resampled_means(is_in))

    def _log_loss(self) -> Bounds:
        if self.proba is None or not len(self.y_true):
            return UNDEFINED
        losses = metrics.losses(self.y_true, self.proba)
        drawn = self._resampled_means(losses)
        return _with_interval(float(losses.mean()), drawn)

    def _resampled_means(self, values: Floats) -> Floats | None:
        if not self._has_intervals:
            return None
        return resampled_means(values, groups=self.clusters.codes)

    def _confidence(self) -> Floats:
        assert self.proba is not None
        return self.proba[np.arange(len(self.y_pred)), self.y_pred].clip(0, 1)

    def _reliability(self) -> pd.DataFrame:
        if self.proba is None or not len(self.y_true):
            return pd.DataFrame(columns=["confidence", "accuracy", "n_images"])
        return reliability(self._confidence(), self.y_true == self.y_pred)

    def _ece(self) -> Bounds:
        if self.reliability.empty:
            return UNDEFINED
        return calibration_error_bounds(
            self._confidence(), self.y_true == self.y_pred, groups=self.clusters.codes
        )

    def _rankings(self) -> tuple[Floats, dict[int, Floats]]:
        """AUC of each class; sum of each image's influence on them, by least support.

        The influence on one class takes as much memory as the probabilities of one, so
        only sums are kept.
        """
        auc = np.full(len(self.names), np.nan)
        influence = {n: np.zeros(len(self.y_true)) for n in self._least_supports()}
        for c, support in enumerate(self.totals.true):
            if self.proba is None or not support:
                continue
            ranked = metrics.one_vs_rest_auc(self.y_true == c, self.proba[:, c])
            auc[c] = ranked.auc
            for least, total in influence.items():
                if support >= least:
                    total += ranked.influence
        return auc, influence

    def _least_supports(self) -> tuple[int, ...]:
        """Of the classes that a macro-AUC is a mean of; one, if it leaves none out."""
        true = self.totals.true
        rare = ((true > 0) & (true < MEASURABLE)).any()
        return (MEASURABLE, 1) if rare else (MEASURABLE,)

    def _macro_auc(self, minimum: int) -> Bounds:
        """Mean over the classes with at least `minimum` images."""
        chosen = np.flatnonzero((self.totals.true >= minimum) & np.isfinite(self.auc))
        if not len(chosen):
            return UNDEFINED
        value = float(self.auc[chosen].mean())
        drawn = self._resampled_means(self._auc_influence[minimum] / len(chosen))
        # Right to first order only: value plus influence may leave [0, 1].
        return _with_interval(
            value, None if drawn is None else np.clip(value + drawn, 0, 1)
        )


def _with_interval(value: float, drawn: Floats | None) -> Bounds:
    if drawn is None or np.isnan(value):
        return value, np.nan, np.nan
    low, high = percentile_interval(drawn)
    return value, float(low), float(high)
