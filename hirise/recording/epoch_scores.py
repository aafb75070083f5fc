"""Scores of an epoch, from what a network gives and the labels it was given."""

from __future__ import annotations

from typing import Any, Literal

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.metrics.metrics import classification_summary
from hirise.models.activations import activation_of, loss_of
from hirise.predictions.table import SUM_TOLERANCE
from hirise.runs import RunWriter

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SAMPLE = 2_000
"""Training images, at most, on which each epoch is judged."""
METRICS = ("accuracy", "balanced_accuracy", "macro_f1")


def judge(
    writer: RunWriter,
    scores: Floats,
    truth: Ints,
    *,
    epoch: int,
    split: str,
    class_names: tuple[str, ...],
) -> dict[str, float]:
    """Loss and metrics of one side; how its predicted labels spread is written.

    Parameters
    ----------
    scores : (n_images, n_classes) float
        Logits, or logarithms of probabilities.
    truth : (n_images,) int
    epoch : int
        Counted from 1.
    """
    n_classes = len(class_names)
    called = scores.argmax(axis=1)
    n = np.bincount(called, minlength=n_classes)
    counts = {"epoch": epoch, "split": split, "class_name": class_names, "n": n}
    writer.append_predicted_counts(pd.DataFrame(counts))
    summary = classification_summary(truth, called, n_classes)
    return {
        "loss": mean_loss(scores, truth),
        **{name: summary[name] for name in METRICS},
    }


def fixed_sample(labels: Ints, rows: Ints, *, seed: int, most: int = SAMPLE) -> Ints:
    """At most `most` of `rows`, with nearly the class shares of all of them.

    Shares that differed would move the loss by as much as the verdict looks at.
    """
    if len(rows) <= most:
        return rows
    mixed = np.random.default_rng(seed).permutation(rows)
    by_class = mixed[np.argsort(labels[mixed], kind="stable")]
    places = (np.arange(most) * len(rows)) // most
    return np.sort(by_class[places])


def log_softmax(logits: Floats) -> Floats:
    """Logarithms of the probabilities of (n_images, n_classes) logits.

    Logarithms of probabilities come out as they went in.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    summed: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return summed


def mean_loss(logits: Floats, truth: Ints) -> float:
    """Mean cross-entropy in nats; NaN or infinite where the logits are."""
    with np.errstate(invalid="ignore", over="ignore"):
        return float(-log_softmax(logits)[np.arange(len(truth)), truth].mean())


Kind = Literal["logits", "probabilities"]

_FLOOR = 1e-30


def kind_of_outputs(model: keras.Model, outputs: Floats) -> Kind:
    """Whether `outputs` are logits or probabilities.

    The activation of the last layer decides, then `from_logits` of the loss, then
    whether the numbers lie in [0, 1] and sum to 1.
    """
    activation = last_activation(model)
    if activation in ("softmax", "sigmoid"):
        return "probabilities"
    loss = loss_of(getattr(model, "loss", None))
    if loss is not None and loss["from_logits"]:
        return "logits"
    inside = bool(((outputs >= 0) & (outputs <= 1)).all())
    sums = outputs.sum(axis=1)
    if inside and (
        outputs.shape[1] == 1 or bool((abs(sums - 1) < SUM_TOLERANCE).all())
    ):
        return "probabilities"
    return "logits"


def last_activation(model: keras.Model) -> str:
    """The activation of the last layer; "" if it is not known."""
    layers = getattr(model, "layers", [])
    if not layers:
        return ""
    last = layers[-1]
    return last_activation(last) if hasattr(last, "layers") else activation_of(last)


def scores_of(outputs: Floats, kind: Kind) -> Floats:
    """(n_images, n_classes) scores whose softmax are the probabilities.

    Parameters
    ----------
    outputs : (n_images, n_classes) float, or (n_images, 1) for two classes
        The single one is of the second class. One sigmoid per class is brought to a
        sum of 1.
    """
    with np.errstate(invalid="ignore"):
        if outputs.shape[1] > 1:
            return outputs if kind == "logits" else np.log(np.maximum(outputs, _FLOOR))
        second = outputs
        if kind == "probabilities":
            inverse = np.maximum(1 - outputs, _FLOOR)
            second = np.log(np.maximum(outputs, _FLOOR) / inverse)
    return np.concatenate([np.zeros_like(second), second], axis=1)


def checked_outputs(outputs: Any, name: str) -> Floats:
    """(n_images, n) outputs as float64; refused where they are no single table."""
    if isinstance(outputs, dict | list | tuple):
        raise InputError(
            "The network has several outputs; RunRecorder judges a network with one."
        )
    found = np.asarray(keras.ops.convert_to_numpy(outputs), dtype=np.float64)
    if found.ndim == 1:
        found = found[:, None]
    if found.ndim != 2:
        raise InputError(
            f"The network gives outputs of shape {found.shape} for `{name}`; expected "
            "one row per image with one number per class."
        )
    return found


def label_ids(labels: NDArray[Any], n_classes: int, name: str) -> Ints:
    """(n_images,) label ids from ids, or from one-hot rows (largest entry).

    Raises
    ------
    InputError
        Ids out of range, and images with several labels.
    """
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2:
        return _from_one_hot(labels, n_classes, name)
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.number):
        raise InputError(
            f"The labels in `{name}` must be ids or one-hot rows, got "
            f"{labels.dtype} of shape {labels.shape}."
        )
    ids = labels.astype(np.int64)
    wrong = (ids != labels) | (ids < 0) | (ids >= n_classes)
    if wrong.any():
        raise InputError(
            f"`{name}` has the label {labels[wrong][0]:g}, but the network knows "
            f"{n_classes} classes (0 to {n_classes - 1})."
        )
    return ids


def _from_one_hot(labels: NDArray[Any], n_classes: int, name: str) -> Ints:
    if labels.shape[1] != n_classes:
        raise InputError(
            f"`{name}` has one-hot labels of {labels.shape[1]} classes, but the "
            f"network knows {n_classes}."
        )
    if (np.abs(labels.sum(axis=1) - 1) > SUM_TOLERANCE).any():
        raise InputError(
            f"`{name}` has rows that do not sum to 1: multi-label targets (several "
            "labels for an image, or none) cannot be judged."
        )
    ids: Ints = labels.argmax(axis=1).astype(np.int64)
    return ids
