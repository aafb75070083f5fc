"""Near-duplicates: a perceptual hash, and pairs of images whose hashes agree."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Bools, Ints, Pixels
from hirise.data.coarse import (
    BATCH,
    FREQUENCIES,
    LEAST_CONTRAST,
    SAME,
    correlations,
    cosine_coefficients,
)
from hirise.data.decoding import luminance

Hashes = NDArray[np.uint64]

N_SYMMETRIES = 8

_ROWS, _COLUMNS = np.mgrid[:FREQUENCIES, :FREQUENCIES]
_SUM = _ROWS + _COLUMNS
# 64 frequencies each, closed under swapping rows and columns. The mean is in neither.
_LOW = ((_SUM >= 1) & (_SUM <= 9)) | ((_SUM == 10) & (_ROWS != 5))
_HIGH = ((_SUM >= 11) & (_SUM <= 14)) | ((_SUM == 15) & (_ROWS > 2) & (_COLUMNS > 2))
_BANDS = (_LOW, _HIGH)


def canonical_hashes(pixels: Pixels) -> Hashes:
    """The first column of `hash_pairs`.

    Parameters
    ----------
    pixels : (n_images, size, size, channels) uint8

    Returns
    -------
    (n_images,) uint64
        Equal, or nearly so up to a symmetry, for copies. 0 for a plain image.

    Examples
    --------
    >>> noise = np.random.default_rng(0).integers(0, 256, (64, 64, 1), dtype=np.uint8)
    >>> first, second = canonical_hashes(np.stack([noise, noise[:, ::-1]]))
    >>> int(np.bitwise_count(first ^ second))
    0
    """
    return hash_pairs(pixels)[:, 0]


def hash_pairs(pixels: Pixels) -> Hashes:
    """Two hashes per image: one of coarse structure and one of finer structure.

    Both are of the same symmetry, the one that makes the first smallest. The second
    tells apart images that are alike from afar, such as one bright spot in the middle.

    Parameters
    ----------
    pixels : (n_images, size, size, channels) uint8
        May be memory-mapped; read in batches.

    Returns
    -------
    (n_images, 2) uint64
        Both 0 for an image too plain to be told from others (`LEAST_CONTRAST`).

    Examples
    --------
    >>> plain = np.full((1, 64, 64, 1), 128, dtype=np.uint8)
    >>> hash_pairs(plain).tolist()
    [[0, 0]]
    """
    found = np.zeros((len(pixels), 2), dtype=np.uint64)
    for start in range(0, len(pixels), BATCH):
        batch = luminance(pixels[start : start + BATCH]).astype(np.float32)
        signs = cosine_coefficients(batch) > 0
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

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> noise = random.integers(0, 256, (3, 64, 64, 1), dtype=np.uint8)
    >>> symmetric_pairs(hash_pairs(noise)).shape
    (8, 3, 2)
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


def _swap_order(band: Bools) -> Ints:
    """Where each bit comes from when rows and columns are swapped."""
    places = np.full(band.shape, -1)
    places[band] = np.arange(band.sum())
    order: Ints = places.T[band]
    return order


def _packed(bits: Bools) -> Hashes:
    """(n, 64) bits as (n,) numbers."""
    octets = np.ascontiguousarray(np.packbits(bits, axis=1))
    # Big-endian, as `packbits` begins with the highest bit.
    hashes: Hashes = octets.view(">u8")[:, 0].astype(np.uint64)
    return hashes


def _unpacked(hashes: Hashes) -> Bools:
    octets = np.ascontiguousarray(hashes).astype(">u8").view(np.uint8).reshape(-1, 8)
    return np.unpackbits(octets, axis=1).astype(bool)


MOST_BITS = 14
"""Of 128 bits, those that may differ between copies."""

BAND_BITS = 16
"""Least width of a band; more images take wider ones."""
MOST_IN_BAND = 256
"""More images alike in a band than this are no hint that two of them are copies."""
CHUNK = 20_000
"""Images whose candidates are held in memory at a time."""


def near_keys(
    pairs: Hashes,
    *,
    most_bits: int = MOST_BITS,
    pictures: NDArray[np.int8] | None = None,
) -> Ints:
    """A number for each image that its copies share, rotated, flipped or relit.

    Copies of copies are copies.

    Parameters
    ----------
    pairs : (n_images, 2) uint64
        As `hash_pairs` gives them; an image of zeros has no copies.
    most_bits : int
        Bits of the 128 that may differ between two images, under the symmetry that
        makes them agree best.
    pictures : (n_images, 256) int8, optional
        As `coarse_pictures` gives them: they must agree, too (`SAME`). Hashes alone
        also agree for drawings of one kind.

    Returns
    -------
    (n_images,) int
        -1 for an image without a copy.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> noise = random.integers(0, 256, (2, 64, 64, 1), dtype=np.uint8)
    >>> pixels = np.stack([noise[0], np.rot90(noise[0]), noise[1]])
    >>> keys = near_keys(hash_pairs(pixels))
    >>> bool(keys[0] == keys[1]), int(keys[2])
    (True, -1)
    """
    # Exact copies count once: many of them would overfill each of their bands.
    rows = pairs if pictures is None else _with_pictures(pairs, pictures)
    distinct, shown, inverse = np.unique(
        rows, axis=0, return_index=True, return_inverse=True
    )
    distinct = distinct[:, :2]
    plain = (distinct == 0).all(axis=1)
    first, second = near_pairs(distinct, most_bits=most_bits)
    if pictures is not None:
        agree = correlations(pictures, shown[first], shown[second]) >= SAME
        first, second = first[agree], second[agree]
    keys = _components(len(distinct), first, second)
    sizes = np.bincount(keys[inverse], minlength=len(distinct))
    keys[(sizes[keys] < 2) | plain] = -1
    return keys[inverse]


def _with_pictures(pairs: Hashes, pictures: NDArray[np.int8]) -> Hashes:
    """The pairs of hashes, and the pictures as whole numbers beside them."""
    whole = np.ascontiguousarray(pictures).view(np.uint64)
    return np.column_stack([pairs, whole])


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

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> noise = random.integers(0, 256, (2, 64, 64, 1), dtype=np.uint8)
    >>> pixels = np.stack([noise[0], noise[1], np.flipud(noise[0])])
    >>> first, second = near_pairs(hash_pairs(pixels))
    >>> first.tolist(), second.tolist()
    ([0], [2])
    """
    every = symmetric_pairs(pairs)
    usable = ~(pairs == 0).all(axis=1)
    found: list[Ints] = [np.empty((2, 0), dtype=np.int64)]
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
    # Wider ones would leave fewer than three per hash of 64 bits.
    bits = min(21, max(BAND_BITS, int(n_images).bit_length()))
    return [
        (column, shift, bits)
        for column in (0, 1)
        for shift in range(0, 64 - bits + 1, bits)
    ]


def _alike(bands: Hashes, usable: Bools) -> Iterator[tuple[Ints, Ints, Ints]]:
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
            # Each pair comes up from both sides, and each image meets itself.
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
