"""A map of a split's images: what the network sees as alike lies together."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.runs import Run
from hirise.runs.embeddings import embeddings_path, read_embeddings
from hirise.runs.maps import EmbeddingMap

Floats = NDArray[np.float32]
Told = Callable[[int, int], object]
"""Told how many steps are done, and how many there are."""

METHODS = ("pca", "tsne")
TITLES = {"pca": "PCA", "tsne": "t-SNE"}

FEWEST = 5
"""Images that a map needs."""

ALIKE = 0.02
"""Spread of the features, as a share of their size, below which all are the same.

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
            f"{name}: keeps {values.shape[1]:,} features of {len(values):,} images of "
            f"{split}; a map needs one or more of {FEWEST} images or more."
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
            f"features (they differ by {100 * spread:.2g} % of their size), so a map "
            "would show noise. Cure the collapse first."
        )
    assert catalog is not None
    images = catalog.loc[catalog["split"] == split, "image"].astype("str")
    return Features(images.reset_index(drop=True), values)


def why_no_features(run: Run, split: str) -> str:
    """Why a run keeps no features of a split, and how it gets them, in one line."""
    name = run.info.id
    lacks = f"{name}: keeps no features of {split}, which a map is made of."
    if run.is_example:
        return f"{lacks} Examples ship without; trainings of your own have them."
    return (
        f"{lacks} Trainings keep them, and `hirise predict` does of Keras models; "
        "other formats and imports come without."
    )


def spread_of(values: Floats) -> float:
    """Root mean square of the deviations from the mean image, over that of all."""
    size = float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
    deviations = float(np.sqrt(np.mean(np.var(values, axis=0, dtype=np.float64))))
    return deviations / size if size else 0.0


def make_map(
    run: Run,
    split: str,
    method: str = "pca",
    *,
    seed: int = 0,
    told: Told = lambda *_: None,
) -> EmbeddingMap:
    """The map of a split by one of `METHODS`.

    `told` hears of the steps of t-SNE. See `features_of` for what is raised; also an
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
        places, about = neighbour_map(values, seed=seed, told=told)
    points = pd.DataFrame({"image": images, "x": places[:, 0], "y": places[:, 1]})
    return EmbeddingMap(points.astype({"x": float, "y": float}), method, seed, about)


def map_table(found: EmbeddingMap, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `image_table` that have a place on the map, with their `x` and `y`.

    Images without features, such as files that could not be decoded, have none.
    """
    points = found.points.drop_duplicates("image")
    return table.merge(points, on="image", how="inner")


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
        Scores, and the share of the variance that each axis holds; 0 beyond d axes.

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
    values: Floats, *, seed: int = 0, told: Told = lambda *_: None
) -> tuple[Floats, dict[str, float]]:
    """t-SNE of the first principal axes: who is near whom is kept, distances are not.

    Parameters
    ----------
    values : (n_images, d) float32
    seed : int
    told : callable
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
    perplexity = min(PERPLEXITY, (len(values) - 1) / 3)
    model = TSNE(
        2,
        perplexity=perplexity,
        init="pca" if axes.shape[1] > 1 else "random",
        max_iter=STEPS,
        random_state=seed,
        verbose=2,
    )
    # In one thread, sums are added up in one order, so that a seed gives the same bits;
    # beside a training, several would wait for each other. scikit-learn tells of its
    # steps only by printing them.
    with threadpool_limits(1, "openmp"), contextlib.redirect_stdout(_Steps(told)):
        places = model.fit_transform(axes)
    told(STEPS, STEPS)
    about = {"perplexity": perplexity, "divergence": float(model.kl_divergence_)}
    return places, about


class _Steps(io.TextIOBase):
    def __init__(self, told: Told) -> None:
        self.told = told
        self.shown = sys.stdout

    def write(self, text: str) -> int:
        for step in _STEP.findall(text):
            with contextlib.redirect_stdout(self.shown):
                self.told(int(step), STEPS)
        return len(text)
