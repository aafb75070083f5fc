"""`hirise images`: the images of a run, sorted and filtered, and what it refuses."""

import json

import numpy as np
import pytest

from hirise.__main__ import run
from hirise.predictions import Predictions
from hirise.runs import create_run

NAMES = ("crater", "dune")


@pytest.fixture
def images(capsys, tmp_path):
    """Four val images: two mistakes, of which 3.jpg is the more confident one."""
    writer = create_run(tmp_path, title="four", class_names=NAMES)
    predictions = Predictions(
        y_pred=np.array([0, 1, 1, 0]),
        class_names=NAMES,
        y_true=np.array([0, 0, 0, -1]),
        proba=np.array([[0.75, 0.25], [0.4, 0.6], [0.1, 0.9], [0.5, 0.5]]),
        image=["1.jpg", "2.jpg", "3.jpg", "4.jpg"],
        split="val",
    )
    writer.write_predictions("val", predictions.write)
    writer.finish("finished", seconds=1)

    def images(*words):
        status = run(["images", writer.id, *words, "--artifacts", str(tmp_path)])
        return status, *capsys.readouterr()

    return images


def test_the_most_confident_mistakes_come_first(images):
    status, out, err = images()
    assert (status, err) == (0, "")
    rows = [line.split() for line in out.splitlines()]
    assert rows[0] == ["image", "true", "predicted", "confidence"]
    assert rows[1] == ["3.jpg", "crater", "dune", "0.900"]
    assert [row[0] for row in rows[2:]] == ["2.jpg", "1.jpg", "4.jpg"]
    assert rows[-1][1] == "–"


def test_filters_and_the_limit_are_told_in_json(images):
    status, out, _ = images("--answer", "incorrect", "--limit", "1", "--json")
    document = json.loads(out)
    assert status == 0
    assert (document["split"], document["n_images"]) == ("val", 2)
    (row,) = document["images"]
    assert (row["image"], row["correct"], row["p_true"]) == ("3.jpg", False, 0.1)
    assert row["observation"] is None


def test_confidence_bounds_select_images(images):
    out = images("--least", "0.6", "--most", "0.9", "--order", "name")[1]
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["1.jpg", "2.jpg"]


def test_what_is_left_out_is_counted(images):
    assert images("--limit", "3")[1].endswith("and 1 more (--limit 0 lists all)\n")


def test_unknown_orders_and_classes_are_refused(images):
    status, out, err = images("--true", "craters")
    assert (status, out) == (2, "")
    assert "no class 'craters'. Did you mean 'crater'?" in err
    assert "Choose one of: most confident mistakes" in images("--order", "loss")[2]
