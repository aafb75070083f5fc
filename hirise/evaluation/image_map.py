"""A map of a split's images, and a part of it drawn by hand."""

from __future__ import annotations

import contextlib
import io
import math
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.runs import Run
from hirise.runs.embeddings import EmbeddingMap, embeddings_path, read_embeddings

Floats = NDArray[np.float32]
Report = Callable[[int, int], object]
"""Gets how many steps are done, and how many there are."""

METHODS = ("pca", "tsne")
TITLES = {"pca": "PCA", "tsne": "t-SNE"}

FEWEST = 5
"""Images that a map needs."""

ALIKE = 0.02
"""Spread of the features, as a fraction of their size, below which all are the same.

Half precision rounds to 0.0005; of 30 trainings on HiRISE the one that had died came to
0.004 and all others to 0.4 or more.
"""

FIRST_AXES = 50
"""Axes of PCA that t-SNE begins from, as in the paper."""

PERPLEXITY = 30.0
STEPS = 1000

_STEP = re.compile(r"\[t-SNE\] Iteration (\d+):")


class Features(NamedTuple):
    """`values` are (n_images, d), finite; `images` their names."""

    images: pd.Series[str]
    values: Floats


def features_of(run: Run, split: str) -> Features:
    """What the last layer gets of each image of a split, if a map can be made of it.

    Raises
    ------
    InputError
        If the run keeps no features, or they are broken, too few, or all the same.
    """
    name, catalog = run.info.id, run.catalog()
    known = catalog is not None and {"image", "split"} <= set(catalog)
    if not known or not embeddings_path(run.folder, split).is_file():
        raise InputError(why_no_features(run, split))
    values = read_embeddings(run, split).astype(np.float32)
    if len(values) < FEWEST or not values.shape[1]:
        raise InputError(
            f"{name}: keeps {values.shape[1]:,} features of {len(values):,} images "
            f"of {split}; a map needs at least one feature of at least {FEWEST} "
            "images."
        )
    if not np.isfinite(values).all():
        raise InputError(
            f"{name}: some features of {split} are not finite, so their images have no "
            "place on a map. The training diverged; see its learning curves."
        )
    spread = spread_of(values)
    if spread < ALIKE:
        raise InputError(
            f"{name}: its network gives all {len(values):,} images of {split} the same "
            f"features (they differ by {100 * spread:.2g}% of their size), so a map "
            "would show noise. Cure the collapse first."
        )
    assert catalog is not None
    images = catalog.loc[catalog["split"] == split, "image"].astype("str")
    return Features(images.reset_index(drop=True), values)


def why_no_features(run: Run, split: str) -> str:
    """Why a run keeps no features of a split, and how it gets them, in one line."""
    name = run.info.id
    lacks = f"{name}: keeps no features of {split}, from which a map is made."
    if run.is_example:
        return f"{lacks} The shipped examples have none; your own trainings do."
    return (
        f"{lacks} Trainings and `hirise predict` with Keras models keep them; other "
        "formats and imports do not."
    )


def spread_of(values: Floats) -> float:
    """Root mean square of the deviations from the mean image, over that of all.

    Examples
    --------
    >>> collapsed, alive = np.ones((9, 4), np.float32), np.eye(4, dtype=np.float32)
    >>> spread_of(collapsed), round(spread_of(alive), 2)
    (0.0, 0.87)
    """
    size = float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
    deviations = float(np.sqrt(np.mean(np.var(values, axis=0, dtype=np.float64))))
    return deviations / size if size else 0.0


