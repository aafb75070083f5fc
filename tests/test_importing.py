"""Predictions from anywhere become a run, or leave nothing behind."""

import json
import os

import numpy as np
import pandas as pd
import pytest
from image_folders import make_folder

from hirise.diagnosis import diagnose, gather
from hirise.errors import InputError
from hirise.importing import import_predictions
from hirise.predictions import read_predictions

NAMES = ["dune, dark", 'so-called "spider"', "火星のクレーター", "кратер", "x" * 60]


@pytest.fixture
def stranger(tmp_path):
    """A CSV with five classes of any names; nothing of Mars in it."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 5, 200)
    called = np.where(rng.random(200) < 0.9, y, rng.integers(0, 5, 200))
    proba = np.eye(5)[called] * 0.8 + 0.04
    table = pd.DataFrame(proba, columns=NAMES)
    table.insert(0, "y_true", np.array(NAMES)[y])
    table.insert(0, "image", [f"images/{i}.png" for i in range(200)])
    table.to_csv(tmp_path / "stranger.csv", index=False)
    return tmp_path / "stranger.csv"


def test_five_classes_of_any_names(stranger, tmp_path):
    run = import_predictions(stranger, tmp_path / "artifacts")
    assert (run.info.status, run.info.title) == ("imported", "stranger")
    assert sorted(run.info.class_names) == sorted(NAMES)
    assert run.splits() == ("all",)
    kept, given = (
        read_predictions(path) for path in (run.predictions_path("all"), stranger)
    )
    np.testing.assert_array_equal(kept.proba, given.proba)
    np.testing.assert_array_equal(kept.y_true, given.y_true)
    assert kept.class_names == given.class_names
    assert diagnose(gather(run)).verdict.key == "healthy"
    assert run.catalog() is None


def test_splits_history_and_title(stranger, tmp_path):
    table = pd.read_csv(stranger)
    table["split"] = ["val", "test"] * 100
    table.to_csv(stranger, index=False)
    curves = tmp_path / "h.json"
    curves.write_text(json.dumps({"loss": [1, 0.5], "acc": [0.5, 0.8]}))
    run = import_predictions(
        stranger, tmp_path / "artifacts", history=curves, title="Strange"
    )
    assert set(run.splits()) == {"val", "test"}
    assert run.info.title == "Strange"
    assert run.history()["accuracy"].tolist() == [0.5, 0.8]
    evidence = gather(run)
    assert evidence.evaluation.split == "val"
    assert "val_loss" not in evidence.history


def test_the_split_may_be_named(stranger, tmp_path):
    run = import_predictions(stranger, tmp_path / "artifacts", split="test")
    assert run.splits() == ("test",)


def test_truth_of_a_collapsed_model_comes_from_the_dataset(make_dataset, tmp_path):
    root = make_dataset(observations=8)
    images = sorted(path.name for path in root.rglob("*.jpg"))
    path = tmp_path / "p.csv"
    for called in ("other", "0"):
        pd.DataFrame({"image": images, "y_pred": called}).to_csv(path, index=False)
        run = import_predictions(path, tmp_path / "artifacts", data=root)
        assert run.info.class_names == ("other", "crater", "dark dune", "slope streak")
        diagnosis = diagnose(gather(run))
        assert diagnosis.verdict.key == "collapsed"
        assert f"all {len(images)} images are predicted as" in diagnosis.sentence
        assert run.catalog()["split"].eq("all").all()


@pytest.fixture
def split_root(tmp_path):
    images = [
        f"{split}/{name}/{number}.png"
        for split, n in (("training", 3), ("dev", 1), ("test", 2))
        for name in ("cat", "dog")
        for number in range(n)
    ]
    return make_folder(tmp_path / "pets", images)


@pytest.mark.parametrize("given", [None, "holdout"])
def test_the_other_splits_of_the_dataset_are_kept(split_root, tmp_path, given):
    path = tmp_path / "p.csv"
    path.write_text(
        "image,y_true,y_pred\ntest/cat/0.png,cat,cat\ntest/dog/1.png,dog,cat\n"
    )
    run = import_predictions(path, tmp_path / "runs", data=split_root, split=given)
    named = given or "test"
    assert run.splits() == (named,)
    # Without a split of its own the file has that of its images in the dataset.
    counts = run.catalog()["split"].value_counts().to_dict()
    others = {"": 2} if given is None else {"test": 2}
    assert counts == {"train": 6, "val": 2, named: 2} | others


def test_ids_without_ending_find_their_images(tmp_path):
    images = [f"train/{name}.png" for name in ("a1", "a2", "a3")]
    labels = "id_code,diagnosis\na1,0\na2,1\na3,1\n"
    root = make_folder(tmp_path / "eyes", images, {"train.csv": labels})
    path = tmp_path / "p.csv"
    path.write_text("image,y_pred\na1,1\na3,1\n")
    run = import_predictions(path, tmp_path / "runs", data=root, split="val")
    found = read_predictions(run.predictions_path("val"))
    assert [found.class_names[y] for y in found.y_true] == ["0", "1"]
    splits = run.catalog().set_index("image")["split"].to_dict()
    assert splits == {images[0]: "val", images[1]: "train", images[2]: "val"}


def test_predictions_of_several_splits_without_a_name_stay_together(
    split_root, tmp_path
):
    path = tmp_path / "p.csv"
    path.write_text(
        "image,y_true,y_pred\ntest/cat/0.png,cat,cat\ndev/dog/0.png,dog,cat\n"
    )
    run = import_predictions(path, tmp_path / "runs", data=split_root)
    assert run.splits() == ("all",)
    counts = run.catalog()["split"].value_counts().to_dict()
    assert counts == {"train": 6, "test": 3, "all": 2, "val": 1}


def test_a_class_of_the_dataset_without_a_column_is_refused(make_dataset, tmp_path):
    root = make_dataset()
    image = next(root.rglob("*.jpg")).name
    path = tmp_path / "p.csv"
    path.write_text(f"image,cat,dog\n{image},.5,.5\n")
    with pytest.raises(InputError, match="has no probability column"):
        import_predictions(path, tmp_path / "artifacts", data=root)


@pytest.mark.parametrize(
    ("content", "options", "line"),
    [
        ("foo\n1\n", {}, "No predictions were found"),
        ("y_true,y_pred,split\n", {}, "the table has no rows"),
        ("y_pred\na\n", {"history": "p.csv"}, "No training curves were found"),
        ("y_pred\na\n", {"title": "two\nlines"}, "title must be one line"),
        ("y_pred\na\n", {"data": "nowhere"}, "nowhere"),
        ("y_true,a,b\na,.5,.5\na,.5,.6\n", {}, "sum to 1.1"),
    ],
)
def test_nothing_is_left_of_what_is_refused(tmp_path, content, options, line):
    path = tmp_path / "p.csv"
    path.write_text(content)
    given = {
        key: tmp_path / value if key in ("history", "data") else value
        for key, value in options.items()
    }
    with pytest.raises(InputError, match=line):
        import_predictions(path, tmp_path / "artifacts", **given)
    assert not list(tmp_path.glob("artifacts/*"))


def test_images_that_the_dataset_does_not_have(make_dataset, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("image,y_pred\nz.jpg,other\n")
    with pytest.raises(InputError, match=r"none of its images is in .*'z\.jpg'"):
        import_predictions(path, tmp_path / "artifacts", data=make_dataset())
    path.write_text("y_pred\nother\n")
    with pytest.raises(InputError, match="neither `y_true` nor `image`"):
        import_predictions(path, tmp_path / "artifacts", data=make_dataset(name="d"))
    assert not list(tmp_path.glob("artifacts/*"))


def test_a_failure_while_writing_leaves_nothing(stranger, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hirise.runs.writer.write_whole", full)
    with pytest.raises(InputError, match="Free some space"):
        import_predictions(stranger, tmp_path / "artifacts")
    assert not list(tmp_path.glob("artifacts/*"))


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="rights do not bind here"
)
def test_a_folder_that_cannot_be_written(stranger, tmp_path):
    folder = tmp_path / "artifacts"
    folder.mkdir()
    folder.chmod(0o500)
    with pytest.raises(InputError, match=str(folder)):
        import_predictions(stranger, folder)


def test_a_file_where_the_folder_should_be(stranger, tmp_path):
    with pytest.raises(InputError, match=r"stranger\.csv"):
        import_predictions(stranger, stranger)
