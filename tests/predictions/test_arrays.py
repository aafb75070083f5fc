"""Predictions from arrays and tables in memory, in every shape that makes sense."""

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.predictions import Predictions, predictions_of, read_predictions

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


def test_taken_predictions_are_those_of_the_rows_in_their_order():
    predictions = Predictions(
        y_pred=np.array([0, 1, 1]),
        y_true=np.array([1, 0, 1]),
        proba=np.array([[0.6, 0.4], [0.3, 0.7], [0.1, 0.9]]),
        image=["a", "b", "c"],
        class_names=("crater", "other"),
        split="val",
    )
    taken = predictions.take(np.array([2, 0]))
    assert (list(taken.image), taken.split) == (["c", "a"], "val")
    assert (taken.y_pred.tolist(), taken.y_true.tolist()) == ([1, 0], [1, 1])
    assert taken.proba[:, 0].tolist() == [0.1, 0.6]
    assert taken.group is None
