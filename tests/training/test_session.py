import json
import shutil

import numpy as np
import pandas as pd
import pytest
from later import Later

from hirise.errors import InputError
from hirise.metrics.metrics import classification_summary
from hirise.predictions import read_predictions
from hirise.progress import Progress
from hirise.recipes import Recipe
from hirise.runs import list_runs
from hirise.training.plan import make_plan
from hirise.training.session import train

keras = Later("keras")
fit = Later("hirise.training.fit")
recipe_recorder = Later("hirise.training.recipe_recorder")


TIMES = ["seconds"]
# Keras reads its variables in a way that NumPy 2 announces the end of.
pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]


def test_a_finished_run_holds_all_that_pages_read(trained, make_small_plan):
    plan, info = make_small_plan(), trained.info
    assert info.status == "finished"
    assert info.error is None
    assert info.class_names == ("other", "crater")
    assert info.recipe["name"] == "small-cnn"
    assert info.recipe["image_size"] == 32
    assert info.dataset["split"] == "landmark"
    assert info.dataset["fractions"] == [0.65, 0.15, 0.2]
    assert info.dataset["n_images"] == 96
    assert trained.dataset_path == plan.catalog.root
    assert {"keras", "numpy", "python"} <= set(info.versions)
    assert info.pid is None
    assert trained.splits() == ("val", "test")
    assert trained.progress() is None
    assert (trained.folder / "log.txt").read_text().count("val_loss=") == 3
    seen = trained.labels_seen()
    assert seen["image"].tolist() == plan.catalog.table["image"].tolist()
    assert seen["split"].tolist() == plan.splits.split.tolist()
    assert seen["label"].tolist() == plan.catalog.table["label"].tolist()
    assert trained.catalog()["split"].tolist() == plan.splits.split.tolist()


def test_a_run_tells_what_its_layers_did(trained):
    found = trained.activations()
    n_val = len(read_predictions(trained.predictions_path("val")))
    assert (found["split"], found["n_images"]) == ("val", n_val)
    assert (found["output"]["units"], found["output"]["n_labels"]) == (2, 2)
    assert found["loss"] == {"name": "CategoricalCrossentropy", "from_logits": True}
    assert 0 <= found["input"]["min"] < found["input"]["max"] <= 1
    assert len(found["layers"]) >= 3


def test_a_run_tells_the_input_of_both_splits(trained):
    found = trained.activations()
    assert set(found["inputs"]) == {"train", "val"}
    assert found["inputs"]["val"]["min"] == found["input"]["min"]
    assert found["batch_normalisation"]["layers"] > 0


def test_layers_are_measured_in_each_epoch(trained):
    stats = trained.layer_stats()
    assert sorted(stats["epoch"].unique()) == [1, 2, 3]
    first = stats[(stats["epoch"] == 1) & stats["weight_norm"].notna()]
    assert (first["update_median"] > 0).all()
    assert (first["gradient_median"] > 0).all()
    assert stats["dead_share"].dropna().between(0, 1).all()
    described = {layer["name"] for layer in trained.activations()["layers"]}
    assert described <= set(stats["layer"])


def test_both_modes_of_a_smoothed_loss_share_only_the_accuracy(trained):
    history = trained.history()
    # `small-cnn` smooths its labels, so that the loss of Keras compares with nothing.
    assert history["loss"].tolist() == history["inference_loss"].tolist()
    assert history["accuracy"].tolist() != history["inference_accuracy"].tolist()
    assert (
        history["val_accuracy"].tolist() == history["val_inference_accuracy"].tolist()
    )


@pytest.mark.parametrize(
    ("settings", "logged"),
    [
        ({}, ("loss", "accuracy")),
        ({"class_weights": "inverse"}, ("accuracy",)),
        ({"loss": "focal"}, ("accuracy",)),
        ({"balanced_batches": True}, ()),
    ],
)
def test_what_keras_logs_is_kept_where_it_compares(settings, logged):
    assert recipe_recorder.comparable(Recipe("any", **settings)) == logged


def test_each_epoch_is_recorded(trained):
    history, counts = trained.history(), trained.predicted_counts()
    assert history["epoch"].tolist() == [1, 2, 3]
    assert history.notna().all(axis=None)
    # The rate rises in the first epoch and has fallen to zero after the last.
    assert history["learning_rate"].iloc[0] == pytest.approx(2e-3)
    assert history["learning_rate"].iloc[-1] == pytest.approx(0)
    n_val = (trained.labels_seen()["split"] == "val").sum()
    of_val = counts[counts["split"] == "val"].groupby("epoch")["n"].sum()
    assert of_val.tolist() == [n_val] * 3
    assert counts["class_name"].unique().tolist() == ["other", "crater"]


