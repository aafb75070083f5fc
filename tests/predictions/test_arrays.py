"""Arrays, tensors and tables of any library, in every shape that makes sense."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from hirise.errors import InputError
from hirise.predictions import predictions_of, read_predictions
from hirise.predictions.arrays import as_array, as_table, is_half_precision

PROBA = np.array([[0.75, 0.25, 0.0], [0.25, 0.5, 0.25], [0.0, 0.25, 0.75]])


def labels(predictions):
    """True and predicted labels as text; None where the truth is unknown."""
    names = [*predictions.class_names, None]
    return [names[i] for i in predictions.y_true], [
        names[i] for i in predictions.y_pred
    ]


def test_ids_and_a_column_of_probabilities_per_class():
    found = predictions_of({"y_true": [0, 1, 1], "proba": PROBA})
    assert labels(found) == (["0", "1", "1"], ["0", "1", "2"])
    np.testing.assert_array_equal(found.proba, PROBA)
    assert (found.class_names, found.split, found.image) == (("0", "1", "2"), "", None)


@pytest.mark.parametrize(
    "y_true",
    [
        pytest.param([0, 1, 1], id="list"),
        pytest.param(np.array([0, 1, 1], dtype=np.int8), id="small integers"),
        pytest.param(np.array([[0.0], [1], [1]]), id="column of floats"),
        pytest.param(np.eye(3)[[0, 1, 1]], id="one-hot"),
        pytest.param(np.eye(3, dtype=bool)[[0, 1, 1]], id="one-hot bool"),
        pytest.param(pd.Series([0, 1, 1], index=[7, 7, 9]), id="Series"),
        pytest.param(pd.array([0, 1, 1], dtype="Int64"), id="nullable"),
        pytest.param(["cat", "dog", "dog"], id="names"),
        pytest.param(np.array(["cat", "dog", "dog"], dtype=object), id="objects"),
        pytest.param(pd.Categorical(["cat", "dog", "dog"]), id="categories"),
    ],
)
def test_truth_in_every_shape(y_true):
    names = ["cat", "dog", "owl"]
    found = predictions_of({"y_true": y_true, "proba": PROBA}, class_names=names)
    assert found.class_names == ("cat", "dog", "owl")
    assert labels(found)[0] == ["cat", "dog", "dog"]


@pytest.mark.parametrize("proba", [[0.25, 0.75], [[0.25], [0.75]]])
def test_one_sigmoid_for_two_classes(proba):
    found = predictions_of({"y_true": ["no", "yes"], "proba": proba})
    assert labels(found) == (["no", "yes"], ["no", "yes"])
    np.testing.assert_array_equal(found.proba, [[0.75, 0.25], [0.25, 0.75]])
    assert found.notes == ("`proba` was read as the probability of 'yes'.",)


@pytest.mark.parametrize(
    "scores", [{"logits": np.log(PROBA[1:2])}, {"proba": np.log(PROBA[1:2])}]
)
def test_logits_by_their_name_or_said_so(scores):
    found = predictions_of({"y_true": [1], **scores}, logits="proba" in scores)
    np.testing.assert_allclose(found.proba, [[0.25, 0.5, 0.25]])


def test_probabilities_as_a_table_name_the_classes():
    proba = pd.DataFrame(PROBA, columns=["owl", "cat", "dog"])
    found = predictions_of({"y_true": ["cat", "owl", "dog"], "proba": proba})
    assert found.class_names == ("owl", "cat", "dog")
    assert labels(found) == (["cat", "owl", "dog"], ["owl", "cat", "dog"])
    numbered = predictions_of({"y_true": [0, 1, 2], "proba": pd.DataFrame(PROBA)})
    assert numbered.class_names == ("0", "1", "2")


def test_missing_truth_images_groups_and_absent_arrays():
    found = predictions_of(
        {
            "y_true": ["a", None, "b"],
            "y_pred": ["a", "a", "b"],
            "proba": None,
            "image": ["1.jpg", "2.jpg", "3.jpg"],
            "group": [1, 1, 2],
            "split": "holdout",
        }
    )
    assert labels(found) == (["a", None, "b"], ["a", "a", "b"])
    assert list(found.group) == ["1", "1", "2"]
    assert found.split == "holdout"


def test_split_names_what_has_no_column_of_that_name():
    given = {"y_true": [0, 1], "y_pred": [0, 1]}
    assert predictions_of(given, split="test").split == "test"
    table = pd.DataFrame({**given, "split": ["train", "val"]})
    assert predictions_of(table).split == "val"
    assert labels(predictions_of(table, split="train")) == (["0"], ["0"])
    with pytest.raises(InputError, match="no split 'trian', only 'train', 'val'"):
        predictions_of(table, split="trian")


def test_a_table_is_read_as_its_file(tmp_path):
    table = pd.DataFrame(PROBA, columns=["cat", "dog", "owl"])
    table["label"] = ["cat", "dog", "dog"]
    table.index = pd.Index(["1.jpg", "2.jpg", "3.jpg"], name="image")
    table.to_parquet(tmp_path / "p.parquet")
    columns = {"y_true": "label"}
    for found in (
        predictions_of(table, columns=columns),
        read_predictions(str(tmp_path / "p.parquet"), columns=columns),
    ):
        assert labels(found) == (["cat", "dog", "dog"], ["cat", "dog", "owl"])
        assert list(found.image) == ["1.jpg", "2.jpg", "3.jpg"]


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"y_true": [0, 1], "y_pred": [0]}, "`y_true` has 2 rows, but `y_pred` has 1"),
        (
            {"y_true": [[0], [0, 1]], "y_pred": [0, 1]},
            "row 2 holds 2 labels",
        ),
        (
            {"y_true": np.ones((2, 2)), "y_pred": [0, 1]},
            "row 1 has 2 ones",
        ),
        ({"y_true": [0, 1], "y_prob": PROBA[:2]}, "or `proba` with one column per"),
        ({"y_true": [0, 1], "proba": [[0.9, 0.1], [0.9, 0.9]]}, "sum to 1.8, not 1"),
        ({"y_true": [0, 1]}, "No predictions were found in the columns 'y_true'"),
        ({"y_true": [], "y_pred": []}, "no predictions: the table has no rows"),
        ({}, "No predictions were found"),
        ({"y_true": np.array(["2026"], "M8[Y]"), "y_pred": [0]}, "of type datetime64"),
        (pd.DataFrame([[0, 1]], columns=["a", "a"]), "Column 'a' occurs twice"),
    ],
)
def test_refusals(given, line):
    with pytest.raises(InputError, match=line):
        predictions_of(given)


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
