"""Keys, crossings and the baseline; what a run folder and --data bring."""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from PIL import Image

from hirise.cli.check import check
from hirise.cli.import_ import import_
from hirise.data import assign_split, read_catalog
from hirise.diagnosis import gather
from hirise.diagnosis.leakage import LeakageEvidence
from hirise.diagnosis.leakage.copies import crossings, shared_keys
from hirise.diagnosis.leakage.evidence import observation_baseline
from hirise.mars.names import parse_names
from hirise.predictions import Predictions
from hirise.runs import create_run, read_run
from hirise.runs.images import load_image_features


def test_crossings_count_images_of_a_split_and_their_common_groups():
    places = pd.DataFrame(
        {
            "image": list("abcde"),
            "split": ["train", "train", "val", "val", "test"],
            "landmark": ["A", "B", "A", "A", "C"],
            "observation": ["O", "O", "O", "", "P"],
        }
    )
    table = crossings(shared_keys(places, None), places["split"])
    found = table.set_index(["kind", "side", "other"])[["n_images", "n_groups"]]
    assert found.loc[("landmark", "val", "train")].tolist() == [2, 1]
    assert found.loc[("landmark", "train", "val")].tolist() == [1, 1]
    assert found.loc[("observation", "train", "val")].tolist() == [2, 1]
    assert found.loc[("observation", "val", "train")].tolist() == [1, 1]
    assert (found.xs("test", level="side") == 0).all(axis=None)
    assert (found.loc[["bytes", "near"]] == 0).all(axis=None)


def test_the_baseline_falls_back_to_the_majority_and_ties_go_to_the_first_class():
    trained = pd.DataFrame(
        {
            "observation": ["A", "A", "A", "B", "B", "C", "C", ""],
            "class_name": ["x", "y", "y", "x", "x", "y", "x", "y"],
        }
    )
    predictions = Predictions(
        y_pred=np.zeros(5, dtype=int),
        y_true=np.array([1, 0, 1, 0, 1]),
        class_names=("x", "y"),
    )
    seen = pd.Series(["A", "B", "C", "D", ""])
    found = observation_baseline(trained, seen, predictions)
    # x and y have 4 images each: x. A is y, B is x, C a tie: x; D and "" unknown: x.
    assert found.majority == "x"
    assert found.n_known == 3
    assert found.observation.confusion.to_numpy().tolist() == [[2, 0], [2, 1]]
    assert found.constant.metric("accuracy") == pytest.approx(2 / 5)


def leakage_of_split(catalog, kind):
    table = catalog.table.assign(split=assign_split(catalog, kind).split)
    judged = table[table["split"] == "test"]
    predictions = Predictions(
        y_pred=judged["label"].to_numpy(dtype=np.int64),
        y_true=judged["label"].to_numpy(dtype=np.int64),
        class_names=catalog.class_names,
        image=judged["image"].to_numpy(dtype=object),
        split="test",
    )
    return table, LeakageEvidence(table, predictions)


@pytest.fixture
def catalog(make_dataset):
    return read_catalog(make_dataset(observations=12, landmarks=8, size=32))


def test_all_siblings_across_a_random_split_and_none_across_landmarks(catalog):
    table, leakage = leakage_of_split(catalog, "random")
    train, test = (table[table["split"] == side] for side in ("train", "test"))
    expected = test["landmark"].isin(train["landmark"])
    assert 0 < expected.sum() < len(expected)
    assert leakage.shared["landmark"].tolist() == expected.tolist()
    _, leakage = leakage_of_split(catalog, "landmark")
    assert not leakage.shared["copy"].any()
    assert leakage.shared["observation"].all()
    _, leakage = leakage_of_split(catalog, "observation")
    assert not leakage.shared.any(axis=None)


def make_run(catalog, artifacts, *, kind="landmark", fingerprint=None):
    """A run that was right about everything."""
    table, leakage = leakage_of_split(catalog, kind)
    writer = create_run(
        artifacts,
        title="perfect",
        class_names=catalog.class_names,
        dataset={
            "path": str(catalog.root),
            "fingerprint": fingerprint or catalog.fingerprint,
        },
        status="imported",
    )
    writer.write_predictions("test", leakage.predictions.write)
    writer.write_table("catalog.parquet", table)
    return writer.read()


