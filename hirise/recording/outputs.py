"""Outputs of a network and labels of a data set, brought to one form."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.errors import InputError
from hirise.models.outputs import are_probabilities
from hirise.predictions import Predictions
from hirise.predictions.table import SUM_TOLERANCE

Kind = Literal["logits", "probabilities"]

_FLOOR = 1e-30
"""Smallest probability of which a logarithm is taken."""
_LACKING = 30.0
"""Of a class without an output, how far its score lies below the largest."""


def output_kind(
    outputs: Floats, *, activation: str = "", from_logits: bool | None = None
) -> Kind:
    """Whether `outputs` are logits or probabilities.

    The activation of the last layer decides, then `from_logits` of the loss, then
    whether the numbers lie in [0, 1] and sum to 1.

    Examples
    --------
    >>> output_kind(np.array([[0.2, 0.8]]))
    'probabilities'
    >>> output_kind(np.array([[0.2, 0.8]]), from_logits=True)
    'logits'
    """
    if activation in ("softmax", "sigmoid"):
        return "probabilities"
    if from_logits:
        return "logits"
    return "probabilities" if are_probabilities(outputs) else "logits"


def check_outputs(outputs: NDArray[Any], argument: str) -> Floats:
    """(n_images, n) outputs as float64.

    Raises
    ------
    InputError
        If there is not one row per image.

    Examples
    --------
    >>> check_outputs(np.array([0.2, 0.9]), "validation_data")
    array([[0.2],
           [0.9]])
    """
    table = np.asarray(outputs, dtype=np.float64)
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2:
        raise InputError(
            f"The network gives outputs of shape {table.shape}. "
            "Expected: one row per image, with one number per class.",
            where=f"`{argument}`",
            how="Record only the output of the classifier.",
        )
    return table


def scores_of(outputs: Floats, kind: Kind) -> Floats:
    """(n_images, n_classes) scores whose softmax are the probabilities.

    Parameters
    ----------
    outputs : (n_images, n_classes) float, or (n_images, 1) for two classes
        A single output is that of the second class. Sigmoids of several classes are
        scaled to a sum of 1.

    Examples
    --------
    >>> scores_of(np.array([[2.0]]), "logits")
    array([[0., 2.]])
    """
    with np.errstate(invalid="ignore"):
        if outputs.shape[1] > 1:
            return outputs if kind == "logits" else np.log(np.maximum(outputs, _FLOOR))
        second = outputs
        if kind == "probabilities":
            inverse = np.maximum(1 - outputs, _FLOOR)
            second = np.log(np.maximum(outputs, _FLOOR) / inverse)
    # Two logits, the first of them 0, have the softmax of one sigmoid.
    return np.concatenate([np.zeros_like(second), second], axis=1)


def widened(scores: Floats, n_classes: int) -> Floats:
    """Scores with a column for each class; those without an output get next to none.

    Examples
    --------
    >>> widened(np.array([[2.0, 1.0]]), 3)
    array([[  2.,   1., -28.]])
    """
    n_lacking = n_classes - scores.shape[1]
    if n_lacking <= 0:
        return scores
    least = scores.max(axis=1, keepdims=True) - _LACKING
    return np.concatenate([scores, np.repeat(least, n_lacking, axis=1)], axis=1)


def log_softmax(logits: Floats) -> Floats:
    """Logarithms of the probabilities of (n_images, n_classes) logits.

    Logarithms of probabilities stay as they are.

    Examples
    --------
    >>> np.exp(log_softmax(np.log([[3.0, 1.0]]))).round(2)
    array([[0.75, 0.25]])
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logs


def mean_loss(logits: Floats, truth: Ints) -> float:
    """Mean cross-entropy in nats; NaN or infinite where the logits are.

    Examples
    --------
    >>> round(mean_loss(np.zeros((4, 2)), np.array([0, 1, 1, 0])), 4)
    0.6931
    """
    with np.errstate(invalid="ignore", over="ignore"):
        return float(-log_softmax(logits)[np.arange(len(truth)), truth].mean())


def predictions_from_scores(
    scores: Floats, truth: Ints, *, class_names: tuple[str, ...], **columns: Any
) -> Predictions:
    """Predictions from scores; without probabilities where scores are not finite.

    `columns` are further fields of `Predictions`, such as `split` and `image`.

    Examples
    --------
    >>> scores = np.array([[2.0, 0.0], [np.nan, 1.0]])
    >>> truth = np.array([0, 1])
    >>> names = ("dune", "crater")
    >>> predictions_from_scores(scores[:1], truth[:1], class_names=names).proba.round(2)
    array([[0.88, 0.12]])
    >>> predictions_from_scores(scores, truth, class_names=names).proba is None
    True
    """
    finite = bool(np.isfinite(scores).all())
    return Predictions(
        y_pred=scores.argmax(axis=1).astype(np.int64),
        y_true=truth,
        proba=np.exp(log_softmax(scores)) if finite else None,
        class_names=class_names,
        **columns,
    )


def class_ids(labels: NDArray[Any], n_classes: int, argument: str) -> Ints:
    """(n_images,) class ids from ids, or from one-hot rows (largest entry).

    Raises
    ------
    InputError
        For ids out of range and for images with several labels.

    Examples
    --------
    >>> class_ids(np.array([[0, 1], [1, 0]]), 2, "training_data")
    array([1, 0])
    """
    where = f"`{argument}`"
    # Keras takes class ids with a last axis of 1 too.
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2:
        return _ids_from_one_hot(labels, n_classes, where)
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.number):
        raise InputError(
            f"The labels are {labels.dtype} of shape {labels.shape}.",
            where=where,
            how="Give class ids or one-hot rows.",
        )
    ids = labels.astype(np.int64)
    if (broken := ids != labels).any():
        raise InputError(
            f"There is the label {labels[broken][0]:g}, which is no class id. Numbers "
            "of a regression cannot be evaluated, and ids must not be scaled.",
            where=where,
            how="Give class ids or one-hot rows.",
        )
    invalid = (ids < 0) | (ids >= n_classes)
    if invalid.any():
        raise InputError(
            f"There is the label {labels[invalid][0]:g}, but the network has "
            f"{n_classes} classes (0 to {n_classes - 1}).",
            where=where,
            how="Give ids in that range, or a network with more outputs.",
        )
    return ids


def _ids_from_one_hot(labels: NDArray[Any], n_classes: int, where: str) -> Ints:
    if labels.shape[1] != n_classes:
        raise InputError(
            f"The one-hot labels have {labels.shape[1]} classes, but the network has "
            f"{n_classes}.",
            where=where,
            how="Give as many classes as the network has outputs.",
        )
    if (np.abs(labels.sum(axis=1) - 1) > SUM_TOLERANCE).any():
        raise InputError(
            "Some rows do not sum to 1: multi-label targets (several labels for an "
            "image, or none) cannot be evaluated.",
            where=where,
            how="Give one label per image.",
        )
    ids: Ints = labels.argmax(axis=1).astype(np.int64)
    return ids
