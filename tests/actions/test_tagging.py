"""Tagging images and runs, and correcting labels, as Python and the command do it."""

import json

import numpy as np
import pandas as pd
import pytest

import hirise
from hirise.__main__ import run as command
from hirise.data.catalog import read_labels
from hirise.predictions import Predictions
from hirise.runs import create_run

NAMES = ("crater", "dune")
PROBA = np.array([0.95] * 18 + [0.1, 0.05] + [0.1] * 20)
"""Probability of a crater. Images 18 and 19 are labelled craters like those before."""


def make_run(artifacts, *, named=True, proba=True):
    writer = create_run(artifacts, title="r", class_names=NAMES)
    predictions = Predictions(
        y_pred=(PROBA < 0.5).astype(int),
        class_names=NAMES,
        y_true=np.repeat([0, 1], 20),
        proba=np.column_stack([PROBA, 1 - PROBA]) if proba else None,
        image=[f"{i}.jpg" for i in range(40)] if named else None,
        split="val",
    )
    writer.write_predictions("val", predictions.write)
    writer.finish("finished", seconds=1)
    return writer.read()


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "artifacts")


@pytest.fixture
def shell(run, capsys):
    def shell(*words):
        status = command([*words, "--artifacts", str(run.folder.parent)])
        return status, *capsys.readouterr()

    return shell


def test_tagged_images_are_listed_alone(run):
    hirise.tag(run, "blurred", images=("4.jpg", "0.jpg"))
    hirise.tag(run, "check", images=("4.jpg",))
    rows = hirise.images(run).listing("name", tag="blurred")
    assert rows["image"].tolist() == ["0.jpg", "4.jpg"]
    assert rows["tags"].tolist() == ["blurred", "blurred, check"]
    assert set(hirise.images(run).listing()["tags"]) == {
        *("", "blurred", "blurred, check")
    }
    with pytest.raises(hirise.InputError, match="Did you mean 'blurred'"):
        hirise.images(run).listing(tag="blured")


def test_unknown_images_are_refused(run):
    with pytest.raises(hirise.InputError, match=r"no image '90.jpg'"):
        hirise.tag(run, "blurred", images=("0.jpg", "90.jpg"))
    assert hirise.images(run).tags == {}


def test_images_without_names_are_tagged_by_their_row(tmp_path):
    run = make_run(tmp_path, named=False)
    hirise.tag(run, "blurred", images=("18",))
    rows = hirise.images(run).listing(tag="blurred")
    assert rows["predicted"].tolist() == ["dune"]
    with pytest.raises(hirise.InputError, match="no image '40'"):
        hirise.tag(run, "blurred", images=("40",))


def test_the_command_tags_lists_and_exports(run, shell):
    words = ("--images", "1.jpg", "--images", "18.jpg")
    status, out, err = shell("runs", "tag", run.info.id, "blurred", *words)
    assert (status, out, err) == (0, "Images by tag: blurred (val) 2\n", "")
    assert shell("runs", "tag", run.info.id, "good")[1] == "Tags of the run: good\n"
    out = shell("images", run.info.id, "--tag", "blurred", "--csv")[1]
    lines = out.splitlines()
    assert lines[0].startswith("image,true,predicted,correct,probability,p_true")
    assert [line.split(",")[0] for line in lines[1:]] == ["18.jpg", "1.jpg"]
    document = json.loads(shell("images", run.info.id, "--json")[1])
    assert [one["tags"] for one in document["images"][:2]] == [None, "blurred"]
    removed = shell("runs", "tag", run.info.id, "blurred", *words, "--remove")[1]
    assert removed == "Images by tag: none\n"


def test_suspected_labels_are_kept_until_they_are_corrected(run):
    """Dunes are .9 probable where labelled so; images 18 and 19 reach that."""
    found = hirise.relabel(run)
    assert found.suspects["image"].tolist() == ["19.jpg", "18.jpg"]
    assert found.suspects["label"].tolist() == ["crater", "crater"]
    assert found.corrected.empty
    found = hirise.relabel(run, {"18.jpg": "dune", "0.jpg": "crater"})
    assert found.suspects["label"].tolist() == ["crater", "dune"]
    assert found.labels_text() == "image,class_name\n18.jpg,dune\n"
    # Kept in the run, and taken back by the label that the image has.
    assert len(hirise.relabel(run).corrected) == 1
    assert hirise.relabel(run, {"18.jpg": "crater"}).corrected.empty


def test_suggested_classes_fill_what_was_not_decided(run):
    found = hirise.relabel(run, {"18.jpg": "crater"}, suggested=True, keep=False)
    assert found.corrected.to_dict("records") == [
        {"image": "19.jpg", "class_name": "dune"}
    ]
    assert hirise.relabel(run).corrected.empty


@pytest.mark.parametrize(
    ("labels", "message"),
    [({"90.jpg": "dune"}, "no image '90.jpg'"), ({"18.jpg": "dunes"}, "mean 'dune'")],
)
def test_unknown_images_and_classes_are_refused(run, labels, message):
    with pytest.raises(hirise.InputError, match=message):
        hirise.relabel(run, labels)


def test_what_relabelling_needs(tmp_path):
    with pytest.raises(
        hirise.InputError, match="Label errors are not known: there are"
    ):
        hirise.relabel(make_run(tmp_path / "a", proba=False))
    with pytest.raises(hirise.InputError, match="without the names of their images"):
        hirise.relabel(make_run(tmp_path / "b", named=False))


def test_images_are_relabelled_by_name_where_errors_are_not_known(tmp_path):
    run = make_run(tmp_path, proba=False)
    found = hirise.relabel(run, {"3.jpg": "dune"})
    assert found.suspects.empty
    assert found.labels_text() == "image,class_name\n3.jpg,dune\n"


def test_the_command_writes_what_a_training_takes(run, shell, tmp_path):
    file = tmp_path / "labels.csv"
    words = ("--labels", "18.jpg=crater", "--suggested", "--write-labels", str(file))
    status, out, err = shell("relabel", run.info.id, *words)
    assert (status, err) == (0, "")
    rows = [line.split() for line in out.splitlines()]
    assert rows[1] == ["19.jpg", "crater", "dune", "dune", "0.050"]
    assert rows[2] == ["18.jpg", "crater", "dune", "crater", "0.100"]
    assert out.endswith("2 suspected, 1 corrected\n")
    expected = pd.DataFrame({"image": ["19.jpg"], "class_name": ["dune"]})
    pd.testing.assert_frame_equal(read_labels(file, NAMES), expected, check_dtype=False)
    assert shell("relabel", run.info.id, "--labels", "dune")[0] == 2
