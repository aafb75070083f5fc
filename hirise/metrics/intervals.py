"""95% intervals: Wilson's for a rate of single images, the bootstrap over groups.

Images of one landmark or observation resemble each other, so whole groups are drawn.
Groups that contribute equally to a statistic are interchangeable: a common kind of them
is drawn by one multinomial count, which is the same distribution as drawing its groups
one by one, and does not cost more with more images.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
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
_CELLS_PER_SUM = 1_000_000


def wilson(successes: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Score interval of the rate `successes / n`, elementwise; NaN where n is 0.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference.

    Examples
    --------
    >>> low, high = wilson(np.array([8.0, 80.0]), np.array([10.0, 100.0]))
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.49, 0.71], [0.94, 0.87])
    """
    z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    trials = np.where(n > 0, n, np.nan)
    rate = successes / trials
    centre = (rate + z**2 / (2 * trials)) / (1 + z**2 / trials)
    spread = np.sqrt(rate * (1 - rate) / trials + z**2 / (4 * trials**2))
    half = z * spread / (1 + z**2 / trials)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def percentile_interval(samples: Floats) -> tuple[Floats, Floats]:
    """Bounds of the middle 95% of (n_resamples, ...) samples, ignoring undefined ones.

    NaN where fewer than half of the resamples define the statistic.

    Examples
    --------
    >>> low, high = percentile_interval(np.linspace(0, 1, 101))
    >>> round(float(low), 3), round(float(high), 3)
    (0.025, 0.975)
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

    Examples
    --------
    >>> correct = np.repeat([0, 1], [10, 30])
    >>> totals = resampled_totals(correct, np.array([[0.0, 1.0], [1.0, 1.0]]))
    >>> n_correct, n_images = totals.T
    >>> round(float(n_correct.mean())), set(n_images.tolist())
    (30, {40.0})
    """
    rng = np.random.default_rng(seed)
    if groups is None:
        counts = np.bincount(codes, minlength=len(contributions))
        used = np.flatnonzero(counts)
        kinds, counts = contributions[used], counts[used]
        if smooth and len(kinds) > _MANY_KINDS:
            total = counts @ kinds
            centred = kinds - total / counts.sum()
            covariance = (centred * counts[:, None]).T @ centred
            return _draw_limit(rng, total, covariance, n_resamples)
        return _draw(rng, counts, kinds, n_resamples)
    kind_of, counts = _kinds_of_groups(codes, len(contributions), groups)
    if smooth and len(counts) > _MANY_KINDS:
        total, covariance = _moments(codes, contributions, groups, len(kind_of))
        return _draw_limit(rng, total, covariance, n_resamples)
    shown = kind_of[groups]
    rows = shown >= 0
    kinds = _sums(codes[rows], contributions, shown[rows], len(counts))
    return _draw(rng, counts, kinds, n_resamples)


