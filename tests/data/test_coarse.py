"""Coarse pictures: copies of noise and of drawings, turned, flipped and brightened."""

import numpy as np
import pytest

from hirise.data.coarse import SAME, coarse_pictures, correlations
from hirise.data.near_duplicates import hash_pairs, near_keys

NOISE = np.random.default_rng(0).integers(0, 200, (2, 64, 64, 1), dtype=np.uint8)
SMOOTH = np.kron(NOISE[:, ::8, ::8], np.ones((1, 8, 8, 1), dtype=np.uint8))


@pytest.mark.parametrize("pixels", [NOISE, SMOOTH])
@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("flipped", [False, True])
def test_a_turned_and_brightened_copy_is_the_same(pixels, turns, flipped):
    copy = np.rot90(pixels[0], turns) // 2 + 100
    copy = copy[:, ::-1] if flipped else copy
    pictures = coarse_pictures(np.stack([pixels[0], copy, pixels[1]]))
    same, other = correlations(pictures, np.array([0, 0]), np.array([1, 2]))
    assert same > SAME
    assert other < 0.6


def test_it_is_the_correlation_of_the_pixels_of_a_smooth_picture():
    """Two waves at a right angle mixed as .8 and .6 correlate by .8 with the first."""
    middle = (np.arange(64) + 0.5) / 64
    down = np.cos(2 * np.pi * middle)[:, None] * np.ones(64)
    mixed = 0.8 * down + 0.6 * np.cos(5 * np.pi * middle)
    pixels = np.stack([127 + 60 * wave for wave in (down, mixed)])[..., None]
    pictures = coarse_pictures(pixels.round().astype(np.uint8))
    (found,) = correlations(pictures, np.array([0]), np.array([1]))
    assert found == pytest.approx(0.8, abs=0.01)


def test_plain_images_are_like_nothing():
    plain = coarse_pictures(np.full((2, 64, 64, 1), 90, dtype=np.uint8))
    assert not plain.any()
    assert correlations(plain, np.array([0]), np.array([1])).tolist() == [0]
    nothing = np.array([], dtype=int)
    assert len(correlations(plain, nothing, nothing)) == 0


def test_equal_hashes_of_other_pictures_are_no_copies():
    pixels = np.concatenate([NOISE, NOISE[:1, ::-1]])
    hashes, pictures = hash_pairs(pixels), coarse_pictures(pixels)
    assert near_keys(hashes, pictures=pictures).tolist() == [0, -1, 0]
    hashes[:] = hashes[0]
    keys = near_keys(hashes, pictures=pictures)
    assert keys[0] == keys[2] >= 0
    assert keys[1] == -1
