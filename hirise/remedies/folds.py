"""Images that choose, and others that confirm."""

from __future__ import annotations

import numpy as np

from hirise.arrays import Bools

HALVES_SEED = 0


def halves(n: int) -> Bools:
    """A mask of half of `n` images, the same in each call.

    Examples
    --------
    >>> int(halves(7).sum())
    3
    """
    mask = np.zeros(n, dtype=bool)
    order = np.random.default_rng(HALVES_SEED).permutation(n)
    mask[order[: n // 2]] = True
    return mask
