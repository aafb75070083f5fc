"""Maps of where a model looks, as shares of the whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def shares(maps: Floats) -> Floats:
    """(n_images, height, width) maps, each divided by its sum; 0 stays 0."""
    total = maps.sum(axis=(1, 2), keepdims=True, dtype=np.float64)
    found: Floats = np.divide(maps, total, out=np.zeros_like(maps), where=total > 0)
    return found
