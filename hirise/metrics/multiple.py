"""Tests of many rates at once: an exact tail, Holm's correction, alike images."""

import math

import numpy as np

from hirise.arrays import Bools, Floats, Ints

_STEPS = 400
_TINY = 1e-300
_MOST_CELLS = 5_000_000


def lower_tail(hits: Floats, n: Floats, rate: float) -> Floats:
    """Probability of at most `hits` of `n` at this `rate`, elementwise.

    The binomial distribution, continued to numbers that are not whole.

    Parameters
    ----------
    hits, n : (k,) float
        0 <= hits <= n.
    rate : float in [0, 1]

    Returns
    -------
    (k,) float in [0, 1]
        1 where n is 0; NaN where it is NaN.

    References
    ----------
    Abramowitz and Stegun (1964), 26.5.24: the tail as an incomplete beta function, here
    by the continued fraction 26.5.8.

    Examples
    --------
    >>> lower_tail(np.array([0.0, 1.0, 2.0]), np.array([2.0, 2.0, 2.0]), 0.7).round(2)
    array([0.09, 0.51, 1.  ])
    """
    hits, n = np.broadcast_arrays(np.asarray(hits, float), np.asarray(n, float))
    pairs = zip(hits.ravel(), n.ravel(), strict=True)
    return np.array([_tail(k, m, rate) for k, m in pairs]).reshape(hits.shape)


def _tail(hits: float, n: float, rate: float) -> float:
    if math.isnan(n) or math.isnan(hits):
        return math.nan
    if hits >= n or rate <= 0:
        return 1.0
    if rate >= 1:
        return 0.0
    return _incomplete_beta(n - hits, hits + 1, 1 - rate)


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised; the fraction converges fast on one side of the mean."""
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    log_front += a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    """Lentz's evaluation of the continued fraction."""
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1 / _nonzero(1 + step * d)
            c = _nonzero(1 + step / c)
            value *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return value


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def holm(p: Floats, level: float = 0.05) -> Bools:
    """Which hypotheses are rejected, with an error of any of them under `level`.

    Parameters
    ----------
    p : (k,) float in [0, 1]
        NaN where there was no test; it does not count.
    level : float

    Returns
    -------
    (k,) bool

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03, np.nan])).tolist()
    [True, False, False, False]
    """
    rejected = np.zeros(len(p), dtype=bool)
    order = np.argsort(p, kind="stable")[: int(np.isfinite(p).sum())]
    limits = level / (len(order) - np.arange(len(order)))
    fails = np.flatnonzero(p[order] > limits)
    rejected[order[: fails[0] if len(fails) else len(order)]] = True
    return rejected


def effective_sizes(
    classes: Ints, hits: Bools, groups: Ints | None, n_classes: int
) -> Floats:
    """As many single images as those of each class say about its rate of `hits`.

    Images of one group resemble each other. How much is measured over all classes
    (the correlation inside groups, from 0 to 1), as few classes have many groups.

    Parameters
    ----------
    classes : (n_images,) int in [0, n_classes)
    hits : (n_images,) bool
    groups : (n_images,) int, optional
        Each image is its own group if absent.
    n_classes : int

    Returns
    -------
    (n_classes,) float
        At most the images of the class, at least about its groups.

    References
    ----------
    Kish (1965), Survey Sampling: the design effect of clusters.

    Examples
    --------
    >>> classes, groups = np.zeros(8, dtype=int), np.repeat(range(4), 2)
    >>> alike = np.repeat([True, False, True, False], 2)
    >>> effective_sizes(classes, alike, groups, 1).tolist()
    [4.0]
    """
    n = np.bincount(classes, minlength=n_classes).astype(float)
    if groups is None or not len(groups):
        return n
    cells = classes * (groups.max() + 1) + groups
    if n_classes * (int(groups.max()) + 1) > _MOST_CELLS:
        used, cells = np.unique(cells, return_inverse=True)
        size, hit = np.bincount(cells), np.bincount(cells, weights=hits)
    else:  # many times as fast
        size, hit = np.bincount(cells), np.bincount(cells, weights=hits)
        used = np.flatnonzero(size)
        size, hit = size[used], hit[used]
    of = used // (groups.max() + 1)
    squares = np.bincount(of, size.astype(float) ** 2, minlength=n_classes)
    n_groups = np.bincount(of, minlength=n_classes)
    rate = np.bincount(of, hit, minlength=n_classes) / np.maximum(n, 1)
    # The rate is of the same images.
    free = n_groups / np.maximum(n_groups - 1, 1)
    squared = (hit - rate[of] * size) ** 2
    away = free * np.bincount(of, squared, minlength=n_classes)
    single = rate * (1 - rate)
    room = float((single * (squares - n))[n_groups > 1].sum())
    excess = float((away - n * single)[n_groups > 1].sum())
    alike = min(max(excess / room, 0.0), 1.0) if room > 0 else 1.0
    effect = 1 + alike * np.maximum(squares / np.maximum(n, 1) - 1, 0)
    return np.asarray(n / effect)
