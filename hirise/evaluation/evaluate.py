"""Predictions to Evaluation: every metric of a split, with its interval."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.evaluation.confidence import ece_bounds
from hirise.evaluation.evaluation import MEASURABLE, Clusters, Evaluation, clusters_of
from hirise.metrics import metrics
from hirise.metrics.calibration import reliability
from hirise.metrics.intervals import (
    MIN_GROUPS,
    percentile_interval,
    resampled_means,
    resampled_totals,
    wilson,
)
from hirise.metrics.metrics import Totals
from hirise.predictions import Predictions

Floats = NDArray[np.float64]


class Measured:
    """Metrics of the labelled images and their resamples, built once."""

    def __init__(
        self, predictions: Predictions, rows: NDArray[np.intp], clusters: Clusters
    ) -> None:
        truth = predictions.y_true
        self.names = predictions.class_names
        self.clusters = clusters
        # No copy where all images are labelled.
        judged = slice(None) if len(rows) == len(predictions) else rows
        proba = predictions.proba
        self.y_true = np.zeros(0, dtype=np.int64) if truth is None else truth[judged]
        self.y_pred = predictions.y_pred[judged]
        self.proba = None if proba is None else proba[judged]
        self.confusion = metrics.confusion_counts(
            self.y_true, self.y_pred, len(self.names)
        )
        self.totals = metrics.totals_of(self.confusion)
        self.resampled = self._resample_totals()
        self.reliability = self._reliability()
        self.auc, self._auc_influence = self._rankings()

    @property
    def _has_intervals(self) -> bool:
        return self.clusters.n_groups >= MIN_GROUPS

    def _resample_totals(self) -> Totals | None:
        if not self._has_intervals:
            return None
        k = len(self.names)
        counts = self.confusion.ravel()
        cells = np.flatnonzero(counts)
        codes = (np.cumsum(counts > 0) - 1)[self.y_true * k + self.y_pred]
        true, predicted = np.eye(k)[cells // k], np.eye(k)[cells % k]
        columns = np.hstack([true * predicted, true, predicted])
        drawn = resampled_totals(codes, columns, groups=self.clusters.codes)
        return Totals(drawn[:, :k], drawn[:, k : 2 * k], drawn[:, 2 * k :])

    def per_class(self) -> pd.DataFrame:
        """Precision, recall and F1 of every class with their intervals."""
        table = pd.DataFrame(
            {"support": self.totals.true, "predicted": self.totals.predicted}, dtype=int
        )
        for rate in (metrics.precision, metrics.recall, metrics.f1):
            name = rate.__name__
            table[name] = rate(self.totals)
            low, high = self._rate_interval(rate.__name__)
            defined = table[name].notna()
            table[f"{name}_low"] = np.where(defined, low, np.nan)
            table[f"{name}_high"] = np.where(defined, high, np.nan)
        return table.set_index(pd.Index(self.names, name="class_name"))

    def _rate_interval(self, name: str) -> tuple[Floats, Floats]:
        undefined = np.full(len(self.names), np.nan)
        if self.resampled is None:
            return undefined, undefined
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
        table = pd.DataFrame.from_dict(
            rows, orient="index", columns=["value", "low", "high"], dtype=float
        )
        return table.rename_axis("metric")

    def _log_loss(self) -> tuple[float, float, float]:
        if self.proba is None or not len(self.y_true):
            return _UNDEFINED
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

    def _ece(self) -> tuple[float, float, float]:
        if self.reliability.empty:
            return _UNDEFINED
        right = self.y_true == self.y_pred
        return ece_bounds(self._confidence(), right, self.clusters)

    def _rankings(self) -> tuple[Floats, dict[int, Floats]]:
        """Area of each class; sum of the images' parts of the areas, by least support.

        Images of one class against the rest take as much memory as all probabilities
        of one: only sums are kept.
        """
        auc = np.full(len(self.names), np.nan)
        parts = {n: np.zeros(len(self.y_true)) for n in self._least_supports()}
        for c, support in enumerate(self.totals.true):
            if self.proba is None or not support:
                continue
            ranked = metrics.one_vs_rest_auc(self.y_true == c, self.proba[:, c])
            auc[c] = ranked.auc
            for least, part in parts.items():
                if support >= least:
                    part += ranked.influence
        return auc, parts

    def _least_supports(self) -> tuple[int, ...]:
        """Of the classes that a macro-AUC is a mean of; one, if it leaves none out."""
        true = self.totals.true
        rare = ((true > 0) & (true < MEASURABLE)).any()
        return (MEASURABLE, 1) if rare else (MEASURABLE,)

    def _macro_auc(self, minimum: int) -> tuple[float, float, float]:
        """Mean over the classes with at least `minimum` images."""
        chosen = np.flatnonzero((self.totals.true >= minimum) & np.isfinite(self.auc))
        if not len(chosen):
            return _UNDEFINED
        value = float(self.auc[chosen].mean())
        drawn = self._resampled_means(self._auc_influence[minimum] / len(chosen))
        return _with_interval(
            value, None if drawn is None else np.clip(value + drawn, 0, 1)
        )


_UNDEFINED = (np.nan, np.nan, np.nan)


def _with_interval(value: float, drawn: Floats | None) -> tuple[float, float, float]:
    if drawn is None or np.isnan(value):
        return (value, np.nan, np.nan)
    low, high = percentile_interval(drawn)
    return (value, float(low), float(high))


Ints = NDArray[np.int64]


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
        What is resampled for the intervals; see `clusters_of`. Or what it gave for
        the labelled images, which takes a while to find for many.
    training_shares : Series, optional
        Share of each class in the training labels, indexed by class name.

    Returns
    -------
    Evaluation
    """
    labelled = np.flatnonzero(predictions.labelled)
    clusters = clusters_of(predictions, labelled, cluster)
    measured = Measured(predictions, labelled, clusters)
    proba = predictions.proba
    return Evaluation(
        split=predictions.split,
        class_names=predictions.class_names,
        confusion=_confusion_table(measured.confusion, predictions.class_names),
        per_class=measured.per_class(),
        summary=measured.summary(),
        shares=_shares(predictions, measured.confusion, training_shares),
        top_confusions=_top_confusions(measured.confusion, predictions.class_names),
        reliability=measured.reliability,
        probabilities=_probabilities(predictions, measured.auc),
        n_images=len(predictions),
        n_unlabelled=len(predictions) - len(labelled),
        n_groups=clusters.n_groups,
        cluster=clusters.kind,
        n_tied=_n_tied(proba) if proba is not None else 0,
        n_disagreeing=_n_disagreeing(predictions),
        notes=(*predictions.notes, *clusters.notes),
    )


