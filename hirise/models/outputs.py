"""What a network gives -> predictions: logits or probabilities, told apart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hirise.predictions.table import SUM_TOLERANCE

Floats = NDArray[np.float64]


class Read(NamedTuple):
    """(n_images,) ids, (n_images, n_classes) probabilities or None, and a note."""

    y_pred: NDArray[np.int64]
    proba: Floats | None
    note: str


def read_outputs(outputs: Floats, class_names: tuple[str, ...]) -> Read:
    """Tell what the numbers of a network are, by their range and their sums.

    Parameters
    ----------
    outputs : (n_images, n_classes) float, or (n_images, 1) for two classes
        Taken in the order of `class_names`; the single one is of the second.
    """
    single = outputs.shape[1] == 1
    called = (
        (outputs[:, 0] > _middle(outputs)).astype(np.int64)
        if single
        else outputs.argmax(axis=1).astype(np.int64)
    )
    if not np.isfinite(outputs).all():
        n = int((~np.isfinite(outputs)).any(axis=1).sum())
        return Read(
            called,
            None,
            f"The model's outputs are NaN or infinite for {n:,} images; only labels "
            f"are kept.",
        )
    if single:
        return _single(outputs[:, 0], called, class_names[1])
    if _are_shares(outputs) and (np.abs(outputs.sum(axis=1) - 1) < SUM_TOLERANCE).all():
        return Read(called, outputs, "The outputs sum to 1: read as probabilities.")
    if _are_shares(outputs):
        return Read(
            called,
            None,
            "The outputs lie between 0 and 1 but do not sum to 1, as of one sigmoid "
            "per class; only labels are kept.",
        )
    note = "The outputs do not sum to 1: read as logits, made probabilities by softmax."
    return Read(called, _softmax(outputs), note)


def _single(outputs: Floats, called: NDArray[np.int64], name: str) -> Read:
    if _are_shares(outputs):
        second, kind = outputs, "between 0 and 1: read as the probability"
    else:
        second, kind = 0.5 * (1 + np.tanh(outputs / 2)), "any number: read as the logit"
    note = f"The one output is {kind} of '{name}'."
    return Read(called, np.column_stack([1 - second, second]), note)


def _middle(outputs: Floats) -> float:
    """Above which a single output means the second class."""
    return 0.5 if _are_shares(outputs) else 0.0


def _are_shares(outputs: Floats) -> bool:
    return bool(((outputs >= 0) & (outputs <= 1)).all())


def _softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    proba: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return proba
