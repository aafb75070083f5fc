"""Training curves from Keras' CSVLogger and History.history, good and bad."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hirise.errors import InputError
from hirise.history import is_history, read_curves, read_history


@pytest.fixture
def write(tmp_path):
    def write(content, name="h.csv"):
        path = tmp_path / name
        if not isinstance(content, (str, bytes)):
            content = json.dumps(content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
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


KERAS_CSV = "epoch;accuracy;loss;val_accuracy;val_loss\r\n0;0.5;1.0;0.25;1.5\r\n"


def test_csv_logger_with_semicolons(write):
    found = read_history(write(KERAS_CSV + "1;0.75;0.5;0.5;1.25\r\n"))
    assert found.to_dict("list") == {
        "epoch": [1, 2],
        "accuracy": [0.5, 0.75],
        "loss": [1.0, 0.5],
        "val_accuracy": [0.25, 0.5],
        "val_loss": [1.5, 1.25],
    }


@pytest.mark.parametrize("last", ["1;0.75;0.5", "1;0.75;0.5;0.5;1.2", "1"])
def test_an_unfinished_last_line_is_left_out(write, last):
    found = read_curves(write(KERAS_CSV + last))
    assert found.table["loss"].tolist() == [1.0]
    assert found.notes == (
        "The last line was not written to its end, so it is left out.",
    )


def test_a_last_line_without_its_end_is_kept_where_an_editor_may_have_left_it(write):
    found = read_curves(write("loss,accuracy\n1,.5\n.5,.75"))
    assert (found.table["loss"].tolist(), found.notes) == ([1, 0.5], ())
    short = read_curves(write("loss,accuracy\n1,.5\n.5"))
    assert short.table["loss"].tolist() == [1]


def test_csv_logger_that_was_appended_to(write):
    found = read_curves(write("epoch,loss\n0,8\n1,4\n2,2\n0,1\n1,.5\n0,.25\n"))
    assert found.table["epoch"].tolist() == [1, 2, 3, 4, 5, 6]
    assert found.table["loss"].tolist() == [8, 4, 2, 1, 0.5, 0.25]
    assert found.notes == (
        "The epochs begin again 2 times. The rows after that are read as the same "
        "training, continued.",
    )


def test_a_resumed_training_replaces_the_epochs_that_it_did_again(write):
    found = read_curves(write("epoch,loss\n0,8\n1,4\n2,7\n2,2\n3,1\n"))
    assert found.table["loss"].tolist() == [8, 4, 2, 1]
    assert found.notes[0].startswith("Some epochs were logged twice")


def test_a_header_in_the_middle_is_no_epoch(write):
    found = read_history(write("epoch,loss\n0,8\n1,4\nepoch,loss\n0,2\n"))
    assert found["loss"].tolist() == [8, 4, 2]


def test_na_of_csv_logger_is_missing(write):
    found = read_history(write("epoch,loss,val_loss\n0,1,2\n1,.5,NA\n"))
    assert np.isnan(found["val_loss"].iloc[1])


def test_decimal_commas(write):
    found = read_history(write("loss;accuracy\n1,5;0,25\n1;0,5\n"))
    assert found["loss"].tolist() == [1.5, 1]
    assert found["accuracy"].tolist() == [0.25, 0.5]


def test_learning_rate_goes_with_the_curves_but_is_none_alone(write):
    found = read_history(write("loss,lr\n1,.01\n.5,.001\n"))
    assert found["learning_rate"].tolist() == [0.01, 0.001]
    with pytest.raises(InputError, match="No training curves were found"):
        read_history(write("epoch,lr\n0,.01\n"))


def test_a_million_lines_are_one_line(write):
    path = write("epoch,loss\n" + "".join(f"{i},1\n" for i in range(1_000_000)))
    with pytest.raises(InputError, match=r"has 1,000,000 epochs\. At most 100,000"):
        read_history(path)


def test_names_of_other_frameworks(write):
    header = "train/loss,metrics/accuracy_top1,val/loss,lr/pg0,eval_f1_macro,valid_acc"
    found = read_curves(write(f"{header}\n1,.5,2,.01,.25,.75\n", "results.csv"))
    assert found.table.iloc[0].to_dict() == {
        "epoch": 1,
        "loss": 1,
        "val_loss": 2,
        "learning_rate": 0.01,
        "val_macro_f1": 0.25,
        "val_accuracy": 0.5,
    }
    assert found.left_aside == ("valid_acc",)


def test_curves_of_the_test_stand_in_for_validation(write):
    found = read_curves(write("loss,test_loss\n1,2\n"))
    assert found.table["val_loss"].tolist() == [2]
    assert "the test curves are used" in found.notes[0]
    both = read_curves(write("loss,test_loss,val_loss\n1,2,3\n"))
    assert both.table["val_loss"].tolist() == [3]
    assert both.left_aside == ("test_loss",)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("h.csv", "epoch,loss,accuracy\n0,1,1\n", True),
        ("h.csv", "epoch,acc,val_acc\n0,1,1\n", True),
        ("h.csv", "epoch,train/loss\n0,1\n", True),
        ("h.csv", "epoch,lr\n0,1\n", False),
        ("h.csv", "filename,label,top1\na,b,c\n", False),
        ("h.json", "{}", True),
        ("h.csv", "y_true,y_pred,loss\na,a,1\n", False),
        ("h.csv", b"\xff\xfe\x00", False),
        ("h.parquet", "loss", False),
    ],
)
def test_what_looks_like_a_history(write, name, text, expected):
    assert is_history(write(text, name)) is expected


@pytest.mark.parametrize("wrap", [lambda h: h, lambda h: {"history": h, "epoch": [0]}])
def test_history_json(write, wrap):
    history = {"loss": [1, 0.5], "val_sparse_categorical_accuracy": [0.5, float("nan")]}
    found = read_history(write(wrap(history), "h.json"))
    assert list(found.columns) == ["epoch", "loss", "val_accuracy"]
    assert found["loss"].tolist() == [1, 0.5]
    assert np.isnan(found["val_accuracy"].iloc[1])


def test_json_records(write):
    rows = [
        {"epoch": 0, "loss": 2},
        {"epoch": 1, "loss": None},
        {"epoch": 2, "loss": 1},
    ]
    found = read_history(write(rows, "h.json"))
    assert (found["epoch"].tolist(), found["loss"].tolist()) == ([1, 3], [2, 1])


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
        ("loss\n1,2\n", "h.csv", "A row has more fields than the header (1)"),
        ("loss,loss\n1,2\n", "h.csv", "Column 'loss' occurs twice"),
        (b"loss\n\xff\n", "h.csv", "This is not a text file in UTF-8"),
        ("loss\n1\n", "h.pkl", "This format can run code when it is opened"),
        (
            "a,b\n1,2\n",
            "h.csv",
            "No training curves were found (columns: 'a', 'b'). Exp",
        ),
        (
            "loss,accuracy\n",
            "h.csv",
            "No training curves were found (columns: 'loss', ",
        ),
        ("loss\nhigh\n", "h.csv", "Column `loss` is not all numbers (Unable to parse"),
        ("", "h.csv", "This file is empty."),
        ("{", "h.json", "This is not a history in JSON (Expecting"),
        ("[" * 100_000, "h.json", "This is not a history in JSON ("),
        (
            '{"loss": [1, 2], "accuracy": [1]}',
            "h.json",
            "This is not a history in JSON (",
        ),
        ('{"loss": [[1], [2]]}', "h.json", "Column `loss` is not all numbers"),
        ('{"lss": [1]}', "h.json", "No training curves were found (columns: 'lss')"),
        ("7", "h.json", "This is not a history in JSON ("),
        ("null", "h.json", "This is not a history in JSON (it is neither a dict nor"),
        ("[1, 2]", "h.json", "This is not a history in JSON (it is neither a dict nor"),
        ("{}", "h.json", "No training curves were found (columns: none)"),
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


REST = "Expected: a row per epoch with `epoch`, `loss`"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        # Experiments: a row per method and seed.
        (
            "dataset,method,seed,train_acc,test_acc\n"
            "digits,erm,1,0.81,0.33\ndigits,irm,1,0.79,0.35\ndigits,erm,2,0.8,0.3\n",
            "its rows differ in `method`, so they are not epochs",
        ),
        (
            "seed,train_acc,test_acc\n7,0.81,0.33\n2,0.79,0.35\n5,0.8,0.3\n",
            "its rows differ in `seed`, so they are not epochs",
        ),
        # One model at many thresholds.
        (
            "threshold,coverage,accuracy\n0.0,1,0.8\n0.25,0.9,0.85\n0.5,0.6,0.9\n",
            "its rows differ in `threshold`, so they are not epochs",
        ),
        (
            "sigma,loss,accuracy\n0,0.4,0.8\n10,0.6,0.7\n20,0.9,0.6\n",
            "its rows differ in `sigma`, so they are not epochs",
        ),
        # Formulas by symbolic regression.
        (
            "Complexity,Loss,Equation\n1,0.9,x0\n3,0.5,x0 + 1.2\n4,0.1,sin(x1)\n",
            "its rows differ in `Complexity`, so they are not epochs",
        ),
        # A form to be filled in, a row per method.
        (
            "approach,loss,val_loss\nours,,\ntheirs,,\n",
            "its rows differ in `approach`, so they are not epochs",
        ),
        # A setting that is called epochs counts nothing.
        (
            "optimizer,epochs,loss,accuracy\nadam,10,0.4,0.8\nsgd,10,0.6,0.7\n",
            "its rows differ in `optimizer`, so they are not epochs",
        ),
    ],
)
def test_rows_that_are_not_epochs_are_refused(write, content, reason):
    path = write(content, "results.csv")
    with pytest.raises(InputError) as refused:
        read_history(path)
    line = str(refused.value)
    assert line.startswith(
        f"{path}: This has no column of epochs or steps, and {reason}"
    )
    assert REST in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "content",
    [
        # What pandas writes of Keras' `History.history`.
        ",loss,accuracy\n0,0.9,0.5\n1,0.7,0.6\n2,0.6,0.7\n",
        "loss,accuracy\n0.9,0.5\n0.7,0.6\n0.6,0.7\n",
        "date,loss,accuracy\nMon,0.9,0.5\nTue,0.7,0.6\nWed,0.6,0.7\n",
        "time,loss,accuracy\n10,0.9,0.5\n20,0.7,0.6\n30,0.6,0.7\n",
        "device,loss,accuracy\ncuda,0.9,0.5\ncuda,0.7,0.6\ncuda,0.6,0.7\n",
        "best,loss,accuracy\nTrue,0.9,0.5\nFalse,0.7,0.6\nTrue,0.6,0.7\n",
        # With epochs, a setting that changes is one of a schedule.
        "epoch,temperature,loss,accuracy\n1,1,0.9,0.5\n2,0.5,0.7,0.6\n3,0.2,0.6,0.7\n",
    ],
)
def test_rows_that_may_be_epochs_are_read(write, content):
    table = read_history(write(content, "log.csv"))
    assert table["loss"].tolist() == [0.9, 0.7, 0.6]
    assert table["accuracy"].tolist() == [0.5, 0.6, 0.7]


def test_a_metric_that_was_measured_once_is_no_curve(write):
    path = write("accuracy,f1\n0.73,0.7\n", "metrics.csv")
    with pytest.raises(InputError, match="`accuracy` was logged once, and no loss"):
        read_history(path)


def test_one_epoch_of_a_training_is_read(write):
    table = read_history(write("loss,accuracy\n0.9,0.5\n", "log.csv"))
    assert table["accuracy"].tolist() == [0.5]


def test_top_1_beside_epochs_and_losses_is_a_curve_not_a_prediction(write):
    path = write(
        "epoch,train_loss,train_top1,eval_loss,eval_top1,eval_top5\n"
        "0,1.4,34.0,1.5,27.5,90\n1,1.2,41.0,1.3,35.0,95\n",
        "summary.csv",
    )
    assert is_history(path)
    table = read_history(path)
    assert table["accuracy"].tolist() == [0.34, 0.41]
    assert table["val_accuracy"].tolist() == [0.275, 0.35]


def test_losses_of_images_in_an_epoch_stay_predictions(write):
    path = write("image,epoch,loss,y_pred\na.jpg,3,0.1,cat\n", "images.csv")
    assert not is_history(path)


def test_a_script_that_is_run_again_is_another_training(write):
    # The third time it went on from a checkpoint: the loss stays where it was.
    path = write(
        "epoch,loss,val_loss\n0,2.0,2.1\n1,1.0,1.3\n2,0.4,1.1\n"
        "0,1.9,2.0\n1,0.8,1.2\n0,0.7,1.1\n1,0.5,1.0\n",
        "log.csv",
    )
    found = read_curves(path)
    assert found.table["loss"].tolist() == [1.9, 0.8, 0.7, 0.5]
    assert found.table["epoch"].tolist() == [1, 2, 3, 4]
    assert "The last one is read, and what was logged before" in found.notes[0]
    assert found.notes[1].startswith("The epochs begin again once")


def test_a_training_that_had_learned_nothing_goes_on(write):
    path = write("epoch,loss\n0,2.00\n1,1.99\n0,2.01\n1,1.50\n", "log.csv")
    assert read_curves(path).table["loss"].tolist() == [2, 1.99, 2.01, 1.5]


def test_the_line_that_sums_up_a_training_is_no_epoch(write):
    lines = [
        {"step": 10, "epoch": 0.5, "loss": 1.5, "learning_rate": 0.1},
        {"step": 20, "epoch": 1.0, "loss": 1.0, "learning_rate": 0.1},
        {"step": 20, "epoch": 1.0, "eval_loss": 1.2, "eval_runtime": 3},
        {"step": 40, "epoch": 2.0, "loss": 0.5, "learning_rate": 0.1},
        {"step": 40, "epoch": 2.0, "eval_loss": 1.1, "eval_runtime": 3},
        {"step": 40, "epoch": 2.0, "train_runtime": 60.0, "train_loss": 0.9},
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    table = read_history(write(text, "metrics.jsonl"))
    assert table["loss"].tolist() == [1.25, 0.5]
    assert table["val_loss"].tolist() == [1.2, 1.1]
