"""Whether images that look alike share their label more often than chance has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]

NEIGHBOURS = 8
PERMUTATIONS = 200
MOST_IMAGES = 2_000
"""Images, at most, that are looked at: a fixed random sample of more."""
FULL_WEIGHT = 10
"""Images from which a class weighs as much as any other; smaller ones weigh less."""
SUBSETS = 10
SUBSET_IMAGES = 600
"""Images of a subset at most: more would only raise what is a lower bound."""


@dataclass(frozen=True)
class Association:
    """How far neighbours in feature space share a label.

    Attributes
    ----------
    n_images : int
    agreement : float
        Mean share of the 8 nearest images that have the same label, each class weighing
        the same.
    chance : float
        Its mean when labels are permuted.
    z : float
        Agreement less chance, in standard deviations over 200 permutations; NaN where
        there is no such spread.
    """

    n_images: int
    agreement: float
    chance: float
    z: float


def association(
    features: Floats,
    labels: Ints,
    *,
    n_neighbours: int = NEIGHBOURS,
    n_permutations: int = PERMUTATIONS,
    most: int = MOST_IMAGES,
    seed: int = 0,
) -> Association:
    """Measure how far images with similar features share their label.

    Parameters
    ----------
    features : (n_images, n_features) float
        Finite; each is brought to the same spread here.
    labels : (n_images,) int
    n_neighbours, n_permutations, most, seed : int

    References
    ----------
    Schilling (1986), Multivariate two-sample tests based on nearest neighbors,
    doi:10.1080/01621459.1986.10478337; here for several classes, weighed, and against
    permutations.
    """
    rng = np.random.default_rng(seed)
    if len(labels) > most:
        chosen = rng.choice(len(labels), most, replace=False)
        features, labels = features[chosen], labels[chosen]
    return _measured(standardised(features), labels, n_permutations, n_neighbours, rng)


def _measured(
    points: NDArray[np.float32],
    labels: Ints,
    n_permutations: int,
    n_neighbours: int,
    rng: np.random.Generator,
) -> Association:
    _, labels = np.unique(labels, return_inverse=True)
    if len(labels) <= n_neighbours or labels.max(initial=0) == 0:
        return Association(len(labels), np.nan, np.nan, np.nan)
    near = nearest(points, n_neighbours)
    found = _agreement(labels, near)
    by_chance = np.array(
        [_agreement(rng.permutation(labels), near) for _ in range(n_permutations)]
    )
    spread = by_chance.std()
    z = (found - by_chance.mean()) / spread if spread > 0 else np.nan
    return Association(len(labels), found, float(by_chance.mean()), float(z))


def least_association(
    features: Floats, labels: Ints, like: Ints, *, seed: int = 0
) -> float:
    """The least z of 10 random subsets of a reference, made as small as another split.

    What the test would find there if the labels belonged to their images, at worst.

    Parameters
    ----------
    features, labels
        Of the reference, whose labels belong to their images.
    like : (n_other,) int
        Labels of the other split: each class of a subset has as many images as here, or
        as many as there are, but no more than 600 in all.
    """
    rng = np.random.default_rng(seed)
    points = standardised(features)
    names, counts = np.unique(like, return_counts=True)
    scale = min(1.0, SUBSET_IMAGES / len(like))
    found = []
    for _ in range(SUBSETS):
        rows = [
            rng.permutation(np.flatnonzero(labels == name))[: round(n * scale)]
            for name, n in zip(names, counts, strict=True)
        ]
        chosen = np.concatenate(rows)
        found.append(_measured(points[chosen], labels[chosen], 50, NEIGHBOURS, rng).z)
    return float(np.min(found)) if np.isfinite(found).all() else float("nan")


def standardised(features: Floats) -> NDArray[np.float32]:
    """Centred by the median, divided by the spread, cut off at 3; constants are 0."""
    values = features.astype(np.float32)
    spread = values.std(axis=0)
    centred = values - np.median(values, axis=0)
    scaled = np.clip(centred / np.where(spread > 1e-6, spread, np.inf), -3, 3)
    return scaled.astype(np.float32)


def nearest(points: NDArray[np.float32], k: int) -> Ints:
    """(n_images, k) rows of the nearest other points, in no order."""
    squares = (points * points).sum(axis=1)
    found = np.empty((len(points), k), dtype=np.int64)
    for start in range(0, len(points), 512):
        part = slice(start, start + 512)
        # Less the square of the point itself, which orders nothing.
        apart = squares - 2 * (points[part] @ points.T)
        rows = np.arange(len(apart))
        apart[rows, rows + start] = np.inf
        found[part] = np.argpartition(apart, k, axis=1)[:, :k]
    return found


def _agreement(labels: Ints, near: Ints) -> float:
    weight = 1 / np.maximum(np.bincount(labels), FULL_WEIGHT)[labels]
    same = (labels[near] == labels[:, None]).mean(axis=1)
    return float(weight @ same / weight.sum())
