"""95 % intervals: Wilson's for a share of single images, the bootstrap over groups.

Images of one landmark or observation resemble each other, so whole groups are drawn.
Groups that contribute equally to a statistic are interchangeable: a common kind of them
is drawn by one multinomial count, which is the same distribution as drawing its groups
one by one, and does not cost more with more images.
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

_MANY_KINDS = 5_000
_COMMON = 16
_CELLS_PER_CHUNK = 4_000_000
_CELLS_IN_CACHE = 30_000


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
    smooth: bool = False,
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
    smooth : bool
        The statistic is smooth in the totals: where more than 5,000 groups contribute
        differently, totals are drawn from the normal distribution that they tend to.
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
        kinds, counts = contributions[used], counts[used]
    else:
        kinds, counts = _kinds_of_groups(codes, contributions, groups)
    if smooth and len(kinds) > _MANY_KINDS:
        return _draw_limit(rng, counts, kinds, n_resamples)
    return _draw(rng, counts, kinds, n_resamples)


def resampled_means(
    values: Floats,
    *,
    groups: Ints | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Floats:
    """Mean of (n_images,) `values` in resamples of whole groups: (n_resamples,).

    Other parameters as in `resampled_totals`.
    """
    totals = resampled_totals(
        np.arange(len(values)),
        np.column_stack([values, np.ones(len(values))]),
        groups=groups,
        smooth=True,
        n_resamples=n_resamples,
        seed=seed,
    )
    return np.asarray(totals[:, 0] / totals[:, 1])


def _kinds_of_groups(
    codes: Ints, contributions: Floats, groups: Ints
) -> tuple[Floats, Ints]:
    """Distinct sums over a group, and how many groups have each.

    Groups are told apart by the sum of random keys of their codes.
    """
    key_of = np.random.default_rng(1).random(len(contributions))
    keys = np.round(np.bincount(groups, weights=key_of[codes]), 9)
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    kind_of = np.full(len(keys), -1)
    kind_of[first] = np.arange(len(first))
    kind = kind_of[groups]
    shown = kind >= 0
    added = contributions[codes[shown]]
    sums = [np.bincount(kind[shown], weights=column) for column in added.T]
    return np.column_stack(sums), counts


def _draw(
    rng: np.random.Generator, counts: Ints, kinds: Floats, n_resamples: int
) -> Floats:
    """Totals of resamples; common kinds by multinomial counts, rare ones one by one."""
    common = counts >= _COMMON
    rare = np.repeat(kinds[~common], counts[~common], axis=0)
    shares = np.append(counts[common], len(rare)) / counts.sum()
    totals = np.empty((n_resamples, kinds.shape[1]))
    for chunk in _chunks(n_resamples, max(len(shares), len(rare))):
        drawn = rng.multinomial(counts.sum(), shares, size=chunk.stop - chunk.start)
        picked = _pick(rng, drawn[:, -1], len(rare))
        totals[chunk] = drawn[:, :-1] @ kinds[common] + picked @ rare
    return totals


def _pick(rng: np.random.Generator, n_picks: Ints, n_columns: int) -> Floats:
    """How often each column is picked in each row, of `n_picks` by chance."""
    picked = np.zeros((len(n_picks), n_columns))
    for rows in _chunks(len(n_picks), n_columns, n_cells=_CELLS_IN_CACHE):
        n = n_picks[rows]
        cells = np.repeat(np.arange(len(n)) * n_columns, n)
        if len(cells):
            cells += rng.integers(0, n_columns, len(cells), dtype=np.int32)
            found = np.bincount(cells, minlength=len(n) * n_columns)
            picked[rows] = found.reshape(len(n), n_columns)
    return picked


def _draw_limit(
    rng: np.random.Generator, counts: Ints, kinds: Floats, n_resamples: int
) -> Floats:
    totals = counts @ kinds
    apart = kinds - totals / counts.sum()
    covariance = (apart * counts[:, None]).T @ apart
    around = rng.multivariate_normal(
        np.zeros(len(totals)), covariance, size=n_resamples, method="eigh"
    )
    return np.asarray(totals + around)


def _chunks(
    n_resamples: int, n_columns: int, *, n_cells: int = _CELLS_PER_CHUNK
) -> list[slice]:
    step = max(1, n_cells // max(n_columns, 1))
    n_chunks = math.ceil(n_resamples / step)
    return [slice(i * step, min((i + 1) * step, n_resamples)) for i in range(n_chunks)]
