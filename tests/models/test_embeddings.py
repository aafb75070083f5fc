"""Backbones and the features that are kept of images."""

import json

import numpy as np
import pytest
from later import Later

from hirise.data.cache import cache_folder
from hirise.errors import InputError

keras = Later("keras")
module = Later("hirise.models.embeddings")
load_backbone = Later("hirise.models.backbones", "load_backbone")
compute_embeddings = Later("hirise.models.embeddings", "compute_embeddings")

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]

DIGESTS = ("aa", "bb", "cc", "aa")
PIXELS = np.stack([np.full((8, 8, 1), value, np.uint8) for value in (10, 20, 30, 10)])


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HIRISE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def backbone_file(tmp_path):
    """Features: the sum of the three channels, and twice that, as a map."""
    images = keras.Input((None, None, 3))
    layer = keras.layers.Conv2D(2, 1, use_bias=False)
    model = keras.Model(images, layer(images))
    layer.set_weights([np.array([[[[1, 2]] * 3]]).reshape(1, 1, 3, 2)])
    model.save(tmp_path / "sums.keras")
    return tmp_path / "sums.keras"


def rows(*numbers):
    return np.array(numbers, dtype=np.int64)


def test_features_are_averaged_maps_and_others_stay_zero(backbone_file):
    backbone = load_backbone(str(backbone_file))
    found = compute_embeddings(backbone, PIXELS, DIGESTS, rows(0, 2, 3))
    assert found.tolist() == [[30, 60], [0, 0], [90, 180], [30, 60]]
    assert found.dtype == np.float32


def test_only_what_is_new_is_computed(backbone_file, monkeypatch):
    asked = []

    def spy(model, pixels, chosen, progress):
        asked.append([int(row) for row in chosen])
        return compute(model, pixels, chosen, progress)

    compute = module.predict_features
    monkeypatch.setattr("hirise.models.embeddings.predict_features", spy)
    backbone = load_backbone(str(backbone_file))
    compute_embeddings(backbone, PIXELS, DIGESTS, rows(0, 1, 3))
    again = compute_embeddings(backbone, PIXELS, DIGESTS, rows(0, 1, 2, 3))
    compute_embeddings(backbone, PIXELS[[2, 0]], ("cc", "aa"), rows(0, 1))
    # Equal files are computed once; the second call lacks only the third image.
    assert asked == [[3, 1], [2]]
    assert again[:, 0].tolist() == [30, 60, 90, 30]


def test_a_damaged_entry_is_computed_again(backbone_file):
    backbone = load_backbone(str(backbone_file))
    before = compute_embeddings(backbone, PIXELS, DIGESTS, rows(0, 1))
    (kept,) = cache_folder().glob("*/features.npy")
    kept.write_bytes(b"no array")
    assert (compute_embeddings(backbone, PIXELS, DIGESTS, rows(0, 1)) == before).all()
    (names,) = cache_folder().glob("*/digests.json")
    assert sorted(json.loads(names.read_text())) == ["aa", "bb"]


def test_another_size_or_network_has_its_own_features(backbone_file, tmp_path):
    backbone = load_backbone(str(backbone_file))
    compute_embeddings(backbone, PIXELS, DIGESTS, rows(0))
    compute_embeddings(backbone, PIXELS[:, :4, :4], DIGESTS, rows(0))
    model = keras.models.load_model(backbone_file)
    model.set_weights([weights * 2 for weights in model.get_weights()])
    model.save(tmp_path / "other.keras")
    other = load_backbone(str(tmp_path / "other.keras"))
    assert compute_embeddings(other, PIXELS, DIGESTS, rows(0))[0].tolist() == [60, 120]
    assert len(list(cache_folder().iterdir())) == 3


def test_what_is_no_backbone_is_refused(tmp_path):
    grey = keras.Input((8, 8, 1))
    keras.Model(grey, keras.layers.Flatten()(grey)).save(tmp_path / "grey.keras")
    with pytest.raises(InputError, match="three channels"):
        load_backbone(str(tmp_path / "grey.keras"))
    with pytest.raises(InputError, match="no such file"):
        load_backbone(str(tmp_path / "absent.keras"))
    with pytest.raises(InputError, match=r"Did you mean 'EfficientNetB0'\?"):
        load_backbone("EficientNetB0")


def test_without_a_network_the_file_to_bring_is_named(monkeypatch):
    def refuse(**options):
        raise RuntimeError("URL fetch failure on https://example.org/b0_notop.h5")

    monkeypatch.setattr(keras.applications, "EfficientNetB0", refuse)
    with pytest.raises(InputError, match=r"b0_notop\.h5.*`settings=backbone=FILE"):
        load_backbone("EfficientNetB0")


def test_a_size_that_the_backbone_does_not_take(tmp_path):
    images = keras.Input((16, 16, 3))
    keras.Model(images, keras.layers.Conv2D(2, 3)(images)).save(tmp_path / "b.keras")
    backbone = load_backbone(str(tmp_path / "b.keras"))
    with pytest.raises(InputError, match="takes no images of 8 × 8 pixels"):
        compute_embeddings(backbone, PIXELS, DIGESTS, rows(0))
