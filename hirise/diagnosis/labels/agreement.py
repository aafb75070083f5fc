"""Tests of whether labels belong to their images: copies and neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.diagnosis.labels.tables import UNKNOWN, LabelTables
from hirise.mars.labels import HIRISE_CLASSES

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]

NEIGHBOURS = 8
PERMUTATIONS = 200
MOST_IMAGES = 2_000
"""Images that are compared at most: a fixed random sample of more."""
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
        Mean fraction of the 8 nearest images that have the same label, each class
        weighing the same.
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

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = np.repeat([0, 1], 50)
    >>> features = rng.normal(size=(100, 3)) + 3 * labels[:, None]
    >>> shuffled = rng.permutation(labels)
    >>> association(features, labels).z > 6, association(features, shuffled).z > 6
    (True, False)
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
    agreement = _agreement(labels, near)
    by_chance = np.array(
        [_agreement(rng.permutation(labels), near) for _ in range(n_permutations)]
    )
    spread = by_chance.std()
    z = (agreement - by_chance.mean()) / spread if spread > 0 else np.nan
    return Association(len(labels), agreement, float(by_chance.mean()), float(z))


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

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = np.repeat([0, 1], 50)
    >>> features = rng.normal(size=(100, 3)) + 3 * labels[:, None]
    >>> least_association(features, labels, like=labels[::2]) > 6
    True
    """
    rng = np.random.default_rng(seed)
    points = standardised(features)
    names, counts = np.unique(like, return_counts=True)
    scale = min(1.0, SUBSET_IMAGES / len(like))
    scores = []
    for _ in range(SUBSETS):
        rows = [
            rng.permutation(np.flatnonzero(labels == name))[: round(n * scale)]
            for name, n in zip(names, counts, strict=True)
        ]
        chosen = np.concatenate(rows)
        scores.append(_measured(points[chosen], labels[chosen], 50, NEIGHBOURS, rng).z)
    return float(np.min(scores)) if np.isfinite(scores).all() else float("nan")


def standardised(features: Floats) -> NDArray[np.float32]:
    """Centred by the median, divided by the spread, cut off at 3; constants are 0.

    Examples
    --------
    >>> standardised(np.array([[0.0, 7.0], [1.0, 7.0], [2.0, 7.0]])).round(2)
    array([[-1.22,  0.  ],
           [ 0.  ,  0.  ],
           [ 1.22,  0.  ]], dtype=float32)
    """
    values = features.astype(np.float32)
    spread = values.std(axis=0)
    centred = values - np.median(values, axis=0)
    scaled = np.clip(centred / np.where(spread > 1e-6, spread, np.inf), -3, 3)
    return scaled.astype(np.float32)


def nearest(points: NDArray[np.float32], k: int) -> Ints:
    """(n_images, k) rows of the nearest other points, in no order.

    Examples
    --------
    >>> points = np.array([[0.0], [1.0], [5.0], [6.0]], dtype=np.float32)
    >>> nearest(points, 1).ravel().tolist()
    [1, 0, 3, 2]
    """
    squares = (points * points).sum(axis=1)
    neighbours = np.empty((len(points), k), dtype=np.int64)
    for start in range(0, len(points), 512):
        part = slice(start, start + 512)
        # Less the square of the point itself, which orders nothing.
        distances = squares - 2 * (points[part] @ points.T)
        rows = np.arange(len(distances))
        distances[rows, rows + start] = np.inf
        neighbours[part] = np.argpartition(distances, k, axis=1)[:, :k]
    return neighbours


def _agreement(labels: Ints, near: Ints) -> float:
    weight = 1 / np.maximum(np.bincount(labels), FULL_WEIGHT)[labels]
    same = (labels[near] == labels[:, None]).mean(axis=1)
    return float(weight @ same / weight.sum())


FEWEST_IMAGES = 30
FEWEST_PAIRS = 20
CERTAIN = 6.0
"""A z that is high enough without knowing what correct labels would give."""
HIRISE_IMAGES = 300
HIRISE_MINORITY = 30
HIRISE_LEAST = 6.0
"""Least z on correct labels of as many HiRISE images (benchmarks/alignment.py)."""


@dataclass(frozen=True)
class LabelTest:
    """One test of one split.

    Attributes
    ----------
    split, source : str
        As in `LabelTables.seen`.
    test : str
        `catalog`, `siblings`, `neighbours` or `numbers`.
    n : int
        What was compared: images, or pairs of copies for `siblings`.
    value : float
        The fraction of labels that are not the catalog's, of pairs that agree, or of
        neighbours that agree, each class weighing the same; or Cohen's kappa.
    chance : float
        `value` if labels were permuted; of `numbers`, the training images' kappa.
    z, expected : float
        Of `neighbours`: the association in standard deviations, and what correct labels
        would give at least; NaN where it is not known.
    reference : str
        How `expected` is known.
    reason : str
        Why the test cannot be made; "" if it can.
    """

    split: str
    source: str
    test: str
    n: int = 0
    value: float = float("nan")
    chance: float = float("nan")
    z: float = float("nan")
    expected: float = float("nan")
    reference: str = ""
    reason: str = ""


def measure(tables: LabelTables) -> tuple[LabelTest, ...]:
    """Three tests for each split and source."""
    groups = [
        (str(split), str(source), part)
        for (split, source), part in tables.seen.groupby(
            ["split", "source"], sort=False
        )
    ]
    tests = []
    for split, source, part in groups:
        tests.append(_catalog(tables, LabelTest(split, source, "catalog"), part))
        tests.append(_siblings(LabelTest(split, source, "siblings"), part))
    return (*tests, *_neighbours(tables, groups))


