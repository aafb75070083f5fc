"""Arrays and tables in memory as columns of predictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.predictions.columns import RESERVED

_SCORES = ("proba", "probabilities", "logits")


def columns_of_arrays(
    arrays: Mapping[str, Any],
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Columns from arrays by role, and what they say of themselves (`class_names`).

    `y_true` and `y_pred` may be one-hot. `proba` (or `probabilities`, `logits`) has a
    column per class, named if it is a DataFrame, or holds the probability of the second
    of two classes.

    Raises
    ------
    InputError
        Arrays of other types or shapes, or of different lengths.

    Examples
    --------
    >>> arrays = {"y_true": [[0, 1]], "proba": [[0.2, 0.8]], "class_names": ["a", "b"]}
    >>> table, about = columns_of_arrays(arrays)
    >>> table.to_dict("records"), about
    ([{'y_true': 1, 'proba_0': 0.2, 'proba_1': 0.8}], {'class_names': ('a', 'b')})
    """
    about: dict[str, object] = {}
    columns: dict[str, Any] = {}
    for name, values in arrays.items():
        if values is None:
            continue
        if name == "class_names":
            about[name] = tuple(map(str, _array_of(name, values).ravel()))
        elif name == "split" and isinstance(values, str):
            about[name] = values
        else:
            if name in _SCORES and _is_named(values):
                about.setdefault("class_names", tuple(map(str, values.columns)))
            columns.update(_columns_of(name, _array_of(name, values)))
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"The arrays differ in length: {lengths}.")
    return pd.DataFrame(columns), about


def columns_of_table(table: pd.DataFrame) -> pd.DataFrame:
    """`table` as it would be read from a file: an index such as `image` is a column.

    Examples
    --------
    >>> index = pd.Index(["a.jpg"], name="image")
    >>> table = pd.DataFrame({"y_pred": ["other"]}, index=index)
    >>> columns_of_table(table)
       image y_pred
    0  a.jpg  other
    """
    if table.index.name in RESERVED and table.index.name not in table.columns:
        table = table.reset_index()
    names = [str(name) for name in table.columns]
    check_distinct("The table", names)
    return table.reset_index(drop=True).set_axis(names, axis="columns")


def check_distinct(where: str, names: Iterable[str]) -> None:
    """Refuse a table of which two columns have one name.

    Examples
    --------
    >>> check_distinct("labels.csv", ["image", "image"])
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: labels.csv: Column 'image' occurs twice. Rename or remove
    one.
    """
    repeated = [name for name, n in Counter(names).items() if n > 1]
    if repeated:
        raise InputError(
            f"Column {repeated[0]!r} occurs twice.",
            where=where,
            how="Rename or remove one.",
        )


def _is_named(values: object) -> bool:
    """Whether the columns have names of their own, not only numbers."""
    return isinstance(values, pd.DataFrame) and values.columns.dtype.kind not in "iu"


def _array_of(name: str, values: Any) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(
            f"Array {name!r} has rows of different lengths, but one value per image is "
            "expected."
        ) from error
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8", "backslashreplace")
    if array.dtype.kind == "U":
        _check_text(name, array)
    if array.dtype.kind not in "biufUO":
        raise InputError(
            f"Array {name!r} is of type {array.dtype}. Numbers or text are expected."
        )
    return array


def _check_text(name: str, array: NDArray[Any]) -> None:
    """Refuse code points that are not characters, and millions of texts of no width."""
    native = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("="))
    points = native.view(np.uint32) if array.dtype.itemsize else np.empty(0, np.uint32)
    is_surrogate = (points >= 0xD800) & (points <= 0xDFFF)
    if not array.dtype.itemsize or (is_surrogate | (points > 0x10FFFF)).any():
        raise InputError(
            f"Array {name!r} holds text that is not Unicode.",
            how="Save text as strings of Unicode.",
        )


def _columns_of(name: str, array: NDArray[Any]) -> dict[str, Any]:
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]  # what a network with one output unit gives
    if array.ndim == 1:
        return {"proba" if name == "probabilities" else name: array}
    if array.ndim == 2 and name in _SCORES:
        stem = "logit" if name == "logits" else "proba"
        return {f"{stem}_{i}": column for i, column in enumerate(array.T)}
    if array.ndim == 2 and name in ("y_true", "y_pred"):
        return {name: _of_one_hot(name, array)}
    raise InputError(
        f"Array {name!r} has shape {array.shape}.",
        how="Give one value per image, or `proba` with one column per class.",
    )


def _of_one_hot(name: str, array: NDArray[Any]) -> NDArray[np.intp]:
    one_hot = array.dtype.kind in "biuf" and ((array == 0) | (array == 1)).all()
    if one_hot and (array.sum(axis=1) == 1).all():
        return np.asarray(array.argmax(axis=1))
    advice = " Probabilities are called `proba`." if name == "y_pred" else ""
    raise InputError(
        f"`{name}` is not one label per image. Multi-label targets cannot be evaluated "
        "here.",
        how=f"Give each image one class.{advice}",
    )
