"""Hashes and texture per image, written and read again."""

import numpy as np
import pytest

from hirise.data import features as module
from hirise.data import load_images, read_catalog
from hirise.data.features import (
    image_features,
    read_image_features,
    write_image_features,
)
from hirise.data.near_duplicates import hash_pairs
from hirise.errors import InputError


@pytest.fixture
def catalog(make_dataset):
    return read_catalog(make_dataset(observations=2, landmarks=2, size=32))


def test_one_row_per_image_with_hashes_and_texture(catalog, tmp_path):
    decoded = load_images(catalog, size=32)
    table = image_features(catalog, decoded)
    assert list(table) == ["image", "digest", "hash", "detail", "feature", "coarse"]
    assert table["image"].tolist() == catalog.table["image"].tolist()
    assert (table["hash"] == hash_pairs(decoded.pixels)[:, 0]).all()
    assert table["digest"].tolist() == list(decoded.digests)
    path = tmp_path / "image_features.parquet"
    write_image_features(table, path)
    again = read_image_features(path)
    assert again.drop(columns="feature").equals(table.drop(columns="feature"))
    assert again["hash"].dtype == np.uint64
    assert np.stack(again["feature"]).dtype == np.float16
    assert (np.stack(again["coarse"]) == np.stack(table["coarse"])).all()
    assert (np.stack(again["feature"]) == np.stack(table["feature"])).all()


def test_equal_files_have_equal_digests(make_dataset):
    catalog = read_catalog(make_dataset(observations=2, landmarks=2))
    paths = [catalog.root / path for path in catalog.table["path"]]
    paths[3].write_bytes(paths[0].read_bytes())
    digests = image_features(catalog)["digest"]
    assert digests[3] == digests[0]
    assert digests.nunique() == len(digests) - 1


def test_an_image_that_cannot_be_decoded_has_no_row(catalog):
    path = catalog.root / catalog.table["path"][2]
    path.write_bytes(path.read_bytes()[:-40])
    table = image_features(catalog)
    assert len(table) == len(catalog.table) - 1
    assert catalog.table["image"][2] not in set(table["image"])


def test_of_many_images_one_per_landmark_has_its_texture(
    catalog, tmp_path, monkeypatch
):
    monkeypatch.setattr(module, "MOST_FEATURES", 4)
    table = image_features(catalog)
    write_image_features(table, tmp_path / "f.parquet")
    left_out = read_image_features(tmp_path / "f.parquet")["feature"].isna()
    assert left_out.tolist() == [False, True] * 4


def test_a_file_that_is_none_is_refused_in_one_line(tmp_path):
    path = tmp_path / "image_features.parquet"
    path.write_text("nothing")
    with pytest.raises(
        InputError, match=r"cannot be read .*to make it again"
    ) as caught:
        read_image_features(path)
    assert "\n" not in str(caught.value)