def rotate_into_training(catalog, table, n):
    """Make `n` test images turned copies of training images, names as they were."""
    rows = {side: table[table["split"] == side] for side in ("train", "test")}
    for source, target in zip(
        rows["train"]["path"][:n], rows["test"]["path"][:n], strict=True
    ):
        picture = Image.open(catalog.root / source).transpose(Image.Transpose.ROTATE_90)
        picture.save(catalog.root / target, quality=90)


@pytest.fixture
def leaking(catalog, tmp_path):
    """A run split by landmark; twelve test images are turned training images."""
    run = make_run(catalog, tmp_path / "artifacts")
    rotate_into_training(catalog, run.catalog(), 12)
    return run


def test_check_with_data_finds_renamed_copies_and_keeps_the_hashes(leaking, catalog):
    command = [str(leaking.folder), "--data", str(catalog.root)]
    without = CliRunner().invoke(check, command[:1], catch_exceptions=False)
    assert "Not applicable: HR103" in without.output
    for _ in range(2):
        result = CliRunner().invoke(check, command, catch_exceptions=False)
        assert "12 as a near-duplicate" in " ".join(result.output.split())
        assert (leaking.folder / "image_features.parquet").is_file()
    kept = CliRunner().invoke(check, command[:1], catch_exceptions=False)
    assert "12 as a near-duplicate" in " ".join(kept.output.split())


def test_features_of_other_images_are_not_kept(catalog, tmp_path):
    run = make_run(catalog, tmp_path / "artifacts", fingerprint="another")
    assert len(load_image_features(run, catalog)) == len(catalog.table)
    assert run.image_features() is None


def test_a_folder_without_the_images_of_the_run_is_refused(
    catalog, make_dataset, tmp_path
):
    run = make_run(catalog, tmp_path / "artifacts")
    other = make_dataset({"ESP_999999_1450_RED-0001.jpg": 0}, name="other")
    result = CliRunner().invoke(check, [str(run.folder), "--data", str(other)])
    assert result.exit_code
    assert "holds none of the images of run" in str(result.exception)


def test_an_import_with_images_keeps_their_hashes(catalog, tmp_path):
    _, leakage = leakage_of_split(catalog, "landmark")
    path = tmp_path / "p.parquet"
    leakage.predictions.write(path)
    artifacts = tmp_path / "artifacts"
    command = [str(path), "--data", str(catalog.root), "--artifacts", str(artifacts)]
    CliRunner().invoke(import_, command, catch_exceptions=False)
    (folder,) = (one.parent for one in artifacts.glob("*/run.json"))
    run = read_run(folder)
    assert run.image_features()["image"].tolist() == catalog.table["image"].tolist()
    assert gather(run).leakage.has_pixels


def test_labels_seen_serve_where_there_is_no_catalog(catalog, tmp_path):
    run = make_run(catalog, tmp_path / "artifacts", kind="random")
    table = run.catalog()
    (run.folder / "catalog.parquet").unlink()
    seen = table.loc[table["split"] != "", ["image", "split", "label"]]
    seen.to_parquet(run.folder / "labels_seen.parquet", index=False)
    places = gather(run).leakage.places
    names = parse_names(seen["image"])
    assert places["landmark"].tolist() == names["landmark"].tolist()
    assert places["class_name"].tolist() == table["class_name"].tolist()


def test_frequencies_of_the_dataset_do_not_replace_those_of_the_training(
    catalog, tmp_path
):
    run = make_run(catalog, tmp_path / "artifacts")
    seen = run.catalog().loc[lambda table: table["split"] == "train", ["image"]]
    seen = seen.assign(split="train", label=np.arange(len(seen)) % 2)[: 2 * 50]
    seen.to_parquet(run.folder / "labels_seen.parquet", index=False)
    # The entropy of two classes of one size is ln 2.
    table = pd.DataFrame({"epoch": [1, 2], "loss": [0.69] * 2, "accuracy": [0.5] * 2})
    table.to_csv(run.folder / "history.csv", index=False)
    command = [str(run.folder), "--data", str(catalog.root)]
    said = " ".join(CliRunner().invoke(check, command).output.split())
    assert "the entropy of the class frequencies is 0.693" in said
    command += ["--class-shares", "other=.9,crater=.1"]
    said = " ".join(CliRunner().invoke(check, command).output.split())
    assert "the class shares is" not in said
