"""A perceptual hash that rotated, flipped and relit copies of an image share.

The hash holds the signs of low frequencies of the cosine transform. Brightness and
contrast leave signs as they are. A flip changes those of odd frequencies, a rotation
by 90° swaps rows with columns as well; so the hashes of all eight symmetries of a
square follow from any one of them, and the smallest stands for all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

N_SYMMETRIES = 8
FREQUENCIES = 16
BATCH = 256
LEAST_CONTRAST = 2.0
"""Standard deviation in grey levels under which an image is too plain for a hash."""

_ROWS, _COLUMNS = np.mgrid[:FREQUENCIES, :FREQUENCIES]
_SUM = _ROWS + _COLUMNS
# 64 frequencies each, closed under swapping rows and columns. The mean is in neither.
_LOW = ((_SUM >= 1) & (_SUM <= 9)) | ((_SUM == 10) & (_ROWS != 5))
_HIGH = ((_SUM >= 11) & (_SUM <= 14)) | ((_SUM == 15) & (_ROWS > 2) & (_COLUMNS > 2))
_BANDS = (_LOW, _HIGH)


def canonical_hashes(pixels: NDArray[np.uint8]) -> Hashes:
    """The first column of `hash_pairs`.

    Parameters
    ----------
    pixels : (n_images, size, size) uint8

    Returns
    -------
    (n_images,) uint64
        Equal, or nearly so up to a symmetry, for copies. 0 for a plain image.
    """
    return hash_pairs(pixels)[:, 0]


def hash_pairs(pixels: NDArray[np.uint8]) -> Hashes:
    """Two hashes per image: one of coarse structure and one of finer structure.

    Both are of the same symmetry, the one that makes the first smallest. The second
    tells apart images that are alike from afar, such as one bright spot in the middle.

    Parameters
    ----------
    pixels : (n_images, size, size) uint8
        May be memory-mapped; read in batches.

    Returns
    -------
    (n_images, 2) uint64
        Both 0 for an image too plain to be told from others (`LEAST_CONTRAST`).
    """
    found = np.zeros((len(pixels), 2), dtype=np.uint64)
    for start in range(0, len(pixels), BATCH):
        batch = np.asarray(pixels[start : start + BATCH], dtype=np.float32)
        signs = _coefficients(batch) > 0
        pairs = np.stack([_packed(signs[:, band]) for band in _BANDS], axis=1)
        pairs[batch.std(axis=(1, 2)) < LEAST_CONTRAST] = 0
        found[start : start + len(batch)] = pairs
    return _canonical(found)


def symmetric_pairs(pairs: Hashes) -> Hashes:
    """The pairs of hashes that an image has under each symmetry of the square.

    Parameters
    ----------
    pairs : (n_images, 2) uint64
        As `hash_pairs` gives them.

    Returns
    -------
    (8, n_images, 2) uint64
    """
    swapped = np.stack(
        [
            _packed(_unpacked(pairs[:, number])[:, _swap_order(band)])
            for number, band in enumerate(_BANDS)
        ],
        axis=1,
    )
    masks = [_odd_masks(flip_rows, flip_columns) for flip_rows, flip_columns in _FLIPS]
    both = (pairs, swapped)
    every: Hashes = np.stack([turned ^ mask for turned in both for mask in masks])
    return every


_FLIPS = ((False, False), (False, True), (True, False), (True, True))


def _coefficients(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """The lowest frequencies of the cosine transform, (n, rows, columns)."""
    size = batch.shape[1]
    middle = (np.arange(size) + 0.5) / size
    waves = np.cos(np.pi * np.arange(FREQUENCIES)[:, None] * middle)
    waves = waves.astype(np.float32)
    found: NDArray[np.float32] = waves @ batch @ waves.T
    return found


def _canonical(pairs: Hashes) -> Hashes:
    """Of the eight symmetries, the pair whose first hash is smallest, then second."""
    every = symmetric_pairs(pairs)
    best: Hashes = every[0].copy()
    for other in every[1:]:
        less = other[:, 0] < best[:, 0]
        less |= (other[:, 0] == best[:, 0]) & (other[:, 1] < best[:, 1])
        best[less] = other[less]
    best[(pairs == 0).all(axis=1)] = 0
    return best


def _odd_masks(flip_rows: bool, flip_columns: bool) -> Hashes:
    """The bits that change their sign in a flip, one mask per hash, (2,)."""
    odd = (_ROWS * flip_rows + _COLUMNS * flip_columns) % 2 == 1
    masks: Hashes = np.concatenate([_packed(odd[band][None]) for band in _BANDS])
    return masks


def _swap_order(band: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where each bit comes from when rows and columns are swapped."""
    places = np.full(band.shape, -1)
    places[band] = np.arange(band.sum())
    order: NDArray[np.int64] = places.T[band]
    return order


def _packed(bits: NDArray[np.bool_]) -> Hashes:
    """(n, 64) bits as (n,) numbers."""
    octets = np.ascontiguousarray(np.packbits(bits, axis=1))
    hashes: Hashes = octets.view(">u8")[:, 0].astype(np.uint64)
    return hashes


def _unpacked(hashes: Hashes) -> NDArray[np.bool_]:
    octets = np.ascontiguousarray(hashes).astype(">u8").view(np.uint8).reshape(-1, 8)
    return np.unpackbits(octets, axis=1).astype(bool)