def make_map(
    run: Run,
    split: str,
    method: str = "pca",
    *,
    seed: int = 0,
    report: Report = lambda *_: None,
) -> EmbeddingMap:
    """The map of a split by one of `METHODS`.

    `report` gets the steps of t-SNE. See `features_of` for what is raised; also an
    `InputError` if scikit-learn is not installed.
    """
    if find_spec("sklearn") is None:
        raise InputError(
            "A map needs scikit-learn, which is not installed here. "
            "Run: python -m pip install 'hirise[train]'"
        )
    images, values = features_of(run, split)
    if method == "pca":
        places, explained = principal_axes(values, seed=seed)
        about = {"explained": explained.tolist()}
    else:
        places, about = neighbour_map(values, seed=seed, report=report)
    points = pd.DataFrame({"image": images, "x": places[:, 0], "y": places[:, 1]})
    return EmbeddingMap(points.astype({"x": float, "y": float}), method, seed, about)


def principal_axes(
    values: Floats, *, n: int = 2, seed: int = 0
) -> tuple[Floats, NDArray[np.float64]]:
    """Scores on the `n` axes of largest variance, by a randomized SVD.

    Parameters
    ----------
    values : (n_images, d) float32
    n : int
    seed : int
        The same seed gives the same bits; others differ in the last digits.

    Returns
    -------
    (n_images, n) float32, (n,) float in [0, 1]
        Scores, and the fraction of the variance of each axis; 0 beyond d axes.

    References
    ----------
    Halko, Martinsson and Tropp (2011), Finding Structure with Randomness,
    arXiv:0909.4061.
    """
    from sklearn.decomposition import PCA

    there = min(n, *values.shape)
    model = PCA(there, svd_solver="randomized", random_state=seed)
    scores = np.zeros((len(values), n), dtype=np.float32)
    shares = np.zeros(n)
    scores[:, :there] = model.fit_transform(values)
    shares[:there] = model.explained_variance_ratio_
    return scores, shares