def _catalog(tables: LabelTables, test: LabelTest, part: pd.DataFrame) -> LabelTest:
    known = part[part["right"] != UNKNOWN]
    if known.empty:
        reason = tables.not_comparable or "no image of this split is in the catalog"
        return replace(test, reason=reason)
    shares = [
        np.bincount(known[column], minlength=len(tables.class_names)) / len(known)
        for column in ("label", "right")
    ]
    return replace(
        test,
        n=len(known),
        value=float((known["label"] != known["right"]).mean()),
        chance=float(1 - shares[0] @ shares[1]),
    )


def _siblings(test: LabelTest, part: pd.DataFrame) -> LabelTest:
    """How many pairs of copies of one landmark agree, and would by permutation."""
    named = part[part["landmark"] != ""]
    sizes = named.groupby("landmark")["label"].transform("size")
    copies = named[sizes > 1]
    by_landmark = copies.groupby("landmark")["label"]
    n_pairs = _pairs(by_landmark.size())
    if n_pairs < FEWEST_PAIRS:
        number = "no" if n_pairs == 0 else f"only {n_pairs}"
        reason = f"there are {number} pairs of copies of one landmark"
        return replace(test, reason=reason)
    agreeing = _pairs(copies.groupby(["landmark", "label"]).size())
    in_class = _pairs(copies["label"].value_counts())
    n = len(copies)
    return replace(
        test,
        n=n_pairs,
        value=agreeing / n_pairs,
        chance=in_class / (n * (n - 1) // 2),
    )


def _pairs(sizes: pd.Series[int]) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


@dataclass(frozen=True, eq=False)
class _Part:
    """What the neighbours test needs of one split and source."""

    test: LabelTest
    features: Floats
    labels: Ints
    right: Ints
    measured: Association


def _neighbours(
    tables: LabelTables, groups: list[tuple[str, str, pd.DataFrame]]
) -> list[LabelTest]:
    tests, parts = [], []
    for split, source, rows in groups:
        test = LabelTest(split, source, "neighbours")
        kind, images = _with_features(tables, rows)
        if len(images) < FEWEST_IMAGES:
            reason = f"only {len(images)} different images have features"
            if images.empty:
                reason = "no features of the images are known; give the dataset"
            tests.append(replace(test, reason=reason))
            continue
        features = tables.features[kind][images[kind].to_numpy()]
        labels = images["label"].to_numpy()
        measured = association(features, labels)
        test = replace(
            test,
            n=measured.n_images,
            value=measured.agreement,
            chance=measured.chance,
            z=measured.z,
        )
        right = images["right"].to_numpy()
        parts.append(_Part(test, features, labels, right, measured))
    tests += [_with_expected(part, parts, tables) for part in parts]
    return tests


def _with_features(tables: LabelTables, part: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """One image per landmark that has features, and their kind."""
    for kind in ("embedding", "texture"):
        chosen = part[part[kind] != UNKNOWN]
        if kind not in tables.features or chosen.empty:
            continue
        # A dead network gives every image the same embedding.
        if np.ptp(tables.features[kind][chosen[kind]], axis=0).max() > 0:
            copies = chosen["landmark"].duplicated() & (chosen["landmark"] != "")
            return kind, chosen[~copies]
    return "texture", part.iloc[:0]


def _with_expected(part: _Part, parts: list[_Part], tables: LabelTables) -> LabelTest:
    """The test with what correct labels would give, if that decides anything."""
    test = part.test
    if not np.isfinite(test.z):
        return replace(test, reason="one class holds all images, or features are alike")
    if test.z >= CERTAIN:
        return test
    for find in (_from_catalog, _from_other_split, _from_hirise):
        expected, reference = find(part, parts, tables)
        if np.isfinite(expected):
            return replace(test, expected=expected, reference=reference)
    return replace(test, reference="it is not known what correct labels would give")


_Expected = tuple[float, str]
_Source = Callable[[_Part, list[_Part], LabelTables], _Expected]
_UNKNOWN: _Expected = (float("nan"), "")


def _from_catalog(part: _Part, parts: list[_Part], tables: LabelTables) -> _Expected:
    known = (part.right != UNKNOWN).all()
    if not known or np.array_equal(part.right, part.labels):
        return _UNKNOWN
    z = association(part.features, part.right).z
    return z, "the catalog's labels of the same images"


def _from_other_split(
    part: _Part, parts: list[_Part], tables: LabelTables
) -> _Expected:
    others = [
        other
        for other in parts
        if other.test.split != part.test.split
        and other.features.shape[1] == part.features.shape[1]
        and other.measured.z >= CERTAIN
    ]
    if not others:
        return _UNKNOWN
    best = max(others, key=lambda other: other.measured.z)
    z = least_association(best.features, best.labels, part.labels)
    return z, f"{best.test.split} images, cut to as many of each class, at least"


def _from_hirise(part: _Part, parts: list[_Part], tables: LabelTables) -> _Expected:
    counts = np.bincount(part.labels)
    enough = len(part.labels) >= HIRISE_IMAGES
    varied = counts.sum() - counts.max() >= HIRISE_MINORITY
    if set(tables.class_names) == set(HIRISE_CLASSES) and enough and varied:
        return HIRISE_LEAST, f"{HIRISE_IMAGES} HiRISE images, at least"
    return _UNKNOWN
