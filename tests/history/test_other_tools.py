"""Tables and documents as other tools write them, with numbers of our own."""

import json
import math

import pytest

from hirise.diagnosis import diagnose
from hirise.errors import InputError
from hirise.history import is_history, read_curves


@pytest.fixture
def read(tmp_path):
    def read(content, name="log.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text)
        return read_curves(path)

    return read


LIGHTNING = (
    "epoch,step,train_loss,val_accuracy,val_loss\n"
    "0,49,0.75,,\n0,99,0.25,,\n0,99,,0.875,0.5\n"
    "1,149,0.125,,\n1,199,0.0625,,\n1,199,,0.9375,0.25\n"
)


def test_rows_of_one_epoch_are_one_epoch(read):
    found = read(LIGHTNING)
    assert found.table.to_dict("list") == {
        "epoch": [1, 2],
        "loss": [0.5, 0.09375],  # means of .75 and .25, and of .125 and .0625
        "val_accuracy": [0.875, 0.9375],
        "val_loss": [0.5, 0.25],
    }
    assert found.notes == (
        "loss: logged more often than once per epoch. The mean over each epoch is "
        "used.",
    )


def test_a_blank_is_no_nan(read, tmp_path):
    # Batches are logged every 50 steps, and the last epoch has none of those.
    found = read(LIGHTNING + "2,299,,0.96875,0.2\n")
    assert math.isnan(found.table["loss"].iloc[-1])
    diagnosis = diagnose(tmp_path / "log.csv")
    assert (diagnosis.findings, diagnosis.causes) == ((), ())


def test_a_nan_that_was_written_out_is_one(read, tmp_path):
    found = read(LIGHTNING + "2,249,nan,,\n2,299,,0.5,nan\n")
    assert found.table["loss"].tolist() == [0.5, 0.09375, math.inf]
    assert diagnose(tmp_path / "log.csv").findings[0].code == "HR405"


def test_nan_between_numbers_is_a_gap(read, tmp_path):
    found = read("epoch,loss,val_loss\n0,2,1\n1,1.5,nan\n2,1,0.5\n3,.9,nan\n")
    assert found.table["val_loss"].isna().tolist() == [False, True, False, True]
    assert diagnose(tmp_path / "log.csv").findings == ()


def test_rows_of_learning_rates_have_no_epoch(read):
    text = "lr-Adam,step,epoch,train_loss\n0.5,0,,\n,49,0,2\n0.25,100,,\n,149,1,1\n"
    found = read(text)
    assert found.table.to_dict("list") == {
        "epoch": [1, 2],
        "learning_rate": [0.5, 0.25],
        "loss": [2, 1],
    }


def test_one_epoch_of_many_steps_is_one_epoch(read):
    assert read("epoch,step,train_loss\n0,9,3\n0,19,1\n").table["loss"].tolist() == [2]


def test_many_rows_per_epoch_are_averaged_without_a_step_too(read):
    text = "epoch,loss\n0,4\n0,2\n1,1\n1,0.5\n"
    assert read(text).table["loss"].tolist() == [3, 0.75]


TRAINER = {
    "best_metric": 0.25,
    "log_history": [
        {"epoch": 0, "eval_loss": 9.0, "eval_accuracy": 0.1, "step": 0},
        {"epoch": 0.5, "loss": 1.0, "learning_rate": 0.5, "step": 10},
        {"epoch": 1.0, "loss": 0.5, "learning_rate": 0.25, "step": 20},
        {"epoch": 1.0, "eval_loss": 0.5, "eval_accuracy": 0.75, "step": 20},
        {"epoch": 1.5, "loss": 0.25, "learning_rate": 0.125, "step": 30},
        {"epoch": 2.0, "eval_loss": 0.25, "eval_accuracy": 0.875, "step": 40},
        {"epoch": 2.0, "train_loss": 0.6, "train_runtime": 9.0, "step": 40},
    ],
}


def test_log_history_of_a_trainer(read):
    found = read(TRAINER, "trainer_state.json")
    assert found.table.to_dict("list") == {
        "epoch": [1, 2],
        "val_loss": [0.5, 0.25],
        "val_accuracy": [0.75, 0.875],
        "loss": [0.75, 0.25],  # what sums up the whole training is no epoch of it
        "learning_rate": [0.375, 0.125],
    }
    assert found.notes[0] == (
        "Values of epoch 0, measured before training, are left out."
    )


def test_top1_of_ultralytics_is_of_validation(read):
    text = (
        "                  epoch,   train/loss,  metrics/accuracy_top1,   val/loss\n"
        "                      1,          0.5,                   0.25,        1.5\n"
        "                      2,         0.25,                   0.25,          2\n"
    )
    assert read(text, "results.csv").sources == {
        "loss": "train/loss",
        "val_accuracy": "metrics/accuracy_top1",
        "val_loss": "val/loss",
    }


def test_timm_counts_in_per_cent(read):
    text = "epoch,train_loss,eval_loss,eval_top1,eval_top5,lr\n"
    text += "0,2,1.5,0.5,5,1\n1,1,1,75,99,1\n"
    found = read(text, "summary.csv")
    assert found.table["val_accuracy"].tolist() == [0.005, 0.75]
    assert "val_accuracy: in per cent." in found.notes


@pytest.mark.parametrize(
    ("values", "fractions", "noted"),
    [
        ([0.5, 1.0], [0.5, 1.0], False),
        ([0.5, 1.0000002], [0.5, 1.0000002], False),
        ([50, 100], [0.5, 1.0], True),
        (["50%", "75%"], [0.5, 0.75], False),
        (["0.5%", "0.75%"], [0.005, 0.0075], False),
    ],
)
def test_fractions_and_per_cent(read, values, fractions, noted):
    found = read("loss,acc\n" + "".join(f"1,{value}\n" for value in values))
    assert found.table["accuracy"].tolist() == pytest.approx(fractions)
    assert bool(found.notes) == noted


def test_a_number_of_images_is_no_accuracy(read):
    found = read("loss,acc\n1,480\n.5,512\n")
    assert "accuracy" not in found.table
    assert found.left_aside == ("acc",)
    assert found.notes == ("accuracy goes up to 512, so it is ignored.",)


def test_accuracy_of_fastai_is_of_validation(read):
    text = "epoch,train_loss,valid_loss,accuracy,time\n"
    text += "0,2,1,0.5,00:12\n1,1,0.5,0.75,00:12\n"
    found = read(text, "history.csv")
    assert found.table["val_accuracy"].tolist() == [0.5, 0.75]
    assert "accuracy" not in found.table
    assert found.notes == (
        "`accuracy` is read as a validation curve, since the names of both losses "
        "tell their split.",
    )


def test_an_error_rate_tells_the_accuracy(read):
    found = read("epoch,train_loss,valid_loss,error_rate\n0,2,1,0.25\n1,1,0.5,0.125\n")
    assert found.table["val_accuracy"].tolist() == [0.75, 0.875]
    assert found.sources["val_accuracy"] == "error_rate"
    both = read("loss,error_rate,accuracy\n1,0.25,0.7\n")
    assert both.table["accuracy"].tolist() == [0.7]


def test_plural_names(read):
    history = {
        "train_losses": [2, 1],
        "val_losses": [2, 1.5],
        "train_accuracies": [0.5, 0.75],
        "val_accs": [0.5, 0.625],
    }
    assert read(history, "metrics.json").sources == {
        "loss": "train_losses",
        "val_loss": "val_losses",
        "accuracy": "train_accuracies",
        "val_accuracy": "val_accs",
    }


@pytest.mark.parametrize(
    "document",
    [
        {"train": {"loss": [2, 1]}, "val": {"loss": [3, 2]}},
        {"config": {"lr": 0.1}, "history": {"train_loss": [2, 1], "val_loss": [3, 2]}},
        {"model": "small", "results": {"loss": [2, 1], "val_loss": [3, 2]}},
        {"epochs": [{"loss": 2, "val_loss": 3}, {"loss": 1, "val_loss": 2}]},
        {"1": {"loss": 2, "val_loss": 3}, "2": {"loss": 1, "val_loss": 2}},
        [
            {"train": {"loss": 2}, "val": {"loss": 3}},
            {"train": {"loss": 1}, "val": {"loss": 2}},
        ],
        '{"loss": 2, "val_loss": 3}\n{"loss": 1, "val_loss": 2}\n',
        {"loss": [2, 1], "val_loss": [3, 2], "confusion": [[1, 2, 3]]},
    ],
)
def test_forms_of_json(read, document):
    table = read(document, "history.json").table
    assert table[["loss", "val_loss"]].to_numpy().tolist() == [[2, 3], [1, 2]]


def test_a_log_of_one_dict_per_line_may_be_a_text(read):
    text = '{"train_loss": 2, "test_acc1": 50, "epoch": 0}\n'
    text += '{"train_loss": 1, "test_acc1": 75, "epoch": 1}\n'
    found = read(text, "log.txt")
    assert found.table["val_accuracy"].tolist() == [0.5, 0.75]


def test_losses_of_batches_beside_those_of_epochs(read):
    history = {"train_losses": [4, 2, 2, 1, 1, 0.5], "val_losses": [3, 2, 1]}
    found = read(history, "history.json")
    assert found.table["loss"].tolist() == [3, 1.5, 0.75]
    assert found.table["val_loss"].tolist() == [3, 2, 1]


def test_several_models_in_one_document_are_refused(read):
    curves = {"loss": [1, 2]}
    with pytest.raises(InputError, match=r"curves of 2 trainings \(small, large\)"):
        read({"small": curves, "large": curves}, "history.json")


def test_a_column_may_tell_the_split(read):
    text = "epoch,phase,loss,acc\n0,train,2,0.5\n0,val,3,0.25\n"
    text += "1,train,1,0.75\n1,val,2,0.5\n"
    assert read(text).table.to_dict("list") == {
        "epoch": [1, 2],
        "loss": [2, 1],
        "accuracy": [0.5, 0.75],
        "val_loss": [3, 2],
        "val_accuracy": [0.25, 0.5],
    }


def test_epochs_may_begin_late_and_leave_gaps(read):
    found = read("epoch,loss\n10,2\n15,1\n20,0.5\n")
    assert found.table["epoch"].tolist() == [10, 15, 20]
    assert found.notes == ("The first epoch that was logged is 10.",)


def test_a_history_of_weights_and_biases(read):
    text = (
        ",_step,epoch,train/loss,val/acc,_timestamp\n"
        "0,0,0,4,,1.7e9\n1,1,0,2,,1.7e9\n2,2,0,,0.5,1.7e9\n"
        "3,3,1,1,,1.7e9\n4,4,1,,0.75,1.7e9\n"
    )
    found = read(text)
    assert found.table["loss"].tolist() == [3, 1]
    assert found.table["val_accuracy"].tolist() == [0.5, 0.75]


EXPORT = '"Step","{0} - val_loss","{0} - val_loss__MIN","{0} - val_loss__MAX"{1}\n'


def test_an_export_of_one_run(read):
    text = EXPORT.format("run-a", "") + '"10","2","2","2"\n"20","1","1","1"\n'
    assert read(text).table["val_loss"].tolist() == [2, 1]


def test_an_export_of_several_runs_is_refused(read):
    text = EXPORT.format("run-a", ',"run-b - val_loss"') + '"10","2","2","2","3"\n'
    with pytest.raises(InputError) as refused:
        read(text)
    assert str(refused.value).endswith(
        "This file holds curves of 2 trainings (run-a, run-b). Save the curves of one "
        "of them."
    )


def test_a_table_of_runs_is_refused(read):
    text = "Name,State,epoch,val_loss,val_accuracy\n"
    text += "".join(f"run-{i},finished,{20 + i},0.{i + 1},0.9\n" for i in range(4))
    with pytest.raises(InputError) as refused:
        read(text)
    assert str(refused.value).endswith(
        "This is a table of 4 runs (Name: run-0, run-1, …), not of epochs. Give the "
        "curves of one run: a row per epoch."
    )


def test_exports_without_a_curve_are_no_predictions(tmp_path):
    path = tmp_path / "export.csv"
    for header in ("Name,State,reward", "Step,a - reward,a - reward__MIN"):
        path.write_text(f"{header}\n1,2,3\n")
        assert is_history(path)


def test_runs_below_one_another_are_refused(read):
    with pytest.raises(InputError, match=r"curves of 2 trainings \(a, b\)"):
        read("model,epoch,loss\na,0,2\na,1,1\nb,0,2\nb,1,1\n")
    assert len(read("model,epoch,loss\na,0,2\na,1,1\n").table) == 2


def test_binary_accuracy_is_one_with_two_classes_only(read):
    found = read({"loss": [0.5], "val_binary_accuracy": [0.8]}, "history.json")
    assert found.with_classes(2) is found
    assert list(found.with_classes(5).table) == ["epoch", "loss", "val_binary_accuracy"]
    assert "with 5 classes" in found.with_classes(5).notes[0]


def test_a_loss_that_pandas_wrote_as_blank_at_the_end_is_lost(read):
    found = read("epoch,loss,acc,val_loss\n0,2,0.5,1\n1,,0.1,\n2,,0.1,\n")
    assert found.table["loss"].tolist() == [2, math.inf, math.inf]
    assert math.isnan(found.table["val_loss"].iloc[-1])
    assert found.notes == (
        "loss is missing from epoch 2 on, where accuracy is not. It is read as NaN "
        "from then on.",
    )
    once = read("epoch,loss,acc\n0,2,0.5\n1,1,0.6\n2,,0.7\n")
    assert math.isnan(once.table["loss"].iloc[-1])
    gaps = read("epoch,loss,acc\n0,,0.5\n1,1,0.6\n2,,0.7\n3,,0.7\n")
    assert gaps.table["loss"].isna().tolist() == [True, False, True, True]
