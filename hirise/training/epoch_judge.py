"""How an epoch is judged: from the network's scores and the labels it was given."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.metrics import classification_summary
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
