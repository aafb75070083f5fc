"""Arrays or a table in memory, or in an npz archive -> a table of columns."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.predictions.roles import RESERVED

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
        raise InputError(f"arrays differ in length: {lengths}.")
    return pd.DataFrame(columns), about


def columns_of_table(table: pd.DataFrame) -> pd.DataFrame:
    """`table` as it would be read from a file: an index such as `image` is a column."""
    if table.index.name in RESERVED and table.index.name not in table.columns:
        table = table.reset_index()
    names = [str(name) for name in table.columns]
    refuse_repeated("The table", names)
    return table.reset_index(drop=True).set_axis(names, axis="columns")


def refuse_repeated(where: str, names: Iterable[str]) -> None:
    """Refuse a table of which two columns have one name."""
    repeated = [name for name, n in Counter(names).items() if n > 1]
    if repeated:
        raise InputError(
            f"{where}: column {repeated[0]!r} occurs twice; rename or remove one."
        )


def _is_named(values: object) -> bool:
    """Whether the columns have names of their own, not only numbers."""
    return isinstance(values, pd.DataFrame) and values.columns.dtype.kind not in "iu"


def _array_of(name: str, values: Any) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(
            f"array {name!r} has rows of different lengths; one value per image is "
            f"expected."
        ) from error
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8", "backslashreplace")
    if array.dtype.kind not in "biufUO":
        raise InputError(
            f"array {name!r} is of type {array.dtype}; numbers or text are expected."
        )
    return array


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
        f"array {name!r} has shape {array.shape}; one value per image is expected, "
        f"or `proba` with one column per class."
    )


def _of_one_hot(name: str, array: NDArray[Any]) -> NDArray[np.intp]:
    one_hot = array.dtype.kind in "biuf" and ((array == 0) | (array == 1)).all()
    if one_hot and (array.sum(axis=1) == 1).all():
        return np.asarray(array.argmax(axis=1))
    advice = "Probabilities are called `proba`." if name == "y_pred" else ""
    raise InputError(
        f"`{name}` is not one label per image: multi-label targets cannot be judged "
        f"here. Give each image one class. {advice}".rstrip()
    )
