"""Arrays and tables of other libraries as those of numpy and pandas.

None of these libraries is imported: what an object can do tells what it is.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from hirise.errors import InputError, error_line

_HALF = re.compile(r"float16|float8|half")
_DICT_VIEWS: tuple[type[Any], ...] = (type({}.keys()), type({}.values()))


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
            how="Give an array of numpy with one row per image.",
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
