"""Predictions check themselves, and are written and taken as they are."""

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.predictions import Predictions, table
from hirise.predictions import read_predictions as read


@pytest.mark.parametrize("n_classes", [1, 2, 300])
def test_what_is_written_is_read_back(tmp_path, n_classes):
    rng = np.random.default_rng(0)
    names = tuple(f"class, {i}" for i in range(n_classes))
    proba = rng.dirichlet(np.ones(n_classes), 50)
    frame = pd.DataFrame(proba, columns=[f"p:{name}" for name in names])
    frame["y_true"] = np.array(names)[rng.integers(0, n_classes, 50)]
    frame.loc[3, "y_true"] = None
    frame["image"] = [f"{i}.jpg" for i in range(50)]
    frame.to_parquet(tmp_path / "in.parquet")
    first = read(tmp_path / "in.parquet")
    first.write(tmp_path / "out.parquet")
    again = read(tmp_path / "out.parquet")
    assert again.class_names == first.class_names == names
    np.testing.assert_array_equal(again.y_true, first.y_true)
    np.testing.assert_array_equal(again.y_pred, proba.argmax(axis=1))
    np.testing.assert_array_equal(again.proba, proba)
    assert again.y_true[3] == -1


def test_the_likeliest_class_is_the_first_of_equal_ones(monkeypatch):
    monkeypatch.setattr(table, "_ROWS", 2)
    values = np.array([[0.5, 0.5, 0], [0, 0.25, 0.75], [0.2, 0.6, 0.2]])
    for same in (values, np.asfortranarray(values)):
        assert table.largest_column(same).tolist() == [0, 2, 1]


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


def test_predictions_check_themselves():
    ids = np.array([0, 1])
    for wrong, line in [
        ({"y_true": np.array([0])}, "`y_true` has 1 rows but `y_pred` has 2"),
        ({"y_true": np.array([0, 2])}, "`y_true` is 2 in row 2, but there are 2"),
        ({"y_true": np.array([0, -2])}, "`y_true` is -2 in row 2"),
        ({"proba": np.full((2, 3), 1 / 3)}, "The probabilities have shape (2, 3)"),
        ({"class_names": ("a",)}, "`y_pred` is 1 in row 2, but there are 1"),
        ({"class_names": ()}, "There are no classes"),
    ]:
        with pytest.raises(InputError) as refused:
            Predictions(**{"y_pred": ids, "class_names": ("a", "b")} | wrong)
        assert str(refused.value).startswith(line)
