"""Every bad predictions file gets one line that says what, where, and the way out."""

import io
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.predictions import read_all_predictions, read_predictions

PROBA = "y_true,a,b\na,.5,.5\n"


def refusal(path, content, **options):
    """The line that refuses a file of this content."""
    if isinstance(content, pd.DataFrame):
        content.to_parquet(path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError) as refused:
        read_predictions(path, **options)
    line = str(refused.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    assert "  " not in line
    assert line[-1] in ".?"
    return line.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "This file is empty."),
        ("y_true,y_pred\n", "There are no predictions: the table has no rows."),
        (
            "y_true,proba_0,proba_1\n",
            "There are no predictions: the table has no rows.",
        ),
        ("y_true,y_pred,split\n", "There are no predictions: the table has no rows."),
        ("foo\n1\n2\n", "No predictions were found in the columns 'foo'. Expected: "),
        ("y_true\na\n", "No predictions were found in the columns 'y_true'."),
        ("y_true,y_true,y_pred\na,a,a\n", "Column 'y_true' occurs twice"),
        ("y_true,y_pred\na,a\nb,\n", "`y_pred` is empty in row 2. Every image needs"),
        ("y_true,y_pred\na,a,a\n", "A row has more fields than the header (2). Put"),
        ("y_true,y_pred\na,a\nb,b,b\n", "This is not a readable CSV (Error tokenizing"),
        ('y_true,y_pred\n"a,a\nb,b\n', "This is not a readable CSV (Error tokenizing"),
        (PROBA + "a,.5,.6\n", "The probabilities of row 2 sum to 1.1, not 1 (1 such"),
        (PROBA + "a,.5,.5011\n", "The probabilities of row 2 sum to 1.001, not 1"),
        (PROBA + "b,,1\n", "The probabilities of row 2 are not numbers (NaN)"),
        (PROBA + "b,nan,1\n", "The probabilities of row 2 are not numbers (NaN)"),
        (PROBA + "b,inf,1\n", "The probabilities of row 2 are not numbers (NaN or"),
        (PROBA + "b,1e308,1e308\n", "The probabilities of row 2 are not numbers"),
        (PROBA + "b,1.5,-.5\n", "A probability of row 2 is negative: -0.5."),
        (
            PROBA + "b,x,1\n",
            "Probability column 'a' holds 'x' in row 2, where a number",
        ),
        (PROBA + "c,.5,.5\n", "`y_true` is 'c' in row 2, which has no probability"),
        (
            "y_true,proba_0,proba_1\na,1,0\nb,1,0\nc,1,0\n",
            "There are 2 probability columns (proba_0 to proba_1), but 3 labels",
        ),
        (
            "y_true,proba\na,.5\nb,.5\nc,.5\n",
            "One column `proba` means two classes, but there are 3 labels",
        ),
        (
            "image,y_pred\nx.jpg,a\ny.jpg,a\nx.jpg,b\n",
            "Image 'x.jpg' is in rows 1 and 3. Give one",
        ),
        ("image,y_pred\nx,a\n,b\n", "`image` is empty in row 2. Fill it"),
        ("group,y_pred\n,a\nx,b\n", "`group` is empty in row 1. Fill it"),
        ("y_true,y_pred\n0.5,a\n1.25,b\n", None),
    ],
)
def test_tables(tmp_path, text, line):
    if line is None:  # text labels may be anything
        (tmp_path / "p.csv").write_text(text)
        assert read_predictions(tmp_path / "p.csv").class_names[0] == "0.5"
    else:
        assert refusal(tmp_path / "p.csv", text).startswith(line)


def test_the_row_of_a_split_is_the_row_of_the_file(tmp_path):
    text = "a,b,split\n.5,.5,val\n.5,.5,train\n.5,.5,train\n.5,.4,val\n"
    assert "of row 4 sum to 0.9" in refusal(tmp_path / "p.csv", text)


