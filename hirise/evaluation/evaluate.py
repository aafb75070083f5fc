"""Predictions -> Evaluation."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise import metrics
from hirise.evaluation.clusters import Clusters, clusters_of
from hirise.evaluation.measure import Measured
from hirise.evaluation.table import Evaluation
from hirise.predictions import Predictions

Floats = NDArray[np.float64]
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
