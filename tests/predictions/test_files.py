"""Parquet and npz as tables of columns, and which files are predictions."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from predictions_read import truth

from hirise.importing import kind_of
from hirise.predictions import files
from hirise.predictions import read_predictions as read


def test_parquet_with_an_index_and_numbers_as_columns(write):
    frame = pd.DataFrame({"image": ["1", "2"], "y_true": ["a", "b"]})
    frame = frame.assign(a=[0.5, 0.25], b=[0.5, 0.75])
    assert list(read(write(frame.set_index("image"), "i.parquet")).image) == ["1", "2"]
    assert read(write(frame.iloc[1:], "j.parquet")).class_names == ("a", "b")
    numbers = pd.DataFrame({0: [0.5, 0.25], 1: [0.5, 0.75]})
    assert read(write(numbers, "k.parquet")).class_names == ("0", "1")


def test_parquet_types_that_hold_numbers_or_labels(tmp_path):
    table = pa.table(
        {
            "y_true": pa.array(["a", "b"]).dictionary_encode(),
            "y_pred": pa.array([b"a", b"a"]),
            "a": pa.array(["0.5", "0.25"]),
            "b": np.array([0.5, 0.75], dtype=np.float16),
            "group": pa.array([7, 7]),
        }
    )
    pq.write_table(table, tmp_path / "p.parquet")
    found = read(tmp_path / "p.parquet")
    np.testing.assert_array_equal(found.proba, [[0.5, 0.5], [0.25, 0.75]])
    assert truth(found) == ["a", "b"]
    assert found.y_pred.tolist() == [0, 0]
    assert list(found.group) == ["7", "7"]


def test_npz(tmp_path):
    path = tmp_path / "p.npz"
    np.savez(
        path,
        y_true=np.array([[0], [1]]),
        proba=np.array([[0.75, 0.25], [0.5, 0.5]]),
        class_names=np.array(["cat", "dog"]),
    )
    found = read(path)
    assert (truth(found), found.class_names) == (["cat", "dog"], ("cat", "dog"))
    np.savez(path, y_true=np.array([b"a", b"b"]), y_pred=np.array(["a", "a"]))
    assert truth(read(path)) == ["a", "b"]
    np.savez(path, y_true=[0, 1], proba=np.array([[0.25], [0.75]], dtype=np.float32))
    np.testing.assert_array_equal(read(path).proba[:, 1], [0.25, 0.75])
    np.savez(path, y_true=np.eye(2)[[1, 0]], logits=np.array([[0.0, 2], [3, 1]]))
    assert read(path).y_pred.tolist() == [1, 0]


@pytest.mark.parametrize("at_once", [5, 10**6])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_columns_of_parquet_stay_what_and_where_they_are(
    tmp_path, monkeypatch, at_once, dtype
):
    monkeypatch.setattr(files, "_CELLS", at_once)
    table = pd.DataFrame(
        {
            "image": ["a.jpg", "b.jpg", "c.jpg"],
            "p:a": np.array([0.25, np.nan, 1], dtype=dtype),
            "p:a.b": np.array([0.75, 0.5, 0], dtype=dtype),
            "n": [3, 1, 2],
        }
    )
    for columns in (list(table), ["p:a", "p:a.b"], ["p:a", "n", "p:a.b"]):
        for rows in (3, 0):
            given = table[columns].head(rows)
            given.to_parquet(tmp_path / "p.parquet", row_group_size=2)
            found, _ = files.read_columns(tmp_path / "p.parquet")
            pd.testing.assert_frame_equal(found, given)


def test_training_curves_stay_curves(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss,accuracy,true_positives\n0,.9,.5,3\n1,.8,.6,4\n")
    assert kind_of(path) == "history"
    path = tmp_path / "log.json"
    path.write_text('{"loss": [0.9, 0.8], "val_accuracy": [0.5, 0.6]}')
    assert kind_of(path) == "history"