def test_a_duplicate_is_allowed_in_another_split(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("image,y_pred,split\nx,a,val\nx,a,test\n")
    assert len(read_all_predictions(path)) == 2
    text = "image,y_pred,split\nx,a,test\nx,a,val\ny,a,val\ny,a,val\n"
    assert refusal(path, text).startswith("Image 'y' is in rows 2 and 3 of split 'val'")


def test_an_unknown_split_and_the_nearest(tmp_path):
    text = "y_pred,split\na,test\na,train\n"
    line = refusal(tmp_path / "p.csv", text, split="tset")
    assert line == (
        "There is no split 'tset', only 'test', 'train'. Did you mean 'test'?"
    )
    line = refusal(tmp_path / "p.csv", "y_pred,split\na,x\na,y\n")
    assert line == "There are the splits 'x', 'y'. Choose one with `split`."
    line = refusal(tmp_path / "p.csv", "y_pred\na\n", split="test")
    assert line.startswith("There are no splits, as there is no column `split`")


@pytest.mark.parametrize(
    "content",
    [
        'y_true,y_pred\n"[1, 0]",a\n"[0, 1]",b\n',
        "y_true,y_pred\n\"['a', 'b']\",a\n['a'],b\n",
        "y_true_0,y_true_1,y_pred\n1,1,a\n0,1,b\n",
        pd.DataFrame({"y_true": [["a"], ["a", "b"]], "y_pred": ["a", "b"]}),
        pd.DataFrame({"y_true": [{"a": 1}, {"a": 0}], "y_pred": ["a", "b"]}),
    ],
    ids=["one-hot text", "list text", "columns", "lists", "structs"],
)
def test_multi_label_is_refused_with_that_word(tmp_path, content):
    name = "p.parquet" if isinstance(content, pd.DataFrame) else "p.csv"
    assert "Multi-label targets cannot be evaluated" in refusal(
        tmp_path / name, content
    )


def test_multi_label_npz(tmp_path):
    held = io.BytesIO()
    np.savez(held, y_true=np.array([[1, 1], [0, 1]]), y_pred=np.array([0, 1]))
    line = refusal(tmp_path / "p.npz", held.getvalue())
    assert line.startswith("`y_true` is not one label per image. Multi-label")


@pytest.mark.parametrize("suffix", [".pkl", ".npy", ".joblib", ".pt"])
def test_pickles_are_never_opened(tmp_path, suffix):
    line = refusal(tmp_path / f"p{suffix}", pickle.dumps([1]))
    assert "can run code" in line
    assert line.endswith("Save the predictions as CSV, Parquet or npz.")


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("the pickle was opened",))


def test_a_pickle_under_another_name(tmp_path):
    bomb = pickle.dumps(Bomb())
    assert "not an npz file" in refusal(tmp_path / "p.npz", bomb)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        array = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            array, {"descr": "|O", "fortran_order": False, "shape": (1,)}
        )
        file.writestr("y_pred.npy", array.getvalue() + bomb)
    assert "not a readable npz" in refusal(tmp_path / "q.npz", held.getvalue())
    assert refusal(tmp_path / "p.parquet", bomb).startswith(
        "This is not a readable Parquet"
    )


def test_files_that_are_no_files(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputError, match=r"no such file\.$"):
            read_predictions(path)


@pytest.mark.parametrize("name", ["p.csv", "p.parquet", "p.npz"])
def test_garbage(tmp_path, name):
    garbage = np.random.default_rng(0).bytes(4096)
    assert refusal(tmp_path / name, garbage).startswith("This is not a")


def test_cut_short_or_damaged(tmp_path):
    path = tmp_path / "p.parquet"
    pd.DataFrame({"y_pred": ["a"] * 5000}).to_parquet(path)
    whole = path.read_bytes()
    for part in (whole[: len(whole) // 2], whole[:4], whole[:-1]):
        assert refusal(path, part).startswith("This is not a readable Parquet file")
    held = io.BytesIO()
    np.savez_compressed(held, y_pred=np.arange(9999) % 7)
    whole = held.getvalue()
    damaged = whole[:200] + b"\x55" * 99 + whole[299:]
    for part in (whole[: len(whole) // 2], damaged):
        assert "npz" in refusal(tmp_path / "p.npz", part)


@pytest.mark.parametrize(
    ("arrays", "line"),
    [
        (
            {"y_true": np.zeros((3, 2, 2))},
            "Array 'y_true' has shape (3, 2, 2). Give one",
        ),
        (
            {"y_pred": np.zeros(3), "y_true": np.zeros(2)},
            "The arrays differ in length:",
        ),
        ({"proba_0": np.zeros(3, complex)}, "Array 'proba_0' is of type complex128"),
        ({"y_pred": np.array([0.5, 1.5])}, "Column `y_pred` holds numbers that are"),
        (
            {"y_pred": np.array([0, 1]), "proba": np.ones((2, 3)) / 3} | {},
            None,
        ),
        (
            {
                "y_pred": np.array([0, 5]),
                "proba": np.full((2, 2), 0.5),
                "class_names": np.array(["a", "b"]),
            },
            "`y_pred` is '5' in row 2, which has no probability column",
        ),
        (
            {"y_pred": np.array([0, 1]), "class_names": np.array(["a", "a"])},
            "Two classes have the name 'a'",
        ),
    ],
)
def test_arrays(tmp_path, arrays, line):
    held = io.BytesIO()
    np.savez(held, **arrays)
    if line is None:
        (tmp_path / "p.npz").write_bytes(held.getvalue())
        assert len(read_predictions(tmp_path / "p.npz").class_names) == 3
    else:
        assert refusal(tmp_path / "p.npz", held.getvalue()).startswith(line)


@pytest.mark.parametrize("point", [0xD800, 0x110000, 0xFFFFFFFF])
def test_text_of_an_array_that_is_not_unicode(tmp_path, point):
    names = np.array([point, ord("b")], dtype=np.uint32).view("<U1")
    line = refusal(tmp_path / "p.npz", npz_of(y_pred=np.arange(2), class_names=names))
    assert "holds text that is not Unicode" in line


def test_an_array_whose_header_is_not_closed(tmp_path):
    content = npz_of(y_pred=np.arange(2)).replace(b"}", b" ")
    assert "not a readable npz" in refusal(tmp_path / "p.npz", content)


def npz_of(**arrays):
    held = io.BytesIO()
    np.savez(held, **arrays)
    return held.getvalue()