def resampled_counts(
    codes: Ints,
    places: Ints,
    n_places: int,
    *,
    groups: Ints | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Floats:
    """What `resampled_totals` gives where an image adds 1 to a few of many totals.

    The same numbers, but time and memory grow with the images, not with the totals: of
    1,000 classes there are thousands, to which one image adds two or three.

    Parameters
    ----------
    codes : (n_images,) int
        Row of `places` of each image.
    places : (n_codes, n_added) int
        The totals to which an image of that code adds 1; -1 for none.
    n_places : int
    groups, n_resamples, seed
        As in `resampled_totals`.

    Returns
    -------
    (n_resamples, n_places) float

    Examples
    --------
    >>> correct = np.repeat([0, 1], [10, 30])
    >>> counts = resampled_counts(correct, np.array([[-1, 1], [0, 1]]), 2)
    >>> totals = resampled_totals(correct, np.array([[0.0, 1.0], [1.0, 1.0]]))
    >>> bool((counts == totals).all())
    True
    """
    rng = np.random.default_rng(seed)
    if groups is None:
        counts = np.bincount(codes, minlength=len(places))
        used = np.flatnonzero(counts)
        kinds, counts, added = np.arange(len(used)), counts[used], places[used]
    else:
        kind_of, counts = _kinds_of_groups(codes, len(places), groups)
        shown = kind_of[groups]
        rows = shown >= 0
        kinds, added = shown[rows], places[codes[rows]]
    once = _Added.of(kinds, added)
    totals = np.zeros((n_resamples, n_places))
    for chunk, common, rare in _draws(rng, counts, n_resamples):
        once.add_to(totals[chunk], _drawn_of_kinds(counts, common, rare))
    return totals


@dataclass(frozen=True)
class _Added:
    """Which kind adds how often to which total, in order of the totals."""

    kinds: Ints
    times: Ints
    places: Ints
    first: Ints

    @classmethod
    def of(cls, kinds: Ints, added: Ints) -> _Added:
        """From the kind of each row of `added`, which holds its places."""
        kind = np.repeat(kinds, added.shape[1])
        place = added.ravel()
        kind, place = kind[place >= 0], place[place >= 0]
        n_kinds = int(kinds.max(initial=0)) + 1
        cells, times = np.unique(place * n_kinds + kind, return_counts=True)
        places, first = np.unique(cells // n_kinds, return_index=True)
        return cls(cells % n_kinds, times, places, first)

    def add_to(self, totals: Floats, drawn: Floats) -> None:
        """Add what (n_kinds, n_resamples) `drawn` kinds sum to, some at a time."""
        if not len(self.places):
            return
        for part in _chunks(len(totals), len(self.kinds), n_cells=_CELLS_PER_SUM):
            values = np.ascontiguousarray(drawn[:, part])[self.kinds]
            values *= self.times[:, None]
            totals[part, self.places] += np.add.reduceat(values, self.first, axis=0).T


def _drawn_of_kinds(counts: Ints, common: Ints, rare: Floats) -> Floats:
    """How often each kind is drawn in what `_draws` gives: (n_kinds, n_resamples)."""
    is_common = counts >= _COMMON
    drawn = np.zeros((len(counts), len(common)))
    drawn[is_common] = common.T
    if rare.shape[1]:
        ends = np.cumsum(counts[~is_common])
        first = np.append(0, ends[:-1])
        drawn[~is_common] = np.add.reduceat(rare, first, axis=1).T
    return drawn


def resampled_means(
    values: Floats,
    *,
    groups: Ints | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Floats:
    """Mean of (n_images,) `values` in resamples of whole groups: (n_resamples,).

    Other parameters as in `resampled_totals`.

    Examples
    --------
    >>> values = np.repeat([0.0, 1.0], [10, 30])
    >>> low, high = percentile_interval(resampled_means(values))
    >>> round(float(low), 2), round(float(high), 2)
    (0.6, 0.88)
    """
    ones = np.ones(len(values))
    sums = np.column_stack(
        [values, ones]
        if groups is None
        else [np.bincount(groups, weights=column) for column in (values, ones)]
    )
    if len(sums) > _MANY_KINDS:  # each group is a kind of its own
        total = sums.sum(axis=0)
        sums -= total / len(sums)
        rng = np.random.default_rng(seed)
        totals = _draw_limit(rng, total, sums.T @ sums, n_resamples)
    else:
        totals = resampled_totals(
            np.arange(len(values)),
            np.column_stack([values, ones]),
            groups=groups,
            n_resamples=n_resamples,
            seed=seed,
        )
    return np.asarray(totals[:, 0] / totals[:, 1])


def _kinds_of_groups(codes: Ints, n_codes: int, groups: Ints) -> tuple[Ints, Ints]:
    """Kind of the first group of each kind, -1 for others; how many groups have each.

    Groups are distinguished by the sum of random keys of their codes.
    """
    key_of = np.random.default_rng(1).random(n_codes)
    # Sums of the same keys in another order differ in the last digits.
    keys = np.round(np.bincount(groups, weights=key_of[codes]), 9)
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    kind_of = np.full(len(keys), -1)
    kind_of[first] = np.arange(len(first))
    return kind_of, counts


def _sums(codes: Ints, contributions: Floats, groups: Ints, n_groups: int) -> Floats:
    """What the images of each group add: (n_groups, n_columns)."""
    sums = np.empty((n_groups, contributions.shape[1]))
    for column, added in enumerate(contributions.T):
        sums[:, column] = np.bincount(groups, added[codes], minlength=n_groups)
    return sums


def _moments(
    codes: Ints, contributions: Floats, groups: Ints, n_groups: int
) -> tuple[Floats, Floats]:
    """Total of all groups, and the covariance of as many groups drawn from them.

    Some thousand groups are summed at a time. Where there are fewer codes than columns,
    the counts of codes are summed.
    """
    n_codes, n_columns = contributions.shape
    by_code = n_codes <= n_columns
    total = np.bincount(codes, minlength=n_codes) @ contributions
    basis = np.eye(n_codes) if by_code else contributions
    mean = np.bincount(codes, minlength=n_codes) @ basis / n_groups
    covariance = np.zeros((len(mean), len(mean)))
    order = np.argsort(groups, kind="stable")
    codes, groups = codes[order], groups[order]
    for part in _chunks(n_groups, len(mean), n_cells=_CELLS_PER_CHUNK):
        first, end = np.searchsorted(groups, (part.start, part.stop))
        here, n_here = groups[first:end] - part.start, part.stop - part.start
        if by_code:
            cells = here * n_codes + codes[first:end]
            sums = np.bincount(cells, minlength=n_here * n_codes).astype(float)
            sums = sums.reshape(n_here, n_codes)
        else:
            sums = _sums(codes[first:end], contributions, here, n_here)
        sums -= mean
        covariance += sums.T @ sums
    if by_code:
        covariance = contributions.T @ covariance @ contributions
    return total, covariance


def _draw(
    rng: np.random.Generator, counts: Ints, kinds: Floats, n_resamples: int
) -> Floats:
    """Totals of resamples; common kinds by multinomial counts, rare ones one by one."""
    is_common = counts >= _COMMON
    common = kinds[is_common]
    rare = np.repeat(kinds[~is_common], counts[~is_common], axis=0)
    totals = np.empty((n_resamples, kinds.shape[1]))
    for chunk, drawn, picked in _draws(rng, counts, n_resamples):
        totals[chunk] = drawn @ common + picked @ rare
    return totals


def _draws(
    rng: np.random.Generator, counts: Ints, n_resamples: int
) -> Iterator[tuple[slice, Ints, Floats]]:
    """Some resamples at a time: their slice, and how often each kind is drawn.

    Common kinds are columns of the first array; rare ones, those with few groups, are
    a column of the second for each group.
    """
    is_common = counts >= _COMMON
    n_rare = int(counts[~is_common].sum())
    # All rare ones are one more kind here; which they are is picked.
    frequencies = np.append(counts[is_common], n_rare) / counts.sum()
    for chunk in _chunks(n_resamples, max(len(frequencies), n_rare)):
        drawn = rng.multinomial(
            counts.sum(), frequencies, size=chunk.stop - chunk.start
        )
        yield chunk, drawn[:, :-1], _pick(rng, drawn[:, -1], n_rare)


def _pick(rng: np.random.Generator, n_picks: Ints, n_columns: int) -> Floats:
    """How often each column is picked in each row, of `n_picks` by chance."""
    picked = np.zeros((len(n_picks), n_columns))
    for rows in _chunks(len(n_picks), n_columns, n_cells=_CELLS_IN_CACHE):
        n = n_picks[rows]
        cells = np.repeat(np.arange(len(n)) * n_columns, n)
        if len(cells):
            cells += rng.integers(0, n_columns, len(cells), dtype=np.int32)
            counts = np.bincount(cells, minlength=len(n) * n_columns)
            picked[rows] = counts.reshape(len(n), n_columns)
    return picked


def _draw_limit(
    rng: np.random.Generator, total: Floats, covariance: Floats, n_resamples: int
) -> Floats:
    """Totals as many groups make them: normal, about those of all groups."""
    around = rng.multivariate_normal(
        np.zeros(len(total)),
        covariance,  # of sums, so never negative but for rounding
        size=n_resamples,
        # Faster than SVD; Cholesky fails where totals depend on each other.
        method="eigh",
        check_valid="ignore",
    )
    return np.asarray(total + around)


def _chunks(
    n_resamples: int, n_columns: int, *, n_cells: int = _CELLS_PER_CHUNK
) -> list[slice]:
    step = max(1, n_cells // max(n_columns, 1))
    n_chunks = math.ceil(n_resamples / step)
    return [slice(i * step, min((i + 1) * step, n_resamples)) for i in range(n_chunks)]
