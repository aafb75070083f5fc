"""A training that was stopped goes on to what an uninterrupted one comes to."""

import errno
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from later import Later

from hirise.errors import InputError
from hirise.progress import Progress
from hirise.recipes import Recipe, from_dict, to_dict
from hirise.runs import list_runs, read_run
from hirise.runs.manage import CHECKPOINT, reopen_run
from hirise.training.resume import plan_of, resume
from hirise.training.session import train

checkpoints = Later("hirise.training.checkpoints")
read_checkpoint = Later("hirise.training.checkpoints", "read_checkpoint")
settings_mark = Later("hirise.training.checkpoints", "settings_mark")


# Keras reads its variables in a way that NumPy 2 announces the end of.
pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]


class Stopper(Progress):
    """Interrupts in the batch after so many."""

    def __init__(self, batches):
        super().__init__()
        self.left = batches

    def show(self, done, total):
        # Images are read before, which counts too.
        if self.status.step.startswith("Epoch") and done > self.left:
            raise KeyboardInterrupt


def stopped(plan, artifacts, *, batches):
    with pytest.raises(KeyboardInterrupt):
        train(plan, artifacts=artifacts, progress=Stopper(batches))
    return list_runs(artifacts).runs[0]


def go_on(run):
    return resume(plan_of(run), reopen_run(run.folder))


def assert_same(one, two):
    """Same history, predictions and spread of labels, to the last bit."""
    for read in (lambda r: r.history().drop(columns="seconds"), predicted):
        pd.testing.assert_frame_equal(read(one), read(two), check_exact=True)
    for split in ("val", "test"):
        pd.testing.assert_frame_equal(
            pd.read_parquet(one.predictions_path(split)),
            pd.read_parquet(two.predictions_path(split)),
            check_exact=True,
        )
    assert one.info.epoch == two.info.epoch


def predicted(run):
    return run.predicted_counts()


@pytest.fixture(scope="module")
def interrupted(make_small_plan, shared_cache, tmp_path_factory):
    """A run stopped in its second epoch, of 4 batches each; not to be changed."""
    artifacts = tmp_path_factory.mktemp("artifacts")
    return stopped(make_small_plan(), artifacts, batches=6)


@pytest.fixture
def copied(interrupted, folder, tmp_path):
    """`interrupted` with its images and folder, free to be changed."""
    data = shutil.copytree(folder, tmp_path / "data")
    artifacts = tmp_path / "artifacts"
    place = shutil.copytree(interrupted.folder, artifacts / interrupted.info.id)
    document = json.loads((place / "run.json").read_text())
    document["dataset"]["path"] = str(data)
    (place / "run.json").write_text(json.dumps(document))
    return read_run(place)


def edit(run, change):
    document = json.loads((run.folder / "run.json").read_text())
    change(document)
    (run.folder / "run.json").write_text(json.dumps(document))
    return read_run(run.folder)


def test_a_resumed_training_goes_on_in_the_same_folder_to_the_same_bits(
    copied, trained
):
    assert (copied.info.status, len(copied.history())) == ("interrupted", 1)
    assert (copied.folder / CHECKPOINT).is_file()
    seen = []

    class Watcher(Progress):
        def tell(self, message):
            run = read_run(copied.folder)
            seen.append((run.info.status, len(run.history())))

    run = resume(plan_of(copied), reopen_run(copied.folder), progress=Watcher())
    assert seen == [("training", 2), ("training", 3)]
    assert (run.info.status, run.info.id) == ("finished", copied.info.id)
    assert run.info.seconds >= run.history()["seconds"].iloc[0]
    assert_same(run, trained)
    left = {path.name for path in run.folder.iterdir()}
    assert not left & {CHECKPOINT, "heartbeat", "progress.json"}


@pytest.mark.slow
def test_dropout_and_patience_go_on_too(make_small_plan, tmp_path):
    settings = {"epochs": "5", "patience": "2", "dropout": "0.5"}
    plan = make_small_plan(**settings, select_by="accuracy")
    whole = train(plan, artifacts=tmp_path / "whole")
    steps = 4 * (len(whole.history()) - 1)
    run = stopped(plan, tmp_path / "parts", batches=steps + 1)
    assert_same(go_on(run), whole)


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"balanced_batches": "yes", "loss": "focal"},
        {"class_weights": "inverse", "output_bias": "log-shares", "schedule": "warmup"},
        {"loss": "logit-adjusted", "label_smoothing": "0"},
    ],
)
def test_remedies_go_on_too(make_small_plan, tmp_path, settings):
    plan = make_small_plan(**settings)
    whole = train(plan, artifacts=tmp_path / "whole")
    run = stopped(plan, tmp_path / "parts", batches=6)
    assert_same(go_on(run), whole)


@pytest.mark.slow
def test_the_last_epoch_may_be_what_is_wanted(make_small_plan, tmp_path):
    plan = make_small_plan(recipe="blog", epochs="2", dense="8")
    whole = train(plan, artifacts=tmp_path / "whole")
    run = stopped(plan, tmp_path / "parts", batches=5)
    assert_same(go_on(run), whole)


