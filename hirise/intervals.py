"""95 % intervals: Wilson's for a share of single images, the bootstrap over groups.

Images of one landmark or observation resemble each other, so whole groups are drawn.
Groups that contribute equally to a statistic are interchangeable: they are drawn
together, by one multinomial count per distinct contribution, which is the same
distribution as drawing them one by one and does not depend on the number of images.
"""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVEL = 0.95
N_RESAMPLES = 1000
MIN_GROUPS = 10

_MAX_DRAWN = 10_000
_CELLS_PER_CHUNK = 4_000_000


def wilson(successes: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Score interval of the share `successes / n`, elementwise; NaN where n is 0.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    trials = np.where(n > 0, n, np.nan)
    share = successes / trials
    centre = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    spread = np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    half = z * spread / (1 + z**2 / trials)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def percentile_interval(samples: Floats) -> tuple[Floats, Floats]:
    """Bounds of the middle 95 % of (n_resamples, ...) samples, ignoring undefined ones.

    NaN where fewer than half of the resamples define the statistic.
    """
    tail = (1 - LEVEL) / 2
    ordered = np.sort(samples, axis=0)  # NaN last
    defined = np.isfinite(ordered).sum(axis=0)
    return (_quantile(ordered, defined, tail), _quantile(ordered, defined, 1 - tail))


def _quantile(ordered: Floats, defined: Ints, q: float) -> Floats:
    at = np.maximum(defined - 1, 0) * q
    below = np.floor(at).astype(int)
    above = np.minimum(below + 1, np.maximum(defined - 1, 0))
    low = np.take_along_axis(ordered, below[None], axis=0)[0]
    high = np.take_along_axis(ordered, above[None], axis=0)[0]
    value = low + (high - low) * (at - below)
    return np.where(defined * 2 >= len(ordered), value, np.nan)


def resampled_totals(
    codes: Ints,
    contributions: Floats,
    *,
    groups: Ints | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Floats:
    """Totals over images in resamples of whole groups, drawn with replacement.

    Parameters
    ----------
    codes : (n_images,) int
        Row of `contributions` that each image adds.
    contributions : (n_codes, n_columns) float
        What an image of that code adds to each total.
    groups : (n_images,) int in [0, n_groups), optional
        The group of each image; each image is its own group if absent.
    n_resamples, seed : int

    Returns
    -------
    (n_resamples, n_columns) float

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, 3.8.
    """
    rng = np.random.default_rng(seed)
    if groups is None:
        counts = np.bincount(codes, minlength=len(contributions))
        used = np.flatnonzero(counts)
        return _draw_kinds(rng, counts[used], contributions[used], n_resamples)
    rows = _sums_by_group(contributions[codes], groups)
    kinds, counts = _distinct(rows)
    if len(kinds) * 8 > len(rows):
        return _draw_groups(rng, rows, n_resamples)
    return _draw_kinds(rng, counts, kinds, n_resamples)


def resampled_means(
    values: Floats,
    *,
    groups: Ints | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Floats:
    """Means over images in resamples of whole groups, drawn with replacement.

    Beyond 10,000 groups the means are drawn from the normal distribution that they tend
    to, with the same covariance.

    Parameters
    ----------
    values : (n_images, n_columns) float
    groups, n_resamples, seed
        As in `resampled_totals`.

    Returns
    -------
    (n_resamples, n_columns) float
    """
    rng = np.random.default_rng(seed)
    columns = np.column_stack([values, np.ones(len(values))])
    rows = columns if groups is None else _sums_by_group(columns, groups)
    if len(rows) <= _MAX_DRAWN:
        drawn = _draw_groups(rng, rows, n_resamples)
        return np.asarray(drawn[:, :-1] / drawn[:, -1:])
    mean = values.mean(axis=0)
    apart = (rows[:, :-1] - mean * rows[:, -1:]) / rows[:, -1].mean()
    covariance = np.atleast_2d(apart.T @ apart) / len(rows) ** 2
    around = rng.multivariate_normal(
        np.zeros(len(mean)), covariance, size=n_resamples, method="eigh"
    )
    return np.asarray(mean + around)


def _sums_by_group(added: Floats, groups: Ints) -> Floats:
    sums = [np.bincount(groups, weights=column) for column in added.T]
    return np.column_stack(sums)


def _distinct(rows: Floats) -> tuple[Floats, Ints]:
    """Distinct rows and how often each occurs, told apart by a random projection."""
    direction = np.random.default_rng(1).random(rows.shape[1])
    keys = np.round(rows @ direction, 9)
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    return rows[first], counts


def _draw_kinds(
    rng: np.random.Generator, counts: Ints, kinds: Floats, n_resamples: int
) -> Floats:
    n_groups = int(counts.sum())
    totals = np.empty((n_resamples, kinds.shape[1]))
    for chunk in _chunks(n_resamples, len(kinds)):
        drawn = rng.multinomial(
            n_groups, counts / n_groups, size=chunk.stop - chunk.start
        )
        totals[chunk] = drawn.astype(float) @ kinds
    return totals


def _draw_groups(rng: np.random.Generator, rows: Floats, n_resamples: int) -> Floats:
    totals = np.empty((n_resamples, rows.shape[1]))
    n_groups = len(rows)
    for chunk in _chunks(n_resamples, n_groups):
        drawn = np.empty((chunk.stop - chunk.start, n_groups))
        for resample in drawn:
            picks = rng.integers(0, n_groups, n_groups, dtype=np.int32)
            resample[:] = np.bincount(picks, minlength=n_groups)
        totals[chunk] = drawn @ rows
    return totals


def _chunks(n_resamples: int, n_columns: int) -> list[slice]:
    step = max(1, _CELLS_PER_CHUNK // max(n_columns, 1))
    n_chunks = math.ceil(n_resamples / step)
    return [slice(i * step, min((i + 1) * step, n_resamples)) for i in range(n_chunks)]
