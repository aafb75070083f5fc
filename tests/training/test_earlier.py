"""Weights of earlier epochs: which are kept, and what they predict."""

import shutil

import numpy as np
import pandas as pd
import pytest
from later import Later

from hirise.__main__ import run as hirise
from hirise.errors import InputError
from hirise.predictions import read_predictions
from hirise.progress import Progress
from hirise.remedies.weights import earlier_epoch
from hirise.runs import list_runs, read_run
from hirise.runs.epochs import best_epochs, epoch_path, stored_epochs
from hirise.runs.manage import reopen_run
from hirise.training.resume import plan_of, resume
from hirise.training.session import train

predict_earlier = Later("hirise.training.other_weights", "predict_earlier")

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def last(make_small_plan, shared_cache, tmp_path_factory):
    """Five epochs, of which the last is kept; not to be changed."""
    plan = make_small_plan(epochs="5", select_by="last", learning_rate="0.02")
    return train(plan, artifacts=tmp_path_factory.mktemp("artifacts"))


def test_the_best_epochs_are_kept_beside_the_evaluated_one(last):
    best = set(best_epochs(last.history()).values())
    assert last.info.epoch == 5
    assert set(stored_epochs(last)) == best - {5}
    assert stored_epochs(last)


def test_the_best_are_the_first_of_equals_and_nan_is_none():
    history = pd.DataFrame(
        {
            "epoch": [1, 2, 3],
            "val_macro_f1": [0.2, 0.4, 0.4],
            "val_balanced_accuracy": [np.nan, np.nan, np.nan],
            "val_loss": [0.9, np.nan, 0.7],
        }
    )
    assert best_epochs(history) == {"macro_f1": 2, "loss": 3}


def test_an_earlier_epoch_predicts_what_it_did_then(last, tmp_path):
    epoch = stored_epochs(last)[0]
    run = predict_earlier(last, epoch, artifacts=tmp_path / "artifacts")
    then = last.history().set_index("epoch").loc[epoch]
    found = read_predictions(run.predictions_path("val"))
    right = found.y_true == found.y_pred
    assert right.mean() == pytest.approx(then["val_accuracy"])
    chance = found.proba[np.arange(len(found)), found.y_true]
    assert -np.log(chance).mean() == pytest.approx(then["val_loss"], rel=1e-4)
    assert run.splits() == last.splits()
    assert (run.info.status, run.info.epoch) == ("finished", epoch)
    assert run.info.parent == last.info.id


def test_the_command_keeps_a_new_run_with_the_proof(last, capsys):
    epoch, artifacts = stored_epochs(last)[0], last.folder.parent
    words = ["--remedy", "earlier-checkpoint", "--epoch", str(epoch)]
    assert hirise(["cure", last.info.id, *words, "--artifacts", str(artifacts)]) == 0
    out = capsys.readouterr().out
    made = list_runs(artifacts).runs[0]
    assert f"Epoch {epoch} instead of epoch 5." in out
    assert f"Kept as {made.info.id}" in out
    assert "macro-F1" in out.lower().replace("f1", "F1")
    shutil.rmtree(made.folder)


def test_refusals_are_one_line(last, trained, tmp_path):
    with pytest.raises(InputError, match=r"does not keep epoch 77\. Kept are: "):
        earlier_epoch(last, 77)
    with pytest.raises(InputError, match="already come from epoch 5"):
        earlier_epoch(last, 5)
    copy = tmp_path / last.info.id
    shutil.copytree(last.folder, copy, ignore=shutil.ignore_patterns("epochs"))
    with pytest.raises(InputError, match="keeps no weights of earlier epochs"):
        earlier_epoch(read_run(copy), 1)
    best = best_epochs(trained.history())["macro_f1"]
    with pytest.raises(InputError, match=f"{best}, the best on val by macro-F1, so"):
        earlier_epoch(trained)


def test_a_broken_file_is_one_line(last, folder, tmp_path):
    copy = tmp_path / "artifacts" / last.info.id
    shutil.copytree(last.folder, copy)
    epoch = stored_epochs(last)[0]
    path = epoch_path(copy, epoch)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match="cannot be read"):
        predict_earlier(read_run(copy), epoch, artifacts=tmp_path, data=folder)


def test_the_others_refuse_to_go_along(last, capsys):
    base = ["cure", last.info.id, "--artifacts", str(last.folder.parent)]
    for more, message in (
        (["--epoch", "1"], "belongs to earlier-checkpoint"),
        (
            ["--remedy", "earlier-checkpoint", "--remedy", "thresholds"],
            "cannot be combined",
        ),
        (["--remedy", "earlier-checkpoint", "--tau", "1"], "Leave them away"),
    ):
        assert hirise([*base, *more]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("batches", [5, 17])
def test_a_resumed_training_keeps_the_same_epochs(
    make_small_plan, last, tmp_path, batches
):
    class Stopper(Progress):
        left = batches

        def show(self, done, total):
            if done > self.left:
                raise KeyboardInterrupt

    plan = make_small_plan(epochs="5", select_by="last", learning_rate="0.02")
    with pytest.raises(KeyboardInterrupt):
        train(plan, artifacts=tmp_path, progress=Stopper())
    (run,) = list_runs(tmp_path).runs
    with (run.folder / "history.csv").open("a") as file:
        file.write("5,0,1,1,1,0,1,1,1,0.1,1\n")
    run = resume(plan_of(run), reopen_run(run.folder))
    assert stored_epochs(run) == stored_epochs(last)
    for epoch in stored_epochs(last):
        paths = [epoch_path(each.folder, epoch) for each in (run, last)]
        with np.load(paths[0]) as one, np.load(paths[1]) as two:
            assert all(np.array_equal(one[name], two[name]) for name in two.files)
