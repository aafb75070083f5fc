"""The commands on other people's images: a folder per class, a CSV."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from hirise.__main__ import run
from hirise.evaluation import evaluate
from hirise.predictions import read_predictions
from hirise.runs import list_runs

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def pets(tmp_path):
    """30 colour images in two class folders with the same file names."""
    rng = np.random.default_rng(0)
    for level, name in ((40, "cat"), (200, "dog")):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(15):
            pixels = rng.integers(level - 30, level + 30, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{number}.png")
    return tmp_path / "pets"


def info(path, capsys):
    assert run(["data", "info", str(path), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_info_of_a_folder_per_class(pets, capsys):
    (pets / "fox\x1b[31m\nred").mkdir()
    found = info(pets, capsys)
    assert (found["layout"], found["n_usable"]) == ("folder-per-class", 30)
    assert [row["usable"] for row in found["classes"]] == [15, 15, 0]
    assert found["problem_counts"] == {"empty": 1}
    assert found["splits"]["random"] is None
    assert "HiRISE names do" in found["splits"]["landmark"]
    assert run(["data", "info", str(pets)]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert r"fox\x1b[31m\nred" in shown


def test_info_of_a_csv(pets, capsys):
    rows = [f"{name}/1.png;{name};train" for name in ("cat", "dog")]
    table = pets / "labels.csv"
    table.write_text("\n".join(["file;target;split", *rows, "gone.png;cat;val"]))
    found = info(table, capsys)
    assert found == info(pets, capsys)
    assert (found["layout"], found["n_labels"], found["n_absent"]) == ("csv", 3, 1)
    assert found["splits"]["published"] is None


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")
def test_train_on_a_folder_per_class(pets, tmp_path, capsys):
    settings = ("image_size=32", "filters=4,8", "depth=1", "batch_size=8", "epochs=1")
    words = [word for setting in settings for word in ("--set", setting)]
    artifacts = tmp_path / "artifacts"
    words += ["--split", "random", "--artifacts", str(artifacts), "--data", str(pets)]
    assert run(["train", "--recipe", "small-cnn", *words]) == 0
    (made,) = list_runs(artifacts).runs
    assert made.info.class_names == ("cat", "dog")
    catalog = made.catalog()
    assert set(catalog["landmark"]) == {""}
    images = set(catalog["image"])
    assert {"cat/1.png", "dog/1.png"} < images
    assert set(made.labels_seen()["image"]) <= images
    for split in ("val", "test"):
        predictions = read_predictions(made.predictions_path(split))
        expected = catalog.loc[catalog["split"] == split]
        assert list(predictions.image) == list(expected["image"])
        assert list(predictions.y_true) == list(expected["label"])
        # No names to group by: each image counts for itself.
        assert "group" not in pd.read_parquet(made.predictions_path(split)).columns
        assert evaluate(predictions).cluster == "image"
    assert "run " in capsys.readouterr().out
