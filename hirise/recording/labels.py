"""Arrays of any framework as NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Ints
from hirise.errors import InputError


def as_array(values: Any) -> NDArray[Any]:
    """`values` as a NumPy array: a tensor of any framework, on any device.

    Examples
    --------
    >>> as_array([1, 2]).tolist()
    [1, 2]
    """
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        # NumPy has no bfloat16.
        if "bfloat16" in str(values.dtype):
            values = values.float()
    return np.asarray(values)


def ids_of(
    labels: Any, class_names: Sequence[str] | None, *, argument: str
) -> NDArray[Any]:
    """Labels as numbers, where they are names of classes; else as they are.

    Raises
    ------
    InputError
        For a name that is not a class.

    Examples
    --------
    >>> ids_of(["dune", "crater"], ["crater", "dune"], argument="val").tolist()
    [1, 0]
    >>> ids_of([True, False], None, argument="val").tolist()
    [1, 0]
    """
    array = as_array(labels)
    if array.dtype.kind == "b":
        return array.astype(np.int64)
    if array.dtype.kind not in "OUST":
        return array
    names = list(class_names) if class_names is not None else sorted(set(array))
    places: Mapping[Any, int] = {name: place for place, name in enumerate(names)}
    unknown = next((name for name in array if name not in places), None)
    if unknown is not None:
        raise InputError(
            f"The label {str(unknown)[:80]!r} is not one of the classes.",
            where=f"`{argument}`",
            how="Give `class_names` with all classes.",
        )
    ids: Ints = np.array([places[name] for name in array], dtype=np.int64)
    return ids


def label_encoding(labels: NDArray[Any]) -> str:
    """How labels are given to a loss: `ids`, `one-hot`, `soft`, `signs` or `other`.

    Examples
    --------
    >>> label_encoding(np.array([[0, 1], [1, 0]])), label_encoding(np.array([2, 0]))
    ('one-hot', 'ids')
    """
    if labels.ndim == 2 and labels.shape[1] > 1:
        return "one-hot" if np.isin(labels, (0, 1)).all() else "soft"
    if labels.dtype.kind not in "biuf" or not len(labels):
        return "other"
    if (labels == -1).any() and np.isin(labels, (-1, 1)).all():
        return "signs"
    return "ids" if (labels == np.round(labels)).all() else "other"


def largest_id(labels: NDArray[Any]) -> int:
    """The largest label where all are whole numbers from 0 on; else -1.

    Examples
    --------
    >>> largest_id(np.array([0, 2, 1])), largest_id(np.array([0.5, 1.0]))
    (2, -1)
    """
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or labels.dtype.kind not in "iuf" or not len(labels):
        return -1
    is_whole = bool((labels == np.round(labels)).all()) and labels.min() >= 0
    return int(labels.max()) if is_whole else -1
