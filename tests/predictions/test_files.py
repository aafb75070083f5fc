"""Every shape a good predictions file may have, and what comes out of it."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hirise.predictions import files, read_all_predictions, table
from hirise.predictions import read_predictions as read


@pytest.fixture
def write(tmp_path):
    """`write(text or bytes or frame, name)` makes a file and gives its path."""

    def write(content, name="p.csv"):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            content.to_parquet(path)
        return path

    return write


def truth(predictions):
    """True labels as text, None where unknown."""
    return [None if i < 0 else predictions.class_names[i] for i in predictions.y_true]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter(write, delimiter):
    rows = [
        ["image", "y_true", "cat", "dog"],
        ["1.jpg", "cat", "0.75", "0.25"],
        ["2.jpg", "dog", "0.5", "0.5"],
    ]
    found = read(write("".join(delimiter.join(row) + "\n" for row in rows)))
    assert found.class_names == ("cat", "dog")
    assert truth(found) == ["cat", "dog"]
    np.testing.assert_array_equal(found.proba, [[0.75, 0.25], [0.5, 0.5]])
    assert found.y_pred.tolist() == [0, 0]
    assert list(found.image) == ["1.jpg", "2.jpg"]


def test_semicolons_with_decimal_commas_and_some_whole_numbers(write):
    found = read(
        write("y_true;cat;dog\ncat;0,75;0,25\ndog;0;1\ndog;1,5E-05;0,999985\ncat;1;0\n")
    )
    np.testing.assert_allclose(found.proba[:, 0], [0.75, 0, 1.5e-5, 1])


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfy_true,y_pred\na,a\nb,a\n",
        b"y_true,y_pred\r\na,a\r\nb,a\r\n",
        b"y_true,y_pred\ra,a\rb,a\r",
        b"\n\ny_true,y_pred\na,a\n\nb,a\n",
        b"y_true, y_pred\na, a\nb, a\n",
        b"y_true,y_pred,\na,a,\nb,a,\n",
        b",y_true,y_pred\n0,a,a\n1,b,a\n",
    ],
    ids=["bom", "crlf", "cr", "blank lines", "spaces", "last comma", "row numbers"],
)
def test_ways_of_writing_a_csv(write, text):
    found = read(write(text))
    assert (truth(found), found.class_names) == (["a", "b"], ("a", "b"))
    assert found.proba is None


def test_row_numbers_are_no_class(write):
    found = read(write(",cat,dog\n0,.75,.25\n1,.5,.5\n"))
    assert found.class_names == ("cat", "dog")


def test_labels_are_text(write):
    labels = ["None", "NA", "007", "3", "null", "nan"]
    rows = "".join(f"{label},{label}\n" for label in labels)
    found = read(write(f"y_true,y_pred\n{rows}"))
    assert truth(found) == labels


def test_whole_floats_are_whole_numbers_and_order_by_value(write):
    found = read(write("y_true,y_pred\n10.0,2\n,10\n2.0,2\n"))
    assert found.class_names == ("2", "10")
    assert truth(found) == ["10", None, "2"]
    frame = pd.DataFrame({"y_true": [3.0, None, 1.0], "y_pred": [3, 1, 1]})
    assert truth(read(write(frame, "p.parquet"))) == ["3", None, "1"]


def test_a_text_with_a_point_zero_among_others_stays(write):
    assert truth(read(write("y_true,y_pred\n1.0,b\nb,b\n"))) == ["1.0", "b"]


def test_rows_without_truth_are_kept_apart(write):
    found = read(write("y_true,y_pred\na,a\n,b\nb,b\n"))
    assert found.labelled.tolist() == [True, False, True]


def test_names_with_commas_quotes_scripts_lines_and_length(write):
    names = ['dune, "dark"', "火星", "кратер", "x" * 60, "two\nlines", "p:q", "[a]"]
    frame = pd.DataFrame({"y_true": names * 9, "y_pred": names * 9})
    text = frame.to_csv(index=False)
    for content in (text, text.replace("\n", "\r\n").encode()):
        assert set(read(write(content)).class_names) >= set(names) - {"two\nlines"}
    semicolons = frame.to_csv(index=False, sep=";")
    assert set(read(write(semicolons)).class_names) == set(names)


def test_probabilities_by_number_are_in_the_order_of_ids(write):
    text = "y_true," + ",".join(f"proba_{i}" for i in range(11)) + "\n"
    text += "10," + ",".join(["0"] * 10) + ",1\n"
    found = read(write(text))
    assert found.class_names == tuple(map(str, range(11)))
    assert found.y_pred.tolist() == [10]


def test_probabilities_by_number_for_named_labels_say_the_order(write):
    found = read(write("y_true,proba_0,proba_1\nb,.25,.75\na,.75,.25\n"))
    assert found.class_names == ("a", "b")
    assert "order of the labels: a, b" in found.notes[0]


def test_one_sigmoid_column(write):
    found = read(write("y_true,proba\n0,.25\n1,.75\n"))
    np.testing.assert_array_equal(found.proba, [[0.75, 0.25], [0.25, 0.75]])
    assert found.y_pred.tolist() == [0, 1]
    assert "'1'" in found.notes[0]


def test_labels_may_be_ids_of_named_columns(write):
    found = read(write("y_true,cat,dog,bird\n2,0,.25,.75\n0,1,0,0\n"))
    assert found.class_names == ("cat", "dog", "bird")
    assert truth(found) == ["bird", "cat"]


def test_other_numbers_are_left_aside_and_said(write):
    found = read(write("y_true,cat,dog,width\ncat,.5,.5,227\ndog,.25,.75,227\n"))
    assert found.class_names == ("cat", "dog")
    assert found.notes == ("Columns left aside: width.",)


def test_logits_by_flag_or_by_name(write):
    expected = [[0.9, 0.1], [0.5, 0.5]]
    logits = np.log(expected)
    frame = pd.DataFrame(logits, columns=["cat", "dog"]).assign(y_true=["cat", "dog"])
    path = write(frame, "p.parquet")
    np.testing.assert_allclose(read(path, logits=True).proba, expected)
    named = frame.rename(columns={"cat": "logit_0", "dog": "logit_1"})
    np.testing.assert_allclose(read(write(named, "q.parquet")).proba, expected)


def test_argmax_comes_before_any_rounding_and_the_first_of_equals_wins(write):
    close = np.float64(0.5) + 1e-12
    frame = pd.DataFrame({"proba_0": [1 - close, 0.5], "proba_1": [close, 0.5]})
    assert read(write(frame, "p.parquet")).y_pred.tolist() == [1, 0]


def test_y_pred_rules_over_the_probabilities(write):
    found = read(write("y_true,y_pred,a,b\na,b,.9,.1\nb,b,.1,.9\n"))
    assert found.y_pred.tolist() == [1, 1]


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


def test_splits_of_one_file(write):
    rows = "a,a,train\nb,b,val\na,b,test\nb,a,test\n"
    path = write("y_true,y_pred,split\n" + rows)
    assert [p.split for p in read_all_predictions(path)] == ["train", "val", "test"]
    assert len(read(path, split="test")) == 2
    assert read(path).split == "val"
    assert read(write("y_true,y_pred,split\na,a,train\nb,b,test\n")).split == "test"
    assert read(write("y_true,y_pred,split\na,a,hold\nb,b,hold\n")).split == "hold"


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


def test_one_row(write):
    assert len(read(write("y_pred\na\n"))) == 1


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


def test_the_likeliest_class_is_the_first_of_equal_ones(monkeypatch):
    monkeypatch.setattr(table, "_ROWS", 2)
    values = np.array([[0.5, 0.5, 0], [0, 0.25, 0.75], [0.2, 0.6, 0.2]])
    for same in (values, np.asfortranarray(values)):
        assert table.largest_column(same).tolist() == [0, 2, 1]
