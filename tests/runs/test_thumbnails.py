"""Pictures of a run's images, made once."""

import io

import numpy as np
import pytest
from PIL import Image

from hirise.data.cache import cache_folder
from hirise.runs import create_run
from hirise.runs import images as module
from hirise.runs.images import THUMBNAIL_SIZE, thumbnails


@pytest.fixture
def run(tmp_path, make_dataset):
    root = make_dataset()
    writer = create_run(
        tmp_path / "artifacts",
        title="r",
        class_names=("a", "b"),
        dataset={"path": str(root), "layout": "hirise-v3", "fingerprint": "f"},
        status="imported",
    )
    from hirise.data import read_catalog

    writer.write_table("catalog.parquet", read_catalog(root).table)
    return writer.read()


def test_thumbnails_resemble_the_images_and_are_made_once(run, monkeypatch):
    names = run.catalog()["image"].tolist()[:3]
    found = thumbnails(run, [*names, "gone.jpg"])
    assert set(found.pictures) == set(names)
    assert "gone.jpg" in found.reason
    catalog = run.catalog().set_index("image")
    for name in names:
        picture = Image.open(io.BytesIO(found.pictures[name]))
        assert (picture.format, picture.size) == (
            "WEBP",
            (THUMBNAIL_SIZE, THUMBNAIL_SIZE),
        )
        original = Image.open(run.dataset_path / catalog.loc[name, "path"])
        mean = np.asarray(original.convert("L"), dtype=float).mean()
        assert np.asarray(picture.convert("L"), dtype=float).mean() == pytest.approx(
            mean, abs=3
        )
    monkeypatch.setattr(module, "run_images", None)  # would fail if asked again
    assert thumbnails(run, names).pictures == {
        name: found.pictures[name] for name in names
    }


def test_a_cache_that_cannot_be_written_costs_speed_alone(run, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("HIRISE_CACHE", str(blocked))
    names = run.catalog()["image"].tolist()[:2]
    assert set(thumbnails(run, names).pictures) == set(names)


def test_what_is_kept_lies_in_the_cache(run):
    names = run.catalog()["image"].tolist()[:2]
    thumbnails(run, names)
    (shelf,) = cache_folder().glob("thumbnails-*")
    assert len(list(shelf.iterdir())) == 2
