"""From scores to predicted classes: a threshold of two classes, no answer, order."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict

import numpy as np

from hirise.arrays import Floats, Ints
from hirise.errors import InputError, nearest, parameter
from hirise.predictions.aggregation import aggregated
from hirise.predictions.table import UNLABELLED, Columns


class Decisions(TypedDict, total=False):
    """How predictions are made of what a file holds.

    Attributes
    ----------
    aggregate : {"mean"}, optional
        Several rows of one image, such as crops, become one.
    threshold : float, optional
        Least probability at which the second of two classes is predicted.
    abstain : str, optional
        A class whose prediction counts as no answer.
    ordinal : bool
        The classes are in order, so errors have a size.
    """

    aggregate: str | None
    threshold: float | None
    abstain: str | None
    ordinal: bool


def decided(
    columns: Columns, splits: Ints, decisions: Decisions, *, ordered: bool
) -> tuple[Columns, Ints]:
    """The predictions after `decisions`, and the split of each that is left.

    Parameters
    ----------
    columns : Columns
    splits : (n_images,) int
        Code of each row's split.
    decisions : Decisions
    ordered : bool
        Whether the order of the classes was given, which `ordinal` needs.

    Raises
    ------
    InputError
        What the predictions lack for a decision.

    Examples
    --------
    >>> columns = Columns(
    ...     y_pred=np.array([0, 1]),
    ...     class_names=("a", "b"),
    ...     proba=np.array([[0.9, 0.1], [0.4, 0.6]]),
    ...     image=np.array(["1.jpg", "1.jpg"]),
    ... )
    >>> found, splits = decided(
    ...     columns, np.zeros(2, dtype=int), {"aggregate": "mean"}, ordered=False
    ... )
    >>> found.proba.tolist(), found.y_pred.tolist()
    ([[0.65, 0.35]], [0])
    """
    aggregate = decisions.get("aggregate")
    if aggregate is not None:
        columns, splits = aggregated(columns, splits, aggregate)
    threshold = decisions.get("threshold")
    if threshold is not None:
        columns = _thresholded(columns, threshold)
    abstain = decisions.get("abstain")
    if abstain is not None:
        columns, splits = _answered(columns, splits, abstain)
    if decisions.get("ordinal"):
        if not ordered:
            raise InputError(
                "The order of the classes is not known.",
                how="Give the class names in their order with "
                f"{parameter('class_names')}.",
            )
        columns = replace(columns, ordinal=True)
    return columns, splits


def _thresholded(columns: Columns, threshold: float) -> Columns:
    if not 0 < threshold < 1:
        raise InputError(
            f"A threshold lies between 0 and 1, got {threshold:g}.",
            where=parameter("threshold"),
        )
    if len(columns.class_names) != 2 or columns.proba is None:
        n = len(columns.class_names)
        have = f"{n} classes" if n != 2 else "no probabilities"
        raise InputError(
            f"A threshold is for two classes with a probability, but there are {have}.",
            how=f"Leave {parameter('threshold')} out.",
        )
    second = columns.class_names[1]
    note = f"{second!r} is predicted at a probability of {threshold:g} or more."
    return replace(
        columns,
        y_pred=(columns.proba[:, 1] >= threshold).astype(np.int64),
        threshold=threshold,
        notes=(*columns.notes, note),
    )


def _answered(columns: Columns, splits: Ints, abstain: str) -> tuple[Columns, Ints]:
    """Without the images whose prediction is no answer, and without that class."""
    names = columns.class_names
    if abstain not in names:
        raise InputError(
            f"No image is predicted as {abstain!r}.{nearest(abstain, names)}",
            how=f"Leave {parameter('abstain')} out, or name another class.",
        )
    place = names.index(abstain)
    if columns.y_true is not None and (columns.y_true == place).any():
        raise InputError(
            f"{abstain!r} is also a true class, so its prediction counts as an answer.",
            how=f"Leave {parameter('abstain')} out.",
        )
    rows = np.flatnonzero(columns.y_pred != place)
    if not len(rows):
        raise InputError(
            f"All images are predicted as {abstain!r}, which counts as no answer."
        )
    kept = columns.at(rows)
    others = np.delete(np.arange(len(names)), place)
    recoded = np.full(len(names) + 1, UNLABELLED, dtype=np.int64)
    recoded[others] = np.arange(len(others))
    coverage = len(rows) / len(columns.y_pred)
    note = (
        f"Coverage is {100 * coverage:.1f}%: {len(columns.y_pred) - len(rows):,} of "
        f"{len(columns.y_pred):,} images have no answer ({abstain!r}) and are left out."
    )
    answered = replace(
        kept,
        y_pred=recoded[kept.y_pred],
        y_true=None if kept.y_true is None else recoded[kept.y_true],
        proba=_without(kept.proba, others),
        class_names=tuple(names[i] for i in others),
        notes=(*columns.notes, note),
    )
    return answered, splits[rows]


def _without(proba: Floats | None, others: Ints) -> Floats | None:
    """Probabilities of the other classes; None where some image has none."""
    if proba is None:
        return None
    rest = proba[:, others]
    sums = rest.sum(axis=1, keepdims=True)
    return rest / sums if (sums > 0).all() else None
