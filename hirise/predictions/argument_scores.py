"""Scores that are arguments of a call: probabilities or logits, one row per image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.predictions.arrays import as_array, is_half_precision

_HALF_TOLERANCE = 0.05
"""How far rounding to 16 bits may take a sum of probabilities from 1."""


@dataclass(frozen=True)
class ScoreArray:
    """Scores: (n_images, n_classes), or (n_images,) for the second of two classes.

    `class_names` are the names of the columns, where they have some.
    """

    name: str
    array: NDArray[Any]
    are_logits: bool = False
    class_names: tuple[str, ...] | None = None

    @property
    def n_classes(self) -> int:
        """Classes that the scores are of."""
        return 2 if self.array.ndim == 1 else int(self.array.shape[1])

    def in_order(self, class_names: tuple[str, ...]) -> ScoreArray:
        """The same with a column for each of `class_names`, in that order.

        Raises
        ------
        InputError
            Columns that do not fit these names.
        """
        own, n = self.class_names, len(class_names)
        ids = tuple(map(str, range(n)))
        if own is not None and own != class_names and set(own) <= set(class_names):
            return self._spread([class_names.index(name) for name in own], class_names)
        # Classes that a training lacked have no column.
        if own is not None and len(own) < n and set(own) <= set(ids):
            return self._spread([int(name) for name in own], class_names)
        if self.n_classes != n:
            columns = "one value per image, as for 2 classes"
            if self.array.ndim == 2:
                columns = f"{self.n_classes} columns"
            raise InputError(
                f"`{self.name}` has {columns}, but `class_names` has {n} names."
            )
        if own is not None and own != class_names and own != ids:
            raise InputError(
                f"The columns of `{self.name}` are named {_listed(own)}, and "
                f"`class_names` are {_listed(class_names)}.",
                how="Leave `class_names` out, or give the same names.",
            )
        return replace(self, class_names=class_names)

    def _spread(self, places: list[int], class_names: tuple[str, ...]) -> ScoreArray:
        # A logit of minus infinity would be a probability of 0.
        missing = self.array.min() - 100 if self.are_logits else 0.0
        array = np.full((len(self.array), len(class_names)), missing, dtype=float)
        array[:, places] = self.array
        return replace(self, array=array, class_names=class_names)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(repr, names[:3])) + (", …" if len(names) > 3 else "")


def score_array(name: str, values: Any, *, logits: bool = False) -> ScoreArray:
    """Scores from an array of any library.

    Parameters
    ----------
    name : str
        Of the argument.
    values : (n_images, n_classes) or (n_images,) array-like
    logits : bool
        They are logits, else probabilities.

    Raises
    ------
    InputError
        No numbers, NaN, another shape, or logits that nothing says are logits.

    Examples
    --------
    >>> score_array("proba", [[0.25, 0.75]]).array.tolist()
    [[0.25, 0.75]]
    >>> score_array("y_score", [[-3.0, 2.0]])
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: `y_score` goes from -3 to 2, outside 0 to 1, so it does
    not hold probabilities. Give logits as `logits`.
    """
    array = _numbers(name, as_array(name, values))
    while array.ndim > 1 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim not in (1, 2):
        raise InputError(
            f"`{name}` has shape {array.shape}, but one row per image with a column "
            "per class is expected."
        )
    _check_finite(name, array)
    if not logits:
        _check_range(name, array)
    elif _are_probabilities(array):
        way_out = "Give them as `proba`." if name == "logits" else "Leave `logits` out."
        raise InputError(
            f"`{name}` holds probabilities: each row sums to 1.", how=way_out
        )
    if not logits and array.ndim == 2 and is_half_precision(values):
        array = _to_sum_one(array)
    named = isinstance(values, pd.DataFrame) and values.columns.dtype.kind not in "iu"
    names = tuple(map(str, values.columns)) if named and array.ndim == 2 else None
    return ScoreArray(name, array, logits, names)


def _numbers(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.kind in "iuf":
        return array
    if array.dtype.kind == "O":
        try:
            return array.astype(float)
        except (TypeError, ValueError):
            pass
    how = "Names of classes are given as `class_names`."
    raise InputError(f"`{name}` holds no numbers, but scores are expected.", how=how)


def _check_finite(name: str, array: NDArray[Any]) -> None:
    bad = ~np.isfinite(array)
    rows = bad.any(axis=1) if array.ndim == 2 else bad
    if rows.any():
        row = int(np.flatnonzero(rows)[0])
        raise InputError(
            f"`{name}` holds NaN or infinity in row {row + 1} ({rows.sum():,} such "
            f"row{'' if rows.sum() == 1 else 's'}).",
            how="Leave these images out, or give labels as `y_pred` without scores.",
        )


def _check_range(name: str, array: NDArray[Any]) -> None:
    if not array.size:
        return
    low, high = float(array.min()), float(array.max())
    if array.ndim == 2 and low >= 0 and np.allclose(array.sum(axis=1), 100, atol=1):
        return  # per cent, which the reader knows
    # What is wrong with few rows is told by the reader, with the first of them.
    outside = ((array < 0) | (array > 1)).reshape(len(array), -1).any(axis=1)
    if outside.mean() > 0.5 or (array.ndim == 1 and outside.any()):
        raise InputError(
            f"`{name}` goes from {low:.4g} to {high:.4g}, outside 0 to 1, so it does "
            "not hold probabilities.",
            how="Give logits as `logits`.",
        )


def _are_probabilities(array: NDArray[Any]) -> bool:
    if array.ndim == 1 or len(array) < 2 or (array < 0).any() or (array > 1).any():
        return False
    return bool(np.allclose(array.sum(axis=1), 1, atol=1e-3))


def _to_sum_one(array: NDArray[Any]) -> NDArray[Any]:
    """Rows that sum to 1 but for the rounding of 16 bits, made to sum to 1."""
    array = array.astype(float)
    sums = array.sum(axis=1, keepdims=True)
    near = (np.abs(sums - 1) < _HALF_TOLERANCE).all()
    return np.asarray(array / sums) if near else array
