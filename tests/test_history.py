"""Training curves from Keras' CSVLogger and History.history, good and bad."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hirise.errors import InputError
from hirise.history import read_history


@pytest.fixture
def write(tmp_path):
    def write(content, name="h.csv"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_csv_logger(write):
    found = read_history(
        write(
            "epoch,accuracy,loss,val_accuracy,val_loss\n0,.5,1,.4,nan\n1,.6,.9,.5,1\n"
        )
    )
    assert found["epoch"].tolist() == [1, 2]
    assert found["loss"].tolist() == [1, 0.9]
    assert np.isnan(found["val_loss"].iloc[0])


@pytest.mark.parametrize("wrap", [lambda h: h, lambda h: {"history": h, "epoch": [0]}])
def test_history_json(write, wrap):
    history = {"loss": [1, 0.5], "val_sparse_categorical_accuracy": [0.5, float("nan")]}
    found = read_history(write(wrap(history), "h.json"))
    assert list(found.columns) == ["epoch", "loss", "val_accuracy"]
    assert found["loss"].tolist() == [1, 0.5]
    assert np.isnan(found["val_accuracy"].iloc[1])


def test_json_records(write):
    rows = [{"epoch": 0, "loss": 1}, {"epoch": 1, "loss": None}]
    assert read_history(write(rows, "h.json"))["loss"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    "name",
    ["acc", "sparse_categorical_accuracy", "categorical_accuracy", "binary_accuracy"],
)
def test_aliases(write, name):
    found = read_history(write(f"loss,{name},val_{name}\n1,.5,.25\n"))
    assert found[["accuracy", "val_accuracy"]].iloc[0].tolist() == [0.5, 0.25]


def test_two_names_of_accuracy_are_one(write):
    found = read_history(write("accuracy,sparse_categorical_accuracy,loss\n.5,.25,1\n"))
    assert found["accuracy"].tolist() == [0.5]


def test_infinite_losses(write):
    text = '{"loss": [1, Infinity], "accuracy": [0.5, 0.5]}'
    assert np.isinf(read_history(write(text, "h.json"))["loss"].iloc[1])


@pytest.mark.parametrize(
    ("content", "name", "line"),
    [
        ("a,b\n1,2\n", "h.csv", "no training curves found (columns: 'a', 'b'). Exp"),
        ("loss,accuracy\n", "h.csv", "no training curves found (columns: 'loss', "),
        ("loss\nhigh\n", "h.csv", "`loss` is not all numbers (Unable to parse"),
        ("", "h.csv", "the file is empty."),
        ("{", "h.json", "not a history in JSON (Expecting"),
        ("[" * 100_000, "h.json", "not a history in JSON ("),
        ('{"loss": [1, 2], "accuracy": [1]}', "h.json", "not a history in JSON ("),
        ('{"loss": [[1], [2]]}', "h.json", "`loss` is not all numbers"),
        ('{"lss": [1]}', "h.json", "no training curves found (columns: 'lss')"),
        ("7", "h.json", "not a history in JSON ("),
        ("null", "h.json", "not a history in JSON (it is neither a dict nor"),
        ("[1, 2]", "h.json", "not a history in JSON (it is neither a dict nor"),
        ("{}", "h.json", "no training curves found (columns: none)"),
    ],
)
def test_refusals_are_one_line(write, content, name, line):
    path = write(content, name) if name else None
    with pytest.raises(InputError) as refused:
        read_history(path)
    assert str(refused.value).startswith(f"{path}: {line}")
    assert "\n" not in str(refused.value)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_history(tmp_path / "h.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["loss", "acc", "accuracy", "history", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(JSON)
@example({"loss": [10**400]})
def test_no_json_raises_anything_else(write, document):
    path = write(json.dumps(document), "h.json")
    try:
        read_history(path)
    except InputError:
        return