def neighbour_map(
    values: Floats, *, seed: int = 0, report: Report = lambda *_: None
) -> tuple[Floats, dict[str, float]]:
    """t-SNE of the first principal axes: who is near whom is kept, distances are not.

    Parameters
    ----------
    values : (n_images, d) float32
    seed : int
    report : callable
        Steps done and in all, every 50 steps.

    Returns
    -------
    (n_images, 2) float32, dict
        Places, and `perplexity` and `divergence` (Kullback and Leibler's, in nats).

    References
    ----------
    van der Maaten and Hinton (2008), Visualizing Data using t-SNE, JMLR 9:2579-2605;
    Barnes-Hut approximation: van der Maaten (2014), JMLR 15:3221-3245.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    axes, _ = principal_axes(values, n=min(FIRST_AXES, *values.shape), seed=seed)
    # Three times as many neighbours are searched for among the others.
    perplexity = min(PERPLEXITY, (len(values) - 1) / 3)
    model = TSNE(
        2,
        perplexity=perplexity,
        # PCA cannot make two axes of one.
        init="pca" if axes.shape[1] > 1 else "random",
        max_iter=STEPS,
        random_state=seed,
        verbose=2,
    )
    # In one thread, sums are added up in one order, so that a seed gives the same bits;
    # beside a training, several would wait for each other. scikit-learn tells of its
    # steps only by printing them.
    with threadpool_limits(1, "openmp"), contextlib.redirect_stdout(_Steps(report)):
        places = model.fit_transform(axes)
    report(STEPS, STEPS)
    about = {"perplexity": perplexity, "divergence": float(model.kl_divergence_)}
    return places, about


class _Steps(io.TextIOBase):
    def __init__(self, report: Report) -> None:
        self.report = report
        self.shown = sys.stdout

    def write(self, text: str) -> int:
        for step in _STEP.findall(text):
            # What `report` prints would come back here.
            with contextlib.redirect_stdout(self.shown):
                self.report(int(step), STEPS)
        return len(text)


MOST_CORNERS = 500
_FORM = re.compile(r"(pca|tsne)-([0-9a-f]{8})((?:_-?[0-9][0-9.e+-]{0,15})+)")


@dataclass(frozen=True)
class Region:
    """The inside of a polygon on a map.

    Attributes
    ----------
    method : {"pca", "tsne"}
    mark : str
        Of the map that it was drawn on; see `EmbeddingMap.mark`.
    corners : tuple of (x, y)
        Three or more; the last one is joined with the first.
    """

    method: str
    mark: str
    corners: tuple[tuple[float, float], ...]

    @property
    def text(self) -> str:
        """The region as an address holds it: `pca-1a2b3c4d_x_y_x_y…`."""
        numbers = [f"{float(f'{n:.4g}'):g}" for corner in self.corners for n in corner]
        return "_".join([f"{self.method}-{self.mark}", *numbers])

    @classmethod
    def parse(cls, text: str) -> Region:
        """`Region.text`, backwards.

        Raises
        ------
        InputError
            If `text` is anything else.

        Examples
        --------
        >>> region = Region.parse("pca-1a2b3c4d_0_0_2_0_1_3")
        >>> region.method, region.corners
        ('pca', ((0.0, 0.0), (2.0, 0.0), (1.0, 3.0)))
        """
        # Addresses come from anywhere: cut before the pattern has to search them.
        match = _FORM.fullmatch(text[:20_000])
        try:
            numbers = [float(n) for n in match[3][1:].split("_")] if match else []
        except ValueError:
            numbers = []
        n_corners, odd = divmod(len(numbers), 2)
        finite = all(math.isfinite(n) for n in numbers)
        if match is None or odd or not finite or not 3 <= n_corners <= MOST_CORNERS:
            raise InputError(
                "The address names a part of the map that cannot be read, so all of it "
                "is shown. Draw it again."
            )
        corners = zip(numbers[::2], numbers[1::2], strict=True)
        return cls(match[1], match[2], tuple(corners))

    @classmethod
    def drawn(
        cls, xs: Sequence[float], ys: Sequence[float], *, method: str, mark: str
    ) -> Region | None:
        """The region inside a line drawn by hand, or a box by two corners.

        Corners are rounded as the address holds them, so that what is counted at once
        is what the address gives later. None if there are fewer than three.

        Examples
        --------
        >>> box = Region.drawn([0, 2], [0, 1], method="pca", mark="1a2b3c4d")
        >>> box.text
        'pca-1a2b3c4d_0_0_2_0_2_1_0_1'
        """
        if method not in METHODS:
            raise ValueError(f"`method` must be one of {METHODS}, got {method!r}.")
        corners = list(zip(xs, ys, strict=False))
        if len(corners) == 2:
            (left, low), (right, high) = corners
            corners = [(left, low), (right, low), (right, high), (left, high)]
        # A line of more corners is thinned; plotly bends its own every 1.5 pixels.
        corners = corners[:: -(-len(corners) // MOST_CORNERS) or 1]
        if len(corners) < 3:
            return None
        return cls.parse(cls(method, mark, tuple(corners)).text)

    def images(self, points: pd.DataFrame) -> frozenset[str]:
        """The images of a map's `points` that lie in it.

        Examples
        --------
        >>> places = {"x": [1.0, 3.0], "y": [1.0, 1.0]}
        >>> points = pd.DataFrame({"image": ["a", "b"], **places})
        >>> triangle = Region("pca", "1a2b3c4d", ((0, 0), (2, 0), (1, 3)))
        >>> triangle.images(points)
        frozenset({'a'})
        """
        x, y = points["x"].to_numpy(), points["y"].to_numpy()
        return frozenset(points["image"][inside(self.corners, x, y)])


def inside(
    corners: Sequence[tuple[float, float]],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Whether (n,) points lie in a polygon: a ray from there crosses it an odd time.

    Where the line crosses itself, what is enclosed twice is outside.

    Examples
    --------
    >>> square = [(0, 0), (2, 0), (2, 2), (0, 2)]
    >>> inside(square, np.array([1.0, 3.0]), np.array([1.0, 1.0])).tolist()
    [True, False]
    """
    within = np.zeros(len(x), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        # A level edge crosses no level ray, and its slope would divide by 0.
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        within ^= crosses & (x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)))
    return within
