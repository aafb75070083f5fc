"""Coarse pictures: what confirms that two images whose hashes agree are copies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints, Pixels
from hirise.data.decoding import luminance

Coarse = NDArray[np.int8]

FREQUENCIES = 16
BATCH = 256
LEAST_CONTRAST = 2.0
"""Standard deviation in grey levels under which an image is too plain for a hash."""

N_COARSE = FREQUENCIES**2
"""Numbers per image."""
SAME = 0.99
"""Correlation from which two images are copies. Of 2,314 pairs of copies of real HiRISE
images whose hashes agree 96% have it; handwritten digits reach .984, photographs of
clothing .954."""

_PAIRS = 50_000
_LARGEST = 127


def cosine_coefficients(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """The lowest frequencies of the cosine transform, (n, rows, columns).

    Examples
    --------
    >>> cosine_coefficients(np.ones((1, 64, 64), dtype=np.float32)).shape
    (1, 16, 16)
    """
    size = batch.shape[1]
    middle = (np.arange(size) + 0.5) / size
    waves = np.cos(np.pi * np.arange(FREQUENCIES)[:, None] * middle)
    waves = waves.astype(np.float32)
    found: NDArray[np.float32] = waves @ batch @ waves.T
    return found


def coarse_pictures(pixels: Pixels) -> Coarse:
    """The lowest frequencies of the brightness, without the mean, as whole numbers.

    Parameters
    ----------
    pixels : (n_images, size, size, channels) uint8
        May be memory-mapped; read in batches.

    Returns
    -------
    (n_images, 256) int8
        All 0 for an image too plain to be told from others.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> noise = random.integers(0, 256, (1, 64, 64, 1), dtype=np.uint8)
    >>> pictures = coarse_pictures(np.concatenate([noise, noise // 2]))
    >>> float(correlations(pictures, np.array([0]), np.array([1]))[0]) > 0.99
    True
    """
    found = np.zeros((len(pixels), N_COARSE), dtype=np.int8)
    for start in range(0, len(pixels), BATCH):
        batch = luminance(pixels[start : start + BATCH]).astype(np.float32)
        waves = cosine_coefficients(batch)
        # The first wave of each direction is twice as strong as the others.
        waves[:, 0, :] /= np.sqrt(2)
        waves[:, :, 0] /= np.sqrt(2)
        waves[:, 0, 0] = 0
        flat = waves.reshape(len(batch), N_COARSE)
        largest = np.abs(flat).max(axis=1, keepdims=True)
        whole = np.rint(flat * (_LARGEST / np.maximum(largest, 1e-6)))
        whole[batch.std(axis=(1, 2)) < LEAST_CONTRAST] = 0
        found[start : start + len(batch)] = whole
    return found


def correlations(pictures: Coarse, first: Ints, second: Ints) -> Floats:
    """Correlation of pairs of images, under the symmetry in which they agree best.

    Brightness and contrast do not count.

    Parameters
    ----------
    pictures : (n_images, 256) int8
        As `coarse_pictures` gives them.
    first, second : (n_pairs,) int

    Returns
    -------
    (n_pairs,) float in [-1, 1]
        0 where an image is plain.
    """
    found = [
        _correlations(pictures, first[at : at + _PAIRS], second[at : at + _PAIRS])
        for at in range(0, len(first), _PAIRS)
    ]
    return np.concatenate(found) if found else np.empty(0)


def _correlations(pictures: Coarse, first: Ints, second: Ints) -> Floats:
    shape = (-1, FREQUENCIES, FREQUENCIES)
    here = pictures[first].reshape(shape).astype(np.float32)
    there = pictures[second].reshape(shape).astype(np.float32)
    norms = np.sqrt((here**2).sum(axis=(1, 2)) * (there**2).sum(axis=(1, 2)))
    # A flip changes the sign of the odd waves, a transposition swaps directions.
    odd = np.where(np.arange(FREQUENCIES) % 2, -1.0, 1.0).astype(np.float32)
    even = np.ones(FREQUENCIES, dtype=np.float32)
    best = np.full(len(first), -np.inf, dtype=np.float32)
    for turned in (there, there.swapaxes(1, 2)):
        products = here * turned
        for down in (even, odd):
            for right in (even, odd):
                best = np.maximum(best, np.einsum("nij,i,j->n", products, down, right))
    return np.asarray(np.where(norms > 0, best / np.maximum(norms, 1e-9), 0.0), float)
