"""Labels that are arguments of a call: one class per image, by id or by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError, nearest
from hirise.predictions.argument_scores import ScoreArray
from hirise.predictions.arrays import as_array, is_array

_WHOLE = re.compile(r"-?\d{1,18}")
_FLAGS = ("False", "True")


@dataclass(frozen=True)
class LabelArray:
    """Labels of the images, or scores given in their place (`are_scores`)."""

    name: str
    array: NDArray[Any]
    are_scores: bool = False

    @cached_property
    def distinct(self) -> list[str]:
        """The labels as text, without missing ones."""
        found = pd.unique(pd.Series(self.array).dropna())
        return [_as_text(value) for value in found.tolist()]

    @cached_property
    def are_flags(self) -> bool:
        """Whether all are True or False."""
        return self.array.dtype == bool or (
            self.array.dtype == object
            and all(isinstance(v, bool) for v in pd.Series(self.array).dropna())
        )

    @property
    def are_ids(self) -> bool:
        """Whether all are whole numbers."""
        return not self.are_flags and all(map(_WHOLE.fullmatch, self.distinct))

    def row_of(self, label: str) -> int:
        """The first row that has this label, from 1."""
        texts = [_as_text(value) for value in self.array.tolist()]
        return texts.index(label) + 1


def _as_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def label_array(name: str, values: Any) -> LabelArray:
    """Labels from ids, names, flags or one-hot rows of any library.

    Parameters
    ----------
    name : {"y_true", "y_pred"}

    Raises
    ------
    InputError
        Several labels for an image, or values that are no labels.

    Examples
    --------
    >>> label_array("y_true", [[0, 1], [1, 0]]).array.tolist()
    [1, 0]
    >>> label_array("y_pred", [[0.2, 0.8]]).are_scores
    True
    """
    if isinstance(values, list | tuple):
        _check_items(name, values)
    array = as_array(name, values)
    if array.dtype == object and array.ndim == 1:
        _check_items(name, array.tolist())
    while array.ndim > 1 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim == 0 or array.ndim > 2:
        raise InputError(
            f"`{name}` has shape {array.shape}, but one label per image is expected."
        )
    if array.dtype.kind not in "biufUSO":
        raise InputError(
            f"`{name}` is of type {array.dtype}, but ids or names of classes are "
            "expected."
        )
    if array.ndim == 2:
        return _of_rows(name, array, values)
    return _of_values(name, array)


def _check_items(name: str, items: Sequence[Any]) -> None:
    """Refuse lists of labels, and batches."""
    for row, item in enumerate(items):
        if isinstance(item, set | frozenset | dict):
            raise multi_label(name, f"row {row + 1} holds a {type(item).__name__}")
        if isinstance(item, str) or not hasattr(item, "__len__"):
            continue
        if is_array(item) and getattr(item, "ndim", 0) == 0:
            continue
        n, first = len(item), len(items[0]) if hasattr(items[0], "__len__") else 0
        texts = not is_array(item) and any(isinstance(one, str) for one in item)
        if not is_array(item) and (n != first or texts):
            several = f"{n} label{'' if n == 1 else 's'}"
            raise multi_label(name, f"row {row + 1} holds {several}")
        if is_array(item) and (getattr(item, "ndim", 1) > 1 or n != first):
            raise _batches(name, len(items))


def _batches(name: str, n: int) -> InputError:
    return InputError(
        f"`{name}` is a list of {n} arrays, and not all are one-hot.",
        how=f"Put batches together: numpy.concatenate({name}). Multi-label targets "
        "cannot be evaluated.",
    )


def multi_label(name: str, where: str) -> InputError:
    """The error that an image has several labels.

    Examples
    --------
    >>> print(multi_label("y_true", "row 1 has 2 ones"))
    `y_true` is multi-label (row 1 has 2 ones), which cannot be evaluated. Give each
    image one class, or diagnose each class by itself: y_true[:, k] with y_pred[:, k].
    """
    return InputError(
        f"`{name}` is multi-label ({where}), which cannot be evaluated.",
        how="Give each image one class, or diagnose each class by itself: "
        "y_true[:, k] with y_pred[:, k].",
    )


def _of_rows(name: str, array: NDArray[Any], values: Any) -> LabelArray:
    """Labels of one-hot rows; other numbers are scores."""
    if array.dtype.kind not in "biuf":
        if array.dtype == object and _is_flagged(array):
            array = array.astype(float)
        else:
            raise multi_label(name, f"it has {array.shape[1]} text columns")
    if not ((array == 0) | (array == 1)).all():
        if array.dtype.kind in "iu" and isinstance(values, list | tuple):
            raise multi_label(name, f"each row holds {array.shape[1]} labels")
        if array.dtype.kind in "iu":
            raise InputError(
                f"`{name}` has shape {array.shape}, but one label per image is "
                "expected.",
                how=f"Put batches together: {name}.reshape(-1).",
            )
        return LabelArray(name, array, are_scores=True)
    n_ones = array.sum(axis=1)
    is_list = isinstance(values, list | tuple) and is_array(values[0])
    if is_list and (n_ones != 1).any():
        raise _batches(name, len(values))
    if (n_ones > 1).any():
        row = int(np.flatnonzero(n_ones > 1)[0])
        raise multi_label(name, f"row {row + 1} has {int(n_ones[row])} ones")
    if (n_ones == 0).any():
        row = int(np.flatnonzero(n_ones == 0)[0])
        raise InputError(
            f"`{name}` is one-hot, but row {row + 1} has no class.",
            how="Give each image one class, or leave the image out.",
        )
    ids = array.argmax(axis=1)
    if isinstance(values, pd.DataFrame) and values.columns.dtype.kind not in "iu":
        ids = np.array([str(column) for column in values.columns], dtype=object)[ids]
    return LabelArray(name, ids)


def _is_flagged(array: NDArray[Any]) -> bool:
    return all(isinstance(one, bool | int | float) for one in array.ravel().tolist())


def _of_values(name: str, array: NDArray[Any]) -> LabelArray:
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "backslashreplace")
    missing = np.asarray(pd.isna(array))
    if name == "y_pred" and missing.any():
        raise InputError(
            f"`y_pred` is missing (NaN or None) in row {int(missing.argmax()) + 1}.",
            how="Every image needs a prediction. Leave out images without one.",
        )
    if array.dtype.kind != "f":
        return LabelArray(name, array)
    known = array[~missing]
    if np.isinf(known).any():
        row = int(np.flatnonzero(np.isinf(array))[0])
        raise InputError(f"`{name}` is infinite in row {row + 1}.")
    if (known == np.round(known)).all():
        return LabelArray(name, array)
    return LabelArray(name, array, are_scores=True)


def check_one_naming(
    labels: list[LabelArray],
    scores: ScoreArray | None,
    class_names: tuple[str, ...] | None,
) -> tuple[list[LabelArray], tuple[str, ...] | None]:
    """The labels and class names, with flags as ids where others are ids or scores.

    Raises
    ------
    InputError
        Names in one array and ids in the other.
    """
    flags = [one for one in labels if one.are_flags]
    mixed = 0 < len(flags) < len(labels) and all(
        one.are_flags or set(one.distinct) <= {"0", "1"} for one in labels
    )
    if flags and (mixed or class_names or scores is not None):
        labels = [
            replace(one, array=_as_ids(one.array)) if one.are_flags else one
            for one in labels
        ]
        whole = not mixed and class_names is None
        return labels, _FLAGS if whole else class_names
    kinds = {one.name: one.are_ids for one in labels if one.distinct}
    if class_names is None and len(set(kinds.values())) == 2:
        ids, names = ("y_true", "y_pred") if kinds["y_true"] else ("y_pred", "y_true")
        raise InputError(
            f"`{ids}` holds class ids, but `{names}` holds class names.",
            how="Give the names in the order of the ids as `class_names`.",
        )
    return labels, class_names


def _as_ids(flags: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(pd.Series(flags).map({True: 1, False: 0}))


def named_labels(
    labels: list[LabelArray], class_names: tuple[str, ...] | None
) -> list[LabelArray]:
    """The labels by name: ids by their place in `class_names`, names as spelled there.

    Examples
    --------
    >>> (named,) = named_labels([LabelArray("y_true", np.array([1, 0]))], ("a", "b"))
    >>> named.array.tolist()
    ['b', 'a']
    """
    if class_names is None:
        return labels
    return [replace(one, array=_by_name(one, class_names)) for one in labels]


def _by_name(labels: LabelArray, class_names: tuple[str, ...]) -> NDArray[Any]:
    folded = {_folded(name): name for name in class_names}
    known = folded if len(folded) == len(class_names) else {}
    if _are_places(labels, class_names):
        known = {str(i): name for i, name in enumerate(class_names)}
    codes, distinct = pd.factorize(pd.Series(labels.array))
    texts = map(_as_text, distinct.tolist())
    spelled = [
        text if text in class_names else known.get(_folded(text), text)
        for text in texts
    ]
    # Code -1, of a missing label, finds the None at the end.
    return np.array([*spelled, None], dtype=object)[codes]


def _are_places(labels: LabelArray, class_names: tuple[str, ...]) -> bool:
    """Whether labels are ids, and no names that look like ids."""
    ids = set(map(str, range(len(class_names))))
    return labels.are_ids and not ids & set(class_names)


def _folded(name: str) -> str:
    return name.casefold().strip()


def check_known(
    labels: list[LabelArray],
    scores: ScoreArray | None,
    class_names: tuple[str, ...] | None,
) -> None:
    """Refuse labels without a name in `class_names`, or without scores.

    Raises
    ------
    InputError
        The first such label, with its row.
    """
    if class_names is not None:
        for one in labels:
            _check_named(one, class_names)
        return
    seen = set().union(*(one.distinct for one in labels)) if labels else set()
    if scores is None or not seen:
        return
    if scores.class_names is not None:
        for one in labels:
            _check_named(one, scores.class_names, f"columns of `{scores.name}`")
    elif scores.n_classes == 2 and scores.array.ndim == 1:
        _check_two(labels, scores, seen)
    elif len(seen) != scores.n_classes:
        _check_in_range(labels, scores)


def _check_named(
    labels: LabelArray, class_names: tuple[str, ...], where: str = "`class_names`"
) -> None:
    by_id = _are_places(labels, class_names)
    known = map(str, range(len(class_names))) if by_id else class_names
    folded = set(map(_folded, known))
    for label in labels.distinct:
        if _folded(label) in folded:
            continue
        row = labels.row_of(label)
        if by_id:
            raise InputError(
                f"`{labels.name}` is {label} in row {row}, but {where} has "
                f"{len(class_names)} names, for the ids 0 to {len(class_names) - 1}."
            )
        raise InputError(
            f"`{labels.name}` is {label!r} in row {row}, which is not in {where}."
            f"{nearest(label, class_names)}"
        )


def _check_two(labels: list[LabelArray], scores: ScoreArray, seen: set[str]) -> None:
    if len(seen) > 2:
        raise InputError(
            f"`{scores.name}` has one value per image, as for two classes, but "
            f"`{labels[0].name}` has {len(seen)}.",
            how="Give one column per class.",
        )
    if len(seen) < 2 and not seen <= {"0", "1"}:
        raise InputError(
            f"`{scores.name}` has one value per image, but only one class is known: "
            f"{next(iter(seen))!r}.",
            how="Name both, that of the value last, as `class_names`.",
        )


def _check_in_range(labels: list[LabelArray], scores: ScoreArray) -> None:
    last = scores.n_classes - 1
    for one in labels:
        if not one.are_ids:
            raise InputError(
                f"`{scores.name}` has {scores.n_classes} columns, but `{one.name}` "
                f"has {len(one.distinct)} classes.",
                how="Name the columns in their order as `class_names`.",
            )
        for label in one.distinct:
            if not 0 <= int(label) <= last:
                raise InputError(
                    f"`{one.name}` is {label} in row {one.row_of(label)}, but "
                    f"`{scores.name}` has {scores.n_classes} columns, for the ids 0 "
                    f"to {last}.",
                    how="Count ids from 0.",
                )