def _confusion_table(confusion: Ints, names: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        confusion,
        index=pd.Index(names, name="true"),
        columns=pd.Index(names, name="predicted"),
    )


def _shares(
    predictions: Predictions, confusion: Ints, training_shares: pd.Series | None
) -> pd.DataFrame:
    names = predictions.class_names
    n_true, n_predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    if not n_true.any():
        n_predicted = np.bincount(predictions.y_pred, minlength=len(names))
    table = pd.DataFrame(
        {
            "n_true": n_true,
            "n_predicted": n_predicted,
            "true_share": metrics.ratio(n_true, n_true.sum()),
            "predicted_share": n_predicted / n_predicted.sum(),
        },
        index=pd.Index(names, name="class_name"),
    )
    if training_shares is None:
        return table.assign(training_share=np.nan)
    return table.assign(training_share=training_shares.reindex(list(names)).fillna(0.0))


def _top_confusions(confusion: Ints, names: tuple[str, ...]) -> pd.DataFrame:
    wrong = confusion - np.diag(np.diag(confusion))
    true, predicted = np.nonzero(wrong)
    n = wrong[true, predicted]
    table = pd.DataFrame(
        {
            "true": np.array(names, dtype=object)[true],
            "predicted": np.array(names, dtype=object)[predicted],
            "n": n,
            "share": n / confusion.sum(axis=1)[true],
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
