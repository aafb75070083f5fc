"""Pairs of images whose hashes nearly agree under a symmetry, in linear time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hirise.dataset.phash import Hashes, symmetric_pairs

Ints = NDArray[np.int64]

MOST_BITS = 14
"""Of 128 bits, those that may differ between copies."""

BAND_BITS = 16
"""Least width of a band; more images take wider ones."""
MOST_IN_BAND = 256
"""More images alike in a band than this are no hint that two of them are copies."""
CHUNK = 20_000
"""Images whose candidates are held in memory at a time."""


def near_keys(pairs: Hashes, *, most_bits: int = MOST_BITS) -> Ints:
    """A number for each image that its copies share, rotated, flipped or relit.

    Copies of copies are copies.

    Parameters
    ----------
    pairs : (n_images, 2) uint64
        As `hash_pairs` gives them; an image of zeros has no copies.
    most_bits : int
        Bits of the 128 that may differ between two images, under the symmetry that
        makes them agree best.

    Returns
    -------
    (n_images,) int
        -1 for an image without a copy.
    """
    distinct, inverse = np.unique(pairs, axis=0, return_inverse=True)
    plain = (distinct == 0).all(axis=1)
    first, second = near_pairs(distinct, most_bits=most_bits)
    keys = _components(len(distinct), first, second)
    sizes = np.bincount(keys[inverse], minlength=len(distinct))
    keys[(sizes[keys] < 2) | plain] = -1
    return keys[inverse]


def near_pairs(pairs: Hashes, *, most_bits: int = MOST_BITS) -> tuple[Ints, Ints]:
    """Pairs of images that nearly agree: the first of each, and the second.

    Two images are compared if, under a symmetry, their hashes agree wholly in one of
    at least six bands. Copies that differ in few bits nearly always do.

    Parameters
    ----------
    pairs : (n_images, 2) uint64

    References
    ----------
    Norouzi et al. (2014), Fast Exact Search in Hamming Space with Multi-Index
    Hashing, arXiv:1307.2982: the bands, here without its probes of near bands.
    """
    every = symmetric_pairs(pairs)
    usable = ~(pairs == 0).all(axis=1)
    found: list[NDArray[np.int64]] = [np.empty((2, 0), dtype=np.int64)]
    for column, shift, bits in _bands(len(pairs)):
        mask = np.uint64(2**bits - 1)
        bands = (every[:, :, column] >> np.uint64(shift)) & mask
        for first, second, symmetry in _alike(bands, usable):
            other = every[symmetry, second]
            away = np.bitwise_count(pairs[first] ^ other).sum(axis=1, dtype=np.int64)
            near = away <= most_bits
            found.append(np.stack([first[near], second[near]]))
    both = np.unique(np.concatenate(found, axis=1), axis=1)
    return both[0], both[1]


def _bands(n_images: int) -> list[tuple[int, int, int]]:
    """Hash, shift and width in bits of each band."""
    bits = min(21, max(BAND_BITS, int(n_images).bit_length()))
    return [
        (column, shift, bits)
        for column in (0, 1)
        for shift in range(0, 64 - bits + 1, bits)
    ]


def _alike(
    bands: Hashes, usable: NDArray[np.bool_]
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Images first < second whose band agrees, the second under the symmetry."""
    rows = np.flatnonzero(usable)
    rows = rows[np.argsort(bands[0, rows], kind="stable")]
    known = bands[0, rows]
    for symmetry in range(len(bands)):
        for start in range(0, len(rows), CHUNK):
            asking = rows[start : start + CHUNK]
            low = np.searchsorted(known, bands[symmetry, asking], side="left")
            high = np.searchsorted(known, bands[symmetry, asking], side="right")
            n = np.where(high - low <= MOST_IN_BAND, high - low, 0)
            ends = np.cumsum(n)
            within = np.arange(ends[-1] if len(n) else 0) - np.repeat(ends - n, n)
            first = rows[np.repeat(low, n) + within]
            second = np.repeat(asking, n)
            once = first < second
            yield (
                first[once],
                second[once],
                np.full(int(once.sum()), symmetry, dtype=np.int64),
            )


def _components(n: int, first: Ints, second: Ints) -> Ints:
    """The smallest number among all that are linked, for each of `n`."""
    label = np.arange(n)
    while True:
        least = np.minimum(label[first], label[second])
        changed = label.copy()
        np.minimum.at(changed, first, least)
        np.minimum.at(changed, second, least)
        if (changed == label).all():
            return label
        label = changed
