"""Copies and neighbours of one image, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.evaluation.images import nearest_images, siblings_of
from hirise.mars.names import parse_names
from hirise.runs import create_run
from hirise.runs.embeddings import embeddings_path, write_embeddings

FIRST = "ESP_000001_1450_RED-0001"
IMAGES = {
    "train": [f"{FIRST[:-1]}9.jpg", "ESP_000002_1450_RED-0001.jpg"],
    "val": [f"{FIRST}.jpg", f"{FIRST}-r90.jpg", "ESP_000003_1450_RED-0001.jpg"],
}
FEATURES = {"train": [[3, 4], [-5, 0]], "val": [[1, 0], [2, 0], [0, 7]]}


@pytest.fixture
def run(tmp_path):
    writer = create_run(
        tmp_path / "artifacts", title="r", class_names=("a", "b"), status="imported"
    )
    rows = [(name, side, "a") for side, names in IMAGES.items() for name in names]
    catalog = pd.DataFrame(rows, columns=["image", "split", "class_name"])
    writer.write_table("catalog.parquet", catalog)
    for side, features in FEATURES.items():
        write_embeddings(writer, side, np.array(features, dtype=np.float32))
    return writer.read()


def with_observations(images):
    return parse_names(images)[["observation"]].assign(image=list(images))


def test_copies_of_a_landmark_with_the_image_itself_first():
    table = with_observations(IMAGES["val"])
    found = siblings_of(table, f"{FIRST}.jpg")
    assert found["image"].tolist() == [f"{FIRST}.jpg", f"{FIRST}-r90.jpg"]
    other = with_observations(["plain.jpg", "b.jpg"])
    assert siblings_of(other, "plain.jpg").empty


def test_neighbours_by_the_cosine_without_copies(run):
    found = nearest_images(run, "val", f"{FIRST}.jpg")
    # (1, 0) against (3, 4) / 5, (0, 7) / 7 and (-5, 0) / 5.
    assert found["likeness"].tolist() == pytest.approx([0.6, 0.0, -1.0], abs=1e-3)
    assert found["split"].tolist() == ["train", "val", "train"]
    assert found["image"].tolist() == [
        IMAGES["train"][0],
        IMAGES["val"][2],
        IMAGES["train"][1],
    ]
    assert len(nearest_images(run, "val", f"{FIRST}.jpg", most=1)) == 1


def test_without_features_there_are_none(run):
    assert nearest_images(run, "val", "gone.jpg").empty
    embeddings_path(run.folder, "val").unlink()
    assert nearest_images(run, "val", f"{FIRST}.jpg").empty


def test_features_of_other_images_are_one_line(run):
    np.save(embeddings_path(run.folder, "val"), np.zeros((2, 2), np.float16))
    with pytest.raises(InputError, match="has the shape") as caught:
        nearest_images(run, "val", f"{FIRST}.jpg")
    assert "\n" not in str(caught.value)
