"""Outputs of a network as predictions: logits or probabilities, told apart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints, Maps
from hirise.predictions import Predictions
from hirise.predictions.table import SUM_TOLERANCE


class Decoded(NamedTuple):
    """(n_images,) ids, (n_images, n_classes) probabilities or None, and a note."""

    y_pred: Ints
    proba: Floats | None
    note: str


def decode_outputs(
    outputs: Floats, class_names: tuple[str, ...], *, step: float = 0.0
) -> Decoded:
    """Tell by their range and their sums what the numbers of a network are.

    Parameters
    ----------
    outputs : (n_images, n_classes) float, or (n_images, 1) for two classes
        Taken in the order of `class_names`; a single output is that of the second.
    step : float
        Difference between neighbours among quantised outputs. Each is rounded by up to
        half of it, so that the sum of probabilities is 1 only within half of it each.

    Examples
    --------
    >>> decoded = decode_outputs(np.array([[3.0, 1.0], [0.0, 2.0]]), ("dune", "crater"))
    >>> decoded.y_pred, decoded.proba.round(2).tolist()
    (array([0, 1]), [[0.88, 0.12], [0.12, 0.88]])
    >>> decoded.note
    'The outputs do not sum to 1, so they were read as logits and turned into
    probabilities by softmax.'
    """
    is_single = outputs.shape[1] == 1
    if is_single:
        threshold = 0.5 if in_unit_interval(outputs) else 0.0
        y_pred = (outputs[:, 0] > threshold).astype(np.int64)
    else:
        y_pred = outputs.argmax(axis=1).astype(np.int64)
    if not np.isfinite(outputs).all():
        n = int((~np.isfinite(outputs)).any(axis=1).sum())
        return Decoded(
            y_pred,
            None,
            f"The model's outputs are NaN or infinite for {n:,} images; only labels "
            f"are kept.",
        )
    if is_single:
        return _decode_single(outputs[:, 0], y_pred, class_names[1])
    if are_probabilities(outputs):
        note = "The outputs sum to 1, so they were read as probabilities."
        return Decoded(y_pred, outputs, note)
    rounding = outputs.shape[1] * step / 2 + SUM_TOLERANCE
    if step and are_probabilities(outputs, tolerance=rounding):
        note = (
            f"The outputs sum to 1 within {rounding:.3f}, which rounding to steps of "
            f"1/{1 / step:,.0f} explains, so they were read as probabilities."
        )
        return Decoded(y_pred, outputs / outputs.sum(axis=1, keepdims=True), note)
    if in_unit_interval(outputs):
        return Decoded(
            y_pred,
            None,
            "The outputs lie between 0 and 1 but do not sum to 1, as from one "
            "sigmoid per class; only labels are kept.",
        )
    # Without subtracting the maximum, `exp` overflows from logits of some 710 on.
    shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return Decoded(
        y_pred,
        shifted / shifted.sum(axis=1, keepdims=True),
        "The outputs do not sum to 1, so they were read as logits and turned into "
        "probabilities by softmax.",
    )


def _decode_single(outputs: Floats, y_pred: Ints, second_class: str) -> Decoded:
    if in_unit_interval(outputs):
        second, kind = outputs, "between 0 and 1: read as the probability"
    else:
        # The logistic function by tanh, which does not overflow for large logits.
        second, kind = 0.5 * (1 + np.tanh(outputs / 2)), "any number: read as the logit"
    note = f"The one output is {kind} of '{second_class}'."
    return Decoded(y_pred, np.column_stack([1 - second, second]), note)


def in_unit_interval(outputs: Floats) -> bool:
    """Whether all numbers lie in [0, 1].

    Examples
    --------
    >>> in_unit_interval(np.array([0.0, 0.4])), in_unit_interval(np.array([1.5]))
    (True, False)
    """
    return bool(((outputs >= 0) & (outputs <= 1)).all())


def are_probabilities(outputs: Floats, *, tolerance: float = SUM_TOLERANCE) -> bool:
    """Whether (n_images, n) numbers lie in [0, 1] and, if several, sum to 1.

    Examples
    --------
    >>> are_probabilities(np.array([[0.3, 0.7]])), are_probabilities(np.array([[2.0]]))
    (True, False)
    """
    if not in_unit_interval(outputs):
        return False
    sums = outputs.sum(axis=1)
    return outputs.shape[1] == 1 or bool((np.abs(sums - 1) <= tolerance).all())


def in_class_order(outputs: Floats, columns: Ints) -> Floats:
    """`outputs` with the column of each class in its place; a single one is inverted.

    Parameters
    ----------
    columns : (n_classes,) int
        Which output belongs to each class.

    Examples
    --------
    >>> in_class_order(np.array([[0.2, 0.8]]), np.array([1, 0]))
    array([[0.8, 0.2]])
    """
    if outputs.shape[1] == 1 and np.array_equal(columns, [1, 0]):
        return 1 - outputs if in_unit_interval(outputs) else -outputs
    return outputs if outputs.shape[1] == 1 else outputs[:, columns]


def catalog_predictions(
    rows: pd.DataFrame,
    y_pred: Ints,
    proba: Floats | None,
    *,
    class_names: tuple[str, ...],
    split: str,
) -> Predictions:
    """Predictions for some rows of a catalog's table, with its labels.

    The landmarks are the groups, where every image has one.

    Examples
    --------
    >>> rows = pd.DataFrame({"image": ["a.jpg"], "label": [1], "landmark": [""]})
    >>> names, y_pred = ("crater", "other"), np.array([0])
    >>> predictions = catalog_predictions(
    ...     rows, y_pred, None, class_names=names, split="val"
    ... )
    >>> predictions.y_true.tolist(), predictions.y_pred.tolist(), predictions.split
    ([1], [0], 'val')
    """
    is_grouped = bool((rows["landmark"] != "").all())
    return Predictions(
        image=rows["image"].to_numpy(dtype=object),
        y_true=rows["label"].to_numpy(dtype=np.int64),
        y_pred=y_pred,
        proba=proba,
        class_names=class_names,
        split=split,
        group=rows["landmark"].to_numpy(dtype=object) if is_grouped else None,
    )


def normalise_maps(maps: Maps) -> Maps:
    """(n_images, height, width) maps, each divided by its sum; 0 stays 0.

    Examples
    --------
    >>> normalise_maps(np.array([[[1.0, 3.0]], [[0.0, 0.0]]], dtype=np.float32))
    array([[[0.25, 0.75]],
    <BLANKLINE>
           [[0.  , 0.  ]]], dtype=float32)
    """
    total = maps.sum(axis=(1, 2), keepdims=True, dtype=np.float64)
    normalised: Maps = np.divide(maps, total, out=np.zeros_like(maps), where=total > 0)
    return normalised