def test_predictions_are_those_of_the_best_epoch(trained):
    history = trained.history().set_index("epoch")
    assert trained.info.epoch == history["val_macro_f1"].idxmax()
    val = read_predictions(trained.predictions_path("val"))
    summary = classification_summary(val.y_true, val.y_pred, 2)
    best = history.loc[trained.info.epoch]
    assert summary["macro_f1"] == pytest.approx(best["val_macro_f1"], abs=1e-12)
    assert summary["accuracy"] == pytest.approx(best["val_accuracy"], abs=1e-12)
    picked = val.proba[np.arange(len(val)), val.y_true]
    assert -np.log(picked).mean() == pytest.approx(best["val_loss"], rel=1e-6)
    np.testing.assert_allclose(val.proba.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert (val.group == [name[:-4] for name in val.image]).all()


def test_the_saved_model_predicts_the_same(trained, make_small_plan, shared_cache):
    plan = make_small_plan()
    decoded, plan = fit.load(plan)
    pixels = decoded.pixels
    table = plan.catalog.table.assign(split=plan.splits.split)
    model = keras.models.load_model(trained.folder / "model.keras")
    again = fit.predict(model, pixels, table, ("other", "crater"), split="test")
    kept = read_predictions(trained.predictions_path("test"))
    np.testing.assert_array_equal(again.proba, kept.proba)


@pytest.mark.slow
def test_the_same_plan_gives_the_same_bits(trained, make_small_plan, tmp_path):
    again = train(make_small_plan(), artifacts=tmp_path)
    pd.testing.assert_frame_equal(
        again.history().drop(columns=TIMES), trained.history().drop(columns=TIMES)
    )
    for split in ("val", "test"):
        one, two = (
            pd.read_parquet(run.predictions_path(split)) for run in (trained, again)
        )
        pd.testing.assert_frame_equal(one, two, check_exact=True)


class Watcher(Progress):
    """Reads the run while it trains; interrupts after `stop` epochs."""

    def __init__(self, artifacts, stop=None):
        super().__init__()
        self.artifacts, self.stop, self.seen = artifacts, stop, []

    def tell(self, message):
        assert message.startswith(f"epoch {len(self.seen) + 1}/")
        (run,), problems = list_runs(self.artifacts)
        assert problems == []
        self.seen.append((run.info.status, len(run.history())))
        if len(self.seen) == self.stop:
            raise KeyboardInterrupt


def test_a_training_can_be_read_meanwhile(make_small_plan, tmp_path):
    watcher = Watcher(tmp_path)
    plan = make_small_plan(recipe="blog", epochs="2", dense="8")
    run = train(plan, artifacts=tmp_path, title="Seen", progress=watcher)
    assert watcher.seen == [("training", 1), ("training", 2)]
    assert run.info.epoch == 2
    assert run.info.title == "Seen"


@pytest.mark.slow
def test_ctrl_c_leaves_an_interrupted_run_with_its_epochs(make_small_plan, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(make_small_plan(), artifacts=tmp_path, progress=Watcher(tmp_path, 1))
    (run,) = list_runs(tmp_path).runs
    assert run.info.status == "interrupted"
    assert run.info.seconds > 0
    assert run.history()["epoch"].tolist() == [1]
    assert json.loads((run.folder / "run.json").read_text())["status"] == "interrupted"


def test_a_failure_is_kept_in_one_line(make_small_plan, tmp_path, monkeypatch):
    def full(*_, **__):
        raise InputError("the disk is full")

    monkeypatch.setattr("hirise.training.fit.load_images", full)
    with pytest.raises(InputError, match="disk is full"):
        train(make_small_plan(), artifacts=tmp_path)
    (run,) = list_runs(tmp_path).runs
    assert (run.info.status, run.info.error) == ("failed", "the disk is full")


def test_a_broken_loss_stops_and_the_run_still_finishes(
    make_small_plan, tmp_path, monkeypatch
):
    def broken(model, recipe, **_):
        nan = keras.ops.convert_to_tensor(float("nan"))
        model.compile("sgd", loss=lambda y_true, y_pred: nan * keras.ops.sum(y_pred))

    monkeypatch.setattr("hirise.training.fit.compile_model", broken)
    run = train(make_small_plan(), artifacts=tmp_path)
    assert run.info.status == "finished"
    assert run.info.error.startswith("The training loss became nan in epoch 1, batch 1")
    assert len(run.history()) == 1
    assert run.history()["val_loss"].isna().all()
    assert read_predictions(run.predictions_path("val")).proba is None


def test_images_that_cannot_be_decoded_are_left_out_and_counted(
    make_small_plan, folder, tmp_path
):
    data = shutil.copytree(folder, tmp_path / "data")
    recipe = make_small_plan(recipe="blog", epochs="1", dense="8").recipe
    broken = make_small_plan().catalog.table["image"].iloc[::40]
    for name in broken:
        file = data / "map-proj-v3" / name
        file.write_bytes(file.read_bytes()[:-200])
    plan = make_plan(data, recipe, split="landmark")
    run = train(plan, artifacts=tmp_path / "artifacts")
    assert run.info.dataset["problems"]["corrupt"] == len(broken) == 3
    assert run.info.dataset["n_images"] == 96 - 3
    assert not run.labels_seen()["image"].isin(broken).any()


def test_a_plan_is_checked_before_anything_is_made(folder, make_small_plan, tmp_path):
    recipe = make_small_plan().recipe
    with pytest.raises(InputError, match="There is no split 'rndom'"):
        make_plan(folder, recipe, split="rndom")
    with pytest.raises(InputError, match="seed must be"):
        make_plan(folder, recipe, seed=-1)
    name = make_small_plan().catalog.table["image"].iloc[0]
    (tmp_path / "mine.csv").write_text(f"image,split\n{name},train\n")
    with pytest.raises(InputError, match="leaves no image in val"):
        make_plan(folder, recipe, split=str(tmp_path / "mine.csv"))
