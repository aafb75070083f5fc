"""Folders that other tools make, read as a whole."""

import json

import pytest

from hirise.actions.check import CheckRequest
from hirise.actions.check import check as check_source
from hirise.diagnosis import evidence_of
from hirise.errors import InputError
from hirise.history import is_history, read_curves
from hirise.importing import import_file, kind_of

LIGHTNING = "epoch,step,val_accuracy\n0,99,0.875\n1,199,0.9375\n"
TRAINER = {
    "log_history": [
        {"epoch": 0.5, "loss": 1.0, "step": 10},
        {"epoch": 1.0, "eval_accuracy": 0.75, "step": 20},
        {"epoch": 1.5, "loss": 0.5, "step": 30},
        {"epoch": 2.0, "eval_accuracy": 0.875, "step": 40},
    ],
}
RESULTS = "epoch,train/loss,metrics/accuracy_top1,val/loss\n1,1,0.5,1\n2,0.5,0.75,0.5\n"
SUMMARY = "epoch,train_loss,eval_loss,eval_top1\n0,2,1,50\n1,1,0.5,75\n"


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


@pytest.mark.parametrize(
    ("name", "content", "val_accuracy"),
    [
        ("results.csv", RESULTS, [0.5, 0.75]),
        ("trainer_state.json", TRAINER, [0.75, 0.875]),
        ("checkpoint-40/trainer_state.json", TRAINER, [0.75, 0.875]),
        ("metrics.csv", LIGHTNING, [0.875, 0.9375]),
        ("lightning_logs/version_0/metrics.csv", LIGHTNING, [0.875, 0.9375]),
        ("classify/train/results.csv", RESULTS, [0.5, 0.75]),
        ("summary.csv", SUMMARY, [0.5, 0.75]),
        ("history.json", {"val_acc": [0.5, 0.75]}, [0.5, 0.75]),
    ],
)
def test_a_folder_is_known_by_its_curves(write, tmp_path, name, content, val_accuracy):
    write(f"run/{name}", content)
    folder = tmp_path / "run"
    assert is_history(folder)
    assert kind_of(folder) == "history"
    assert read_curves(folder).table["val_accuracy"].tolist() == val_accuracy
    run = import_file(folder, tmp_path / "artifacts")
    assert run.info.title == "run"
    assert run.history()["val_accuracy"].tolist() == val_accuracy
    checked = check_source(CheckRequest(str(folder)))
    assert checked.diagnosis.verdict.key == "undetermined"


def test_the_last_checkpoint_tells_all_epochs(write, tmp_path):
    early = {"log_history": TRAINER["log_history"][:2]}
    write("checkpoint-20/trainer_state.json", early)
    write("checkpoint-100/trainer_state.json", TRAINER)
    write("checkpoint-40/trainer_state.json", early)
    assert len(read_curves(tmp_path).table) == 2


def test_settings_are_told(write, tmp_path):
    write("results.csv", RESULTS)
    write(
        "args.yaml", "model: small.pt\nepochs: 20\ndata: /home/me\nnested:\n  lr: 1\n"
    )
    assert read_curves(tmp_path).notes == ("Settings: model small.pt, epochs 20.",)


def test_predictions_beside_the_curves_are_evaluated(write, tmp_path):
    write("run/results.csv", RESULTS)
    rows = "".join(f"{i}.jpg,{'ab'[i % 2]},a\n" for i in range(40))
    write("run/val_predictions.csv", "image,y_true,y_pred\n" + rows)
    evidence = evidence_of(tmp_path / "run")
    assert evidence.evaluation.metric("accuracy") == 0.5
    assert evidence.history["val_accuracy"].tolist() == [0.5, 0.75]
    run = import_file(tmp_path / "run", tmp_path / "artifacts")
    assert run.splits() == ("all",)
    assert run.history()["val_accuracy"].tolist() == [0.5, 0.75]
    write("run/test_predictions.csv", "image,y_true,y_pred\n" + rows)
    evidence = evidence_of(tmp_path / "run")
    assert evidence.evaluation is None
    assert evidence.notes[-1].startswith("2 files hold predictions (test_predictions")


def test_several_trainings_are_named(write, tmp_path):
    write("version_0/metrics.csv", LIGHTNING)
    write("version_1/metrics.csv", LIGHTNING)
    with pytest.raises(InputError) as refused:
        read_curves(tmp_path)
    assert str(refused.value).endswith(
        "This folder holds curves of 2 trainings (version_0, version_1). Give the "
        "folder of one of them."
    )


def test_event_files_of_another_training_are_not_left_aside(
    write, write_events, tmp_path
):
    write("version_0/metrics.csv", LIGHTNING)
    write_events("version_0/events.out.tfevents.1", {"val_loss": [1]})
    assert len(read_curves(tmp_path).table) == 2
    write_events("tb/version_0/events.out.tfevents.1", {"val_loss": [1]})
    with pytest.raises(InputError, match=r"2 trainings \(version_0, tb/version_0\)"):
        read_curves(tmp_path)


def test_other_tables_are_no_curves(write, tmp_path):
    write("summary.csv", "country,price\nMali,3\n")
    write("history.json", {"opened": ["a", "b"]})
    assert not is_history(tmp_path)
    write("history.json", "{")
    assert not is_history(tmp_path)


def test_a_run_of_hirise_is_none_of_another_tool(write, tmp_path):
    write("artifacts/my-run/run.json", {})
    write("artifacts/my-run/history.csv", "epoch,loss\n1,2\n")
    assert not is_history(tmp_path / "artifacts")
    assert not is_history(tmp_path / "artifacts" / "my-run")


def test_a_link_out_of_the_folder_is_refused(write, tmp_path):
    outside = write("results.csv", RESULTS)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "results.csv").symlink_to(outside)
    with pytest.raises(InputError, match="is a link that leaves the folder"):
        read_curves(tmp_path / "run")
