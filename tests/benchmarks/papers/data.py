"""The data of the programs: those of the papers where scikit-learn has or draws them.

MNIST and CIFAR-10 are not downloaded: scikit-learn's digits, enlarged, and drawn colour
images of ten classes stand for them. Tables that came with a question are drawn with
columns of the same scales.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Data:
    """Training and validation data; labels are ids, or numbers of a regression."""

    x: Array
    y: NDArray[np.int64]
    x_val: Array
    y_val: NDArray[np.int64]

    def with_input(self, scale: float = 1.0, shift: float = 0.0) -> Data:
        """The same with other numbers as input."""
        return replace(self, x=self.x * scale + shift, x_val=self.x_val * scale + shift)

    def standardised(self) -> Data:
        """Each column with mean 0 and standard deviation 1."""
        mean, std = self.x.mean(0), np.maximum(self.x.std(0), 1e-9)
        return replace(self, x=(self.x - mean) / std, x_val=(self.x_val - mean) / std)

    def flat(self) -> Data:
        """Images as rows."""
        return replace(
            self,
            x=self.x.reshape(len(self.x), -1),
            x_val=self.x_val.reshape(len(self.x_val), -1),
        )

    def of_classes(self, *wanted: int) -> Data:
        """The images of some classes, numbered from 0."""
        train, val = np.isin(self.y, wanted), np.isin(self.y_val, wanted)
        return Data(
            self.x[train],
            np.searchsorted(wanted, self.y[train]),
            self.x_val[val],
            np.searchsorted(wanted, self.y_val[val]),
        )


def split(x: NDArray[np.floating], y: NDArray[np.generic], n_train: int) -> Data:
    """The first `n_train` rows, and the others."""
    x = np.asarray(x, dtype=np.float32)
    return Data(x[:n_train], y[:n_train], x[n_train:], y[n_train:])


def digits() -> Data:
    """8 × 8 digits of scikit-learn, from 0 to 255, shuffled."""
    bunch = datasets.load_digits()
    order = np.random.default_rng(0).permutation(len(bunch.target))
    images = bunch.images[order][..., None] * (255 / 16)
    return split(images, bunch.target[order], 1400)


def mnist() -> Data:
    """The same digits, enlarged three times and padded to 28 × 28."""
    small = digits()
    return replace(small, x=_enlarged(small.x), x_val=_enlarged(small.x_val))


def _enlarged(images: Array) -> Array:
    large = images.repeat(3, axis=1).repeat(3, axis=2)
    return np.pad(large, ((0, 0), (2, 2), (2, 2), (0, 0)))


def cifar(n: int = 1600, size: int = 32) -> Data:
    """Colour images of five shapes in warm or cold colours, from 0 to 255."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 10, n)
    rows, columns = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    images = np.empty((n, size, size, 3))
    for place, label in enumerate(labels):
        y, x = rng.uniform(-0.3, 0.3, 2)
        reach = rng.uniform(0.4, 0.6)
        r, c = np.abs(rows - y), np.abs(columns - x)
        radius = np.hypot(r, c)
        inside = (
            radius < reach,
            (radius < reach) & (radius > 0.6 * reach),
            ((r < 0.15) | (c < 0.15)) & (np.maximum(r, c) < reach),
            np.maximum(r, c) < 0.85 * reach,
            (np.sin(14 * (columns - x)) > 0) & (np.maximum(r, c) < reach),
        )[label % 5]
        warm = (0.9, 0.5, 0.2) if label < 5 else (0.2, 0.5, 0.9)
        colour = np.array(warm) * rng.uniform(0.7, 1.1)
        images[place] = np.where(inside[..., None], colour, rng.uniform(0, 0.5, 3))
    images += rng.normal(0, 0.08, images.shape)
    return split((np.clip(images, 0, 1) * 255).round(), labels, 3 * n // 4)


def iris() -> Data:
    """Fisher's iris, one half to train and one to validate."""
    bunch = datasets.load_iris()
    order = np.random.default_rng(2).permutation(150)
    return split(bunch.data[order], bunch.target[order], 75)


def xor(n: int = 400) -> Data:
    """The four corners of XOR with a little noise: four rows cannot be evaluated."""
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 2, (n + 200, 2))
    x = corners + rng.normal(0, 0.05, corners.shape)
    return split(x, corners[:, 0] ^ corners[:, 1], n)


def circles() -> Data:
    """Two circles as AUTOTRAINER draws them."""
    x, y = datasets.make_circles(n_samples=1000, noise=0.1, random_state=1)
    return split(x, y, 700)


def blobs() -> Data:
    """Three blobs as AUTOTRAINER draws them."""
    x, y = datasets.make_blobs(
        n_samples=1000, centers=3, n_features=2, cluster_std=2, random_state=2
    )
    return split(x, y, 700)


def table(
    n: int,
    n_features: int,
    *,
    n_classes: int = 2,
    largest: float | None = None,
    seed: int = 0,
) -> Data:
    """Rows of which some columns show the class.

    `largest` is the scale of the largest column: positive columns of unequal scales,
    from 1 to that, as raw tables have them. Without it all have a similar scale.
    """
    informative = max(2, n_features // 2)
    x, y = datasets.make_classification(
        n_samples=n,
        n_features=n_features,
        n_informative=informative,
        n_redundant=0,
        n_classes=n_classes,
        n_clusters_per_class=1,
        class_sep=1.5,
        random_state=seed,
    )
    if largest is not None:
        scales = np.geomspace(1, largest, n_features)
        scales = np.random.default_rng(seed).permutation(scales)
        x = (x - x.min(0)) / np.ptp(x, axis=0) * scales
    return split(x, y, 3 * n // 4)


def letter_codes() -> Data:
    """Three codes of letters, 65 to 70; the later letters are class 1."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 400)
    start = np.where(y[:, None] == 1, 67, 65)
    x = start + rng.integers(0, 4, (400, 3))
    return split(x, y, 300)


def one_number() -> Data:
    """Uniform numbers, .2 to .4 for one class and .5 to .7 for the other."""
    rng = np.random.default_rng(4)
    y = rng.integers(0, 2, 2600)
    x = np.where(y == 0, rng.uniform(0.2, 0.4, 2600), rng.uniform(0.5, 0.7, 2600))
    return split(x[:, None], y, 2000)


def large_number() -> Data:
    """One number from 9,000 to 25,000; class 1 below 20,000, with some exceptions."""
    rng = np.random.default_rng(5)
    x = rng.uniform(9_000, 25_000, 1600)
    y = (x + rng.normal(0, 1500, 1600) < 17_000).astype(np.int64)
    return split(x[:, None], y, 1200)


def motifs() -> Data:
    """Ten letters of four kinds, one-hot; class 1 holds a motif of four."""
    rng = np.random.default_rng(6)
    letters = rng.integers(0, 4, (1600, 10))
    y = rng.integers(0, 2, 1600)
    for place in np.flatnonzero(y):
        start = rng.integers(0, 7)
        letters[place, start : start + 4] = (0, 1, 2, 3)
    return split(np.eye(4)[letters], y, 1200)
