"""Arrays and tables of other libraries, by stand-ins that have what theirs have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from hirise.errors import InputError
from hirise.predictions.arrays import as_array, as_table, is_half_precision


class Tensor:
    """A tensor of PyTorch that has a gradient and lies on a device."""

    layout = "torch.strided"
    dtype = "torch.bfloat16"

    def __init__(self, values, *, steps=()):
        self.numbers = values
        self.steps = steps

    def _then(self, step):
        return Tensor(self.numbers, steps=(*self.steps, step))

    def detach(self):
        return self._then("detach")

    def cpu(self):
        return self._then("cpu")

    def float(self):
        return self._then("float")

    def numpy(self):
        assert self.steps == ("detach", "cpu", "float")
        return np.array(self.numbers, dtype=np.float32)


class OnDevice:
    """An array of CuPy, which refuses to become one of numpy by itself."""

    __cuda_array_interface__ = {}  # noqa: RUF012

    def __array__(self, *_, **__):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def get(self):
        return np.array([1, 0])


class Exchanged:
    """An array that can only be handed over by DLPack."""

    def __dlpack__(self, **options):
        return np.array([1, 0]).__dlpack__(**options)

    def __dlpack_device__(self):
        return np.array([1, 0]).__dlpack_device__()


def test_tensors_come_from_their_device_without_a_gradient():
    assert as_array("proba", Tensor([0.5])).dtype == np.float32
    assert is_half_precision(Tensor([0.5]))
    assert as_array("y_true", OnDevice()).tolist() == [1, 0]
    assert as_array("y_true", Exchanged()).tolist() == [1, 0]
    assert as_array("y_true", [OnDevice(), OnDevice()]).tolist() == [[1, 0], [1, 0]]


def test_short_floats_become_numbers():
    half = pytest.importorskip("ml_dtypes").bfloat16
    array = as_array("proba", np.array([0.5, 0.25], dtype=half))
    assert (array.dtype, array.tolist()) == (np.float32, [0.5, 0.25])


def test_arrow_and_sparse_arrays():
    chunks = pa.chunked_array([["a"], ["b", None]])
    assert as_array("y_true", chunks).tolist()[:2] == ["a", "b"]
    sparse = pytest.importorskip("scipy.sparse")
    assert as_array("y_true", sparse.eye(2)).tolist() == [[1, 0], [0, 1]]


def test_a_column_of_rows_is_one_array():
    rows = [np.array([0.25, 0.75]), np.array([0.5, 0.5])]
    for column in (pd.Series(rows), pd.Series([[0.25, 0.75], [0.5, 0.5]])):
        assert as_array("proba", column).tolist() == [[0.25, 0.75], [0.5, 0.5]]
    assert as_array("proba", pa.array([[0.25, 0.75]])).tolist() == [[0.25, 0.75]]
    assert as_array("y_true", pd.Series([[1], [1, 2]])).dtype == object


def test_what_is_no_array_is_refused_by_the_name_of_the_argument():
    with pytest.raises(InputError, match="`y_true` cannot be read as an array"):
        as_array("y_true", [[1], [1, 2]])


def test_tables_of_any_library():
    frame = pd.DataFrame({"y_pred": ["a"]})
    assert as_table(frame) is frame
    assert as_table(pa.table(frame)).equals(frame)
    record = np.rec.fromarrays([[1, 2], [1, 1]], names="y_true,y_pred")
    assert list(as_table(record).columns) == ["y_true", "y_pred"]
    for other in (frame["y_pred"], np.ones((2, 2)), [1, 2], {"y_pred": [1]}):
        assert as_table(other) is None
