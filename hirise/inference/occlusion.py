"""Where any model looks: what is lost when a place is covered."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hirise.inference.shares import shares

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PATCHES = 8
"""Patches of a side; they overlap by half."""


def occlusion(
    probabilities: Callable[[NDArray[np.uint8]], Floats],
    images: NDArray[np.uint8],
    classes: Ints,
    *,
    patches: int = PATCHES,
) -> NDArray[np.float32]:
    """How much of a class' probability is lost when each place is covered.

    Each patch of an eighth of a side, in steps of half of it, is painted in the image's
    mean grey. The loss is spread over its pixels; gains count as nothing.

    Parameters
    ----------
    probabilities : callable
        (n, height, width) bytes to (n, n_classes).
    images : (n_images, height, width) uint8
    classes : (n_images,) int
    patches : int

    Returns
    -------
    (n_images, height, width) float32
        Not negative; each image sums to 1, or is 0 everywhere.

    References
    ----------
    Zeiler and Fergus (2014), Visualizing and Understanding Convolutional Networks,
    arXiv:1311.2901.
    """
    places = _places(images.shape[1:3], patches)
    found = np.zeros(images.shape, dtype=np.float32)
    for n, image in enumerate(images):
        covered = np.repeat(image[None], len(places) + 1, axis=0)
        for one, (rows, columns) in zip(covered[1:], places, strict=True):
            one[rows, columns] = round(float(image.mean()))
        of_class = probabilities(covered)[:, classes[n]]
        for lost, (rows, columns) in zip(
            of_class[0] - of_class[1:], places, strict=True
        ):
            found[n, rows, columns] += max(float(lost), 0.0)
    return shares(found)


def _places(shape: tuple[int, ...], patches: int) -> list[tuple[slice, slice]]:
    height, width = shape
    tall, wide = (-(-side // patches) for side in (height, width))
    tops = range(0, max(height - tall, 0) + 1, max(1, tall // 2))
    lefts = range(0, max(width - wide, 0) + 1, max(1, wide // 2))
    return [
        (slice(top, top + tall), slice(left, left + wide))
        for top in tops
        for left in lefts
    ]
