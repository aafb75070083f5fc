"""Arrays, tensors and tables of any library, as numpy's and as columns.

None of these libraries is imported: what an object can do tells what it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from hirise.errors import InputError, error_line
from hirise.predictions.column_names import RESERVED, check_distinct

_HALF = re.compile(r"float16|float8|half")
_DICT_VIEWS: tuple[type[Any], ...] = (type({}.keys()), type({}.values()))
_SCORES = ("proba", "probabilities", "logits")


def as_table(source: Any) -> pd.DataFrame | None:
    """A table of pandas, polars, Arrow or `datasets`; None for anything else.

    Raises
    ------
    InputError
        A table that is not computed yet.

    Examples
    --------
    >>> as_table(pa.table({"y_pred": ["crater"]}))
       y_pred
    0  crater
    """
    if isinstance(source, pd.DataFrame):
        return source
    if getattr(getattr(source, "dtype", None), "names", None):
        return pd.DataFrame(np.asarray(source))
    if hasattr(source, "collect") and hasattr(source, "collect_schema"):
        raise InputError("`source` is a lazy table.", how="Give `source.collect()`.")
    if not (hasattr(source, "columns") or hasattr(source, "column_names")):
        return None
    if hasattr(source, "__arrow_c_stream__"):
        table: pd.DataFrame = pa.table(source).to_pandas()
        return table
    made = source.to_pandas() if hasattr(source, "to_pandas") else None
    return made if isinstance(made, pd.DataFrame) else None


def as_array(name: str, values: Any) -> NDArray[Any]:
    """An array of numpy from one of any library, on any device, or from a sequence.

    Raises
    ------
    InputError
        What cannot be read as an array; `name` is that of the argument.

    Examples
    --------
    >>> as_array("y_true", range(3)).tolist()
    [0, 1, 2]
    >>> as_array("y_true", pa.array(["a", None]).dictionary_encode()).tolist()
    ['a', nan]
    """
    try:
        return _as_array(values)
    except Exception as error:  # whatever another library raises
        raise InputError(
            f"`{name}` cannot be read as an array ({error_line(error)}).",
            how="Give a numpy array with one row per image.",
        ) from error


def is_half_precision(values: Any) -> bool:
    """Whether numbers have 16 bits or fewer, so that sums of them are rough.

    Examples
    --------
    >>> is_half_precision(np.float16([0.5])), is_half_precision(np.ones(2))
    (True, False)
    """
    return bool(_HALF.search(str(getattr(values, "dtype", ""))))


def is_array(values: Any) -> bool:
    """Whether this is an array or tensor of some library, and no plain value.

    Examples
    --------
    >>> is_array(np.ones(2)), is_array([1, 1])
    (True, False)
    """
    return any(
        hasattr(values, name)
        for name in ("__array__", "__dlpack__", "__cuda_array_interface__", "detach")
    )


def _as_array(values: Any) -> NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        return np.asarray(values.tolist(), dtype=object if values.mask.any() else None)
    if hasattr(values, "detach"):
        return _of_torch(values)
    if isinstance(values, pd.Series | pd.Index | pd.DataFrame):
        return _stacked(np.asarray(values))
    if hasattr(values, "__arrow_c_stream__") or isinstance(values, pa.Array):
        chunks = values if isinstance(values, pa.Array) else pa.chunked_array(values)
        return _stacked(np.asarray(chunks.to_pandas()))
    if hasattr(values, "toarray"):  # sparse, as encoders of scikit-learn give
        values = values.toarray()
    elif hasattr(values, "__cuda_array_interface__") and hasattr(values, "get"):
        values = values.get()
    elif hasattr(values, "__dlpack__") and not hasattr(values, "__array__"):
        values = np.from_dlpack(values)
    elif hasattr(values, "__next__") or isinstance(values, _DICT_VIEWS):
        values = list(values)
    if isinstance(values, list | tuple) and any(map(is_array, values)):
        values = [_as_array(one) if is_array(one) else one for one in values]
    array = _stacked(np.asarray(values))
    # The short floats of TensorFlow and JAX are no numbers to numpy.
    return array.astype(np.float32) if _is_short_float(array) else array


def _stacked(array: NDArray[Any]) -> NDArray[Any]:
    """A column that holds a row of numbers for each image, as one array."""
    if array.dtype != object or array.ndim != 1 or not len(array):
        return array
    if not isinstance(array[0], np.ndarray | list | tuple):
        return array
    sizes = {np.shape(row) for row in array}
    return np.stack([np.asarray(row) for row in array]) if len(sizes) == 1 else array


def _is_short_float(array: NDArray[Any]) -> bool:
    return array.dtype.kind == "V" and is_half_precision(array)


def _of_torch(values: Any) -> NDArray[Any]:
    values = values.detach().cpu()
    if not str(values.layout).endswith("strided"):
        values = values.to_dense()
    if is_half_precision(values):
        values = values.float()
    return np.asarray(values.numpy())


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
            how="Save text as Unicode strings.",
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
