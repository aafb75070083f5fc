"""Copies share a hash, whatever the symmetry; other images do not."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from hirise.data.near_duplicates import (
    canonical_hashes,
    hash_pairs,
    near_keys,
    near_pairs,
    symmetric_pairs,
)


def symmetries(image):
    """The eight of a square."""
    turned = [np.rot90(image, quarter) for quarter in range(4)]
    return np.stack([*turned, *(one.T for one in turned)])


def recompressed(image, quality=75):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


@pytest.fixture(scope="module")
def scenes():
    """40 images of soft shapes, (40, 64, 64)."""
    rng = np.random.default_rng(0)
    rough = rng.integers(0, 255, (40, 16, 16), dtype=np.uint8)
    size = (64, 64)
    return np.stack([np.asarray(Image.fromarray(one).resize(size, 3)) for one in rough])


@pytest.mark.parametrize("size", [64, 63])
def test_the_hash_is_that_of_all_eight_symmetries(scenes, size):
    for image in scenes[:10]:
        hashes = hash_pairs(symmetries(image[:size, :size])[..., None])
        away = np.bitwise_count(hashes[0] ^ hashes).sum(axis=1)
        assert (away == 0).all()


def test_canonical_hashes_are_the_first_of_the_pairs(scenes):
    found = canonical_hashes(scenes[..., None])
    assert found.dtype == np.uint64
    assert (found == hash_pairs(scenes[..., None])[:, 0]).all()


def test_the_symmetric_hashes_are_those_of_the_turned_images(scenes):
    every = symmetric_pairs(hash_pairs(scenes[:1, ..., None]))[:, 0]
    assert len(np.unique(every, axis=0)) == 8
    again = [symmetric_pairs(one[None])[:, 0] for one in every]
    assert all({*map(tuple, one)} == {*map(tuple, every)} for one in again)


def test_brightness_and_contrast_leave_the_hash_alone(scenes):
    darker = np.rint(scenes * 0.6 + 20).astype(np.uint8)
    away = np.bitwise_count(
        hash_pairs(scenes[..., None]) ^ hash_pairs(darker[..., None])
    ).sum(axis=1)
    assert np.median(away) == 0


def test_a_plain_image_has_no_hash_and_no_copies():
    plain = np.full((3, 32, 32), 90, dtype=np.uint8)
    plain[1, 4, 4] = 92
    assert (hash_pairs(plain[..., None]) == 0).all()
    assert near_keys(hash_pairs(plain[..., None])).tolist() == [-1, -1, -1]


def test_copies_are_found_and_nothing_else(scenes):
    rng = np.random.default_rng(1)
    copies = [recompressed(symmetries(one)[rng.integers(8)]) for one in scenes]
    pairs = hash_pairs(np.concatenate([scenes, np.stack(copies)])[..., None])
    first, second = near_pairs(pairs)
    assert first.tolist() == list(range(40))
    assert second.tolist() == list(range(40, 80))
    keys = near_keys(pairs)
    assert (keys[:40] == keys[40:]).all()
    assert len(set(keys)) == 40


def test_images_alone_have_no_key_and_equal_ones_have(scenes):
    keys = near_keys(hash_pairs(scenes[[0, 1, 2, 1], ..., None]))
    assert keys[1] == keys[3] >= 0
    assert keys[0] == keys[2] == -1


def test_copies_of_copies_are_copies():
    # 0 and 2 differ in 16 bits, 1 in 8 from each.
    pairs = np.zeros((3, 2), dtype=np.uint64)
    pairs[:, 0] = 0x0123456789ABCDEF
    pairs[:, 1] = [0x7777AAAA0F0F3300, 0x7777AAAA0F0F33FF, 0x7777AAAA0F0FCCFF]
    assert len(near_pairs(pairs, most_bits=8)[0]) == 2
    assert len(set(near_keys(pairs, most_bits=8))) == 1
    assert near_keys(pairs, most_bits=7).tolist() == [-1, -1, -1]


@pytest.mark.real
def test_siblings_of_real_images_are_found_without_their_names(real_catalog):
    from hirise.data import load_images

    rows = real_catalog.table["observation"].isin(
        real_catalog.table["observation"].drop_duplicates()[:12]
    )
    part = type(real_catalog)(
        **{
            **vars(real_catalog),
            "table": real_catalog.table[rows].reset_index(drop=True),
        }
    )
    first, second = near_pairs(hash_pairs(load_images(part, size=128).pixels))
    landmark = pd.factorize(part.table["landmark"])[0]
    sizes = np.bincount(landmark)
    n_true = int((sizes * (sizes - 1) // 2).sum())
    right = int((landmark[first] == landmark[second]).sum())
    assert n_true > 100
    assert right >= 0.99 * n_true
    assert len(first) - right <= 0.01 * len(first)
