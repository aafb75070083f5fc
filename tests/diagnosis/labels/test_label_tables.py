"""Labels as a run folder keeps them, and the repaired ones as a file."""

import numpy as np
import pandas as pd
import pytest

from hirise.__main__ import run as command
from hirise.diagnosis.labels import LabelEvidence, write_labels
from hirise.errors import InputError
from hirise.predictions import Predictions
from hirise.runs import create_run

NAMES = ("other", "crater", "dune")


@pytest.fixture
def make_run(tmp_path):
    """A run of 200 training and 200 validation images; validation labels shuffled."""

    def make(*, catalog=True, truth=None):
        rng = np.random.default_rng(0)
        right = rng.choice(3, 400, p=[0.7, 0.2, 0.1])
        image = [f"{i:04d}.jpg" for i in range(400)]
        split = np.where(np.arange(400) % 2, "val", "train")
        shuffled = right.copy()
        np.random.RandomState(42).shuffle(shuffled)
        table = pd.DataFrame({"image": image, "split": split, "label": right})
        writer = create_run(
            tmp_path / "artifacts", title="shuffled", class_names=NAMES, seed=42
        )
        seen = np.where(split == "val", shuffled, right)
        writer.write_table("labels_seen.parquet", table.assign(label=seen))
        if catalog:
            names = np.array(NAMES)[right]
            writer.write_table("catalog.parquet", table.assign(class_name=names))
        val = split == "val"
        judged = {"right": right, "seen": seen}.get(truth or "seen")[val]
        Predictions(
            y_pred=np.zeros(200, dtype=np.int64),
            y_true=judged,
            image=np.array(image, dtype=object)[val],
            class_names=NAMES,
            split="val",
        ).write(tmp_path / "val.parquet")
        writer.write_predictions(
            "val",
            lambda path: path.write_bytes((tmp_path / "val.parquet").read_bytes()),
        )
        writer.finish("finished")
        return writer.read(), dict(zip(image, right, strict=True))

    return make


def test_the_shuffle_is_proven_from_the_run_folder(make_run):
    run, _ = make_run()
    labels = LabelEvidence.of_run(run)
    (proof,) = labels.proofs
    assert (proof.split, proof.seed, proof.passes) == ("val", 42, 1)
    assert (proof.n_images, proof.n_listed) == (200, 400)
    assert labels.proof("train") is None


def test_truth_that_is_what_was_seen_is_kept_once(make_run):
    run, _ = make_run()
    assert len(LabelEvidence.of_run(run).tables.seen) == 400


def test_truth_that_differs_from_what_was_seen_is_tested_too(make_run):
    run, _ = make_run(truth="right")
    tests = LabelEvidence.of_run(run).table
    catalog = tests[tests["test"] == "catalog"].set_index(["split", "source"])["value"]
    assert catalog["val", "predictions"] == 0
    assert catalog["val", "labels_seen"] > 0.3


@pytest.mark.parametrize("suffix", [".txt", ".csv"])
def test_the_correct_labels_are_written(make_run, tmp_path, suffix):
    run, right = make_run()
    path = tmp_path / f"repaired{suffix}"
    status = command(["check", str(run.folder), "--write-labels", str(path)])
    assert status == 1
    if suffix == ".txt":
        lines = [line.split() for line in path.read_text("utf-8").splitlines()]
        assert {image: int(label) for image, label in lines} == right
    else:
        table = pd.read_csv(path).set_index("image")["class_name"]
        assert table.to_dict() == {image: NAMES[i] for image, i in right.items()}


def test_without_a_catalog_nothing_can_be_written(make_run, tmp_path):
    run, _ = make_run(catalog=False)
    labels = LabelEvidence.of_run(run)
    with pytest.raises(InputError, match="correct labels are not known"):
        write_labels(labels.tables, tmp_path / "x.txt")
    assert labels.proofs == ()


def test_labels_are_written_as_text_or_csv(make_run, tmp_path):
    run, _ = make_run()
    with pytest.raises(InputError, match=r"\.txt .* or \.csv"):
        write_labels(LabelEvidence.of_run(run).tables, tmp_path / "x.parquet")


def test_a_predictions_file_has_no_labels_to_repair(make_run, tmp_path, capsys):
    make_run()
    asked = ["check", str(tmp_path / "val.parquet"), "--write-labels", "x.txt"]
    assert command(asked) == 2
    assert "--write-labels needs a run" in capsys.readouterr().err


def test_a_catalog_of_other_classes_is_not_compared(make_run):
    run, right = make_run()
    other = pd.DataFrame({"image": list(right), "class_name": "edge"})
    tests = LabelEvidence.of_run(run, other).tests
    reasons = {test.reason for test in tests if test.test == "catalog"}
    assert reasons == {"the catalog has other classes"}


def test_the_runs_embeddings_tell_foreign_labels_but_never_those_of_training(make_run):
    run, right = make_run(catalog=False)
    folder = run.folder / "embeddings"
    folder.mkdir()
    labels = np.array(list(right.values()))
    noise = np.random.default_rng(3).normal(size=(200, 5))
    for split, first in (("train", 0), ("val", 1)):
        vectors = noise + 2.0 * labels[first::2, None]
        np.save(folder / f"{split}.npy", vectors.astype(np.float32))
    Predictions(
        y_pred=np.zeros(200, dtype=np.int64),
        y_true=labels[::2],
        image=np.array(list(right)[::2], dtype=object),
        class_names=NAMES,
        split="train",
    ).write(run.folder / "predictions" / "train.parquet")
    assert run.splits() == ("train", "val")
    tests = LabelEvidence.of_run(run).table
    found = tests[tests["test"] == "neighbours"].set_index("split")
    # A network learns labels of its training images by heart.
    assert found.loc["train", "reason"].startswith("no features of the images")
    assert found.loc["val", "reason"] == ""
    assert found.loc["val", "n"] == 200
    assert abs(found.loc["val", "z"]) < 4
    np.save(folder / "val.npy", vectors[:150])
    tests = LabelEvidence.of_run(run).table
    assert tests.loc[tests["test"] == "neighbours", "reason"].ne("").all()
