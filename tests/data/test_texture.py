import numpy as np
import pytest

from hirise.data.features import N_FEATURES, texture_features

SYMMETRIES = {
    "r90": lambda x: np.rot90(x, 1, (1, 2)),
    "r180": lambda x: np.rot90(x, 2, (1, 2)),
    "r270": lambda x: np.rot90(x, 3, (1, 2)),
    "fh": lambda x: x[:, :, ::-1],
    "fv": lambda x: x[:, ::-1],
    "transposed": lambda x: x.transpose(0, 2, 1, 3),
}


def make_scenes(n: int = 6, size: int = 64, seed: int = 0) -> np.ndarray:
    """Noise, each image smoother than the one before."""
    rng = np.random.default_rng(seed)
    scenes = rng.normal(0, 1, (n, size, size))
    for row in range(n):
        for _ in range(row):
            turned = np.roll(scenes[row], 1, 0) + np.roll(scenes[row], 1, 1)
            scenes[row] += turned
        scenes[row] /= scenes[row].std()
    return np.clip(128 + 40 * scenes, 0, 255).astype(np.uint8)[..., None]


@pytest.mark.parametrize("turn", SYMMETRIES.values(), ids=SYMMETRIES)
def test_a_rotation_or_flip_changes_no_feature(turn):
    scenes = make_scenes()
    before = texture_features(scenes)
    after = texture_features(np.ascontiguousarray(turn(scenes)))
    # Rounding can move a pixel across a limit of a pattern or a quantile.
    assert np.abs(after - before).max() < 0.05


def test_different_textures_have_different_features():
    features = texture_features(make_scenes())
    apart = np.abs(features[1:] - features[:-1]).mean(axis=1)
    assert (apart > 0.05).all()


@pytest.mark.parametrize("size", [20, 64, 227])
def test_features_are_finite_for_any_size_and_for_blank_images(size):
    pixels = np.zeros((3, size, size, 1), dtype=np.uint8)
    pixels[1] = 255
    pixels[2, ::2] = 200
    features = texture_features(pixels)
    assert features.shape == (3, N_FEATURES)
    assert features.dtype == np.float32
    assert np.isfinite(features.astype(np.float16)).all()


def test_no_image_has_no_features_and_grey_without_a_channel_is_refused():
    assert texture_features(np.zeros((0, 64, 64, 1), np.uint8)).shape == (0, N_FEATURES)
    with pytest.raises(ValueError, match="n_images, size, size"):
        texture_features(np.zeros((2, 64, 64), np.uint8))
