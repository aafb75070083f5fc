"""Which images a network's inside is looked at with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_IMAGES, FEWEST_IMAGES = 256, 32
FULL_SIZE = 128


def probe_rows(rows: NDArray[np.int64], *, size: int = 0) -> NDArray[np.int64]:
    """At most 256 of `rows`, evenly spread; fewer of more than 128 pixels a side."""
    shrink = (FULL_SIZE / max(size, FULL_SIZE)) ** 2
    most = min(len(rows), max(FEWEST_IMAGES, int(MOST_IMAGES * shrink)))
    return rows[(np.arange(most) * len(rows)) // max(most, 1)]