@pytest.mark.slow
def test_a_kill_before_the_first_epoch_ends_begins_anew(
    make_small_plan, trained, tmp_path
):
    run = stopped(make_small_plan(), tmp_path, batches=1)
    assert read_checkpoint(run.folder).epoch == 0
    assert_same(go_on(run), trained)


@pytest.mark.slow
def test_an_epoch_that_the_checkpoint_lacks_is_done_again(copied, trained):
    with (copied.folder / "history.csv").open("a") as file:
        file.write("2,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.1,1\n3,0.")
    with (copied.folder / "predicted_counts.csv").open("a") as file:
        file.write("2,train,other,7\n2,tra")
    (copied.folder / ".tmp-1-model.keras").write_bytes(b"half")
    run = go_on(copied)
    assert_same(run, trained)
    assert not list(run.folder.glob(".tmp-*"))


@pytest.mark.slow
def test_a_kill_after_the_last_epoch_trains_no_more(
    make_small_plan, trained, tmp_path, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr(checkpoints.EpochKeeper, "on_train_end", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(make_small_plan(), artifacts=tmp_path)
    (run,) = list_runs(tmp_path).runs
    assert read_checkpoint(run.folder).epoch == 3
    assert_same(go_on(run), trained)


def _interrupt(self, logs=None):
    raise KeyboardInterrupt


@pytest.mark.slow
def test_a_disk_that_fills_up_fails_in_one_line_and_goes_on_when_it_is_free(
    make_small_plan, trained, tmp_path, monkeypatch
):
    written, savez = [], np.savez

    def full(file, **arrays):
        if isinstance(file, Path):  # an epoch's weights
            savez(file, **arrays)
            return
        written.append(file)
        if len(written) == 3:  # at the end of the second epoch, in mid-file
            file.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        savez(file, **arrays)

    with monkeypatch.context() as patched:
        patched.setattr("hirise.training.checkpoints.np.savez", full)
        with pytest.raises(InputError, match="No space left") as caught:
            train(make_small_plan(), artifacts=tmp_path)
    assert "\n" not in str(caught.value)
    (run,) = list_runs(tmp_path).runs
    assert (run.info.status, len(run.history())) == ("failed", 2)
    assert read_checkpoint(run.folder).epoch == 1
    assert not list(run.folder.glob(".tmp-*"))
    assert_same(go_on(run), trained)


def test_settings_that_a_later_version_knows_do_not_hinder(make_small_plan):
    plan = make_small_plan()
    assert settings_mark(plan) != settings_mark(make_small_plan(learning_rate="0.5"))
    assert settings_mark(plan) != settings_mark(make_small_plan(seed=1))
    old = {k: v for k, v in to_dict(plan.recipe).items() if k != "batch_norm"}
    usual = replace(plan.recipe, batch_norm=Recipe(name="").batch_norm)
    assert settings_mark(replace(plan, recipe=from_dict(old))) == settings_mark(
        replace(plan, recipe=usual)
    )


def test_a_finished_or_running_run_is_refused(trained, interrupted, copied):
    with pytest.raises(InputError, match=r"is finished\. There is nothing to resume"):
        plan_of(trained)
    writer = reopen_run(copied.folder)
    with pytest.raises(InputError, match="still training"):
        reopen_run(copied.folder)
    with pytest.raises(InputError, match="still training"):
        plan_of(writer.read())


def test_changed_settings_are_refused(copied):
    run = edit(copied, lambda d: d["recipe"].update(learning_rate=0.5))
    with pytest.raises(InputError, match=r"settings in run\.json have changed"):
        go_on(run)
    assert len(read_run(run.folder).history()) == 1


def test_images_that_are_gone_or_changed_are_refused(copied, tmp_path):
    labels = tmp_path / "data" / "labels-map-proj-v3.txt"
    text = labels.read_text()
    labels.write_text(text.replace(" 0\n", " 1\n", 1))
    with pytest.raises(InputError, match="changed since it was trained"):
        plan_of(copied)
    labels.write_text(text)
    shutil.rmtree(tmp_path / "data")
    with pytest.raises(InputError, match="its images are gone"):
        plan_of(copied)


def test_a_split_that_is_gone_or_changed_is_refused(copied, tmp_path):
    kept = copied.catalog()
    file = tmp_path / "mine.csv"
    kept[["image", "split"]].to_csv(file, index=False)
    run = edit(copied, lambda d: d["dataset"].update(split=str(file)))
    assert plan_of(run).split_name == str(file)
    sides = np.where(kept["split"] == "train", "val", "train")
    kept.assign(split=sides)[["image", "split"]].to_csv(file, index=False)
    with pytest.raises(InputError, match=r"the split .* changed"):
        plan_of(run)
    file.unlink()
    with pytest.raises(InputError, match="its split is gone"):
        plan_of(run)


def test_a_broken_or_missing_checkpoint_is_one_line(copied):
    path = copied.folder / CHECKPOINT
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match="is not a checkpoint"):
        go_on(copied)
    path.unlink()
    with pytest.raises(InputError, match=r"has no checkpoint\.npz"):
        plan_of(read_run(copied.folder))
