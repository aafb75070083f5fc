"""What passed through one layer, kept as ranges: the values themselves are too many."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Range:
    """Lowest and highest value over the images, at each place of a tensor."""

    def __init__(self) -> None:
        self.low: Floats | None = None
        self.high: Floats | None = None

    def add(self, tensor: Any) -> None:
        """Take in a batch; what is no plain tensor of one shape is left out."""
        if tensor is not None and len(getattr(tensor, "shape", ())) >= 2:
            self.add_values(tensor)

    def add_values(self, values: Any) -> None:
        """Take in (n_images, ..., units) values."""
        # Keras' own reductions use all cores, and the values need not be copied.
        low = np.asarray(keras.ops.min(values, axis=0), dtype=np.float64)
        high = np.asarray(keras.ops.max(values, axis=0), dtype=np.float64)
        if self.low is None or self.high is None:
            self.low, self.high = low, high
        elif self.low.shape == low.shape:
            self.low = np.minimum(self.low, low)
            self.high = np.maximum(self.high, high)

    @property
    def units(self) -> int:
        """Size of the last axis: channels of a convolution, units of a dense layer."""
        assert self.low is not None
        return int(self.low.shape[-1])

    def still(self, tolerance: float) -> NDArray[np.bool_]:
        """(units,) whether a unit is the same for all images, at every place."""
        assert self.low is not None
        assert self.high is not None
        with np.errstate(invalid="ignore", over="ignore"):
            size = np.maximum(np.abs(self.low), np.abs(self.high))
            same = self.high - self.low <= tolerance * size
        return np.asarray(same.reshape(-1, self.units).all(axis=0))


class Spread(Range):
    """A range with the mean and the standard deviation of all values."""

    def __init__(self) -> None:
        super().__init__()
        self._n = 0
        self._sum = self._squares = 0.0

    def add_values(self, values: Any) -> None:
        super().add_values(values)
        values = np.asarray(keras.ops.convert_to_numpy(values))
        with np.errstate(invalid="ignore", over="ignore"):
            self._n += values.size
            self._sum += float(values.sum(dtype=np.float64))
            self._squares += float(np.square(values, dtype=np.float64).sum())

    def summary(self) -> dict[str, float | None]:
        """`min`, `max`, `mean` and `std` of all values; None where not finite."""
        assert self.low is not None
        assert self.high is not None
        with np.errstate(invalid="ignore", over="ignore"):
            mean = self._sum / self._n
            spread = max(self._squares / self._n - mean**2, 0.0) ** 0.5
        found = {
            "min": float(self.low.min()),
            "max": float(self.high.max()),
            "mean": mean,
            "std": spread,
        }
        return {key: one if np.isfinite(one) else None for key, one in found.items()}


class Heard:
    """What one layer was given and gave, over all its calls."""

    def __init__(self, layer: keras.Layer) -> None:
        self.layer = layer
        self.taken_in = Spread()
        self.given_out = Range()

    def hear(self, given: Any, found: Any) -> None:
        """Note one call."""
        self.taken_in.add(given)
        self.given_out.add(first_tensor(found))


def first_tensor(value: Any) -> Any:
    """The first tensor in a nest of tuples and lists; None if there is none."""
    while isinstance(value, tuple | list):
        if not value:
            return None
        value = value[0]
    return value
