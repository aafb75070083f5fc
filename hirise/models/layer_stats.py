"""Layers as `activations.json` describes them, whichever framework computed them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats

FORMAT = 1
STILL = 1e-6
"""A unit that moves by no more than this fraction of its size is constant."""
FLOOR = 1e-30
"""Of a probability before its logarithm is taken."""
NEAR_BOUND = 0.98
"""Fraction of the range of a sigmoid or tanh beyond which a unit is saturated."""

_BOUNDS = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0)}


class InputStats:
    """Range, mean and spread of all numbers that a layer gets, and of images more.

    Examples
    --------
    >>> stats = InputStats()
    >>> stats.add(low=0.0, high=2.0, total=4.0, squares=8.0, n=4)
    >>> stats.summary()
    {'min': 0.0, 'max': 2.0, 'mean': 1.0, 'std': 1.0}
    """

    def __init__(self) -> None:
        self.low, self.high = float("inf"), float("-inf")
        self._total = self._squares = 0.0
        self._n = 0
        self._images = self._constant = self._n_differences = 0
        self._differences = 0.0
        self._channels: Floats = np.zeros(0)

    def add(
        self, *, low: float, high: float, total: float, squares: float, n: int
    ) -> None:
        """Take in a batch: its least and largest number, and its sums."""
        # Comparisons with NaN are false, so that min and max would drop it.
        self.low = float(np.minimum(self.low, low))
        self.high = float(np.maximum(self.high, high))
        self._total, self._squares = self._total + total, self._squares + squares
        self._n += n

    def add_values(self, values: NDArray[Any]) -> None:
        """Take in a batch of numbers."""
        numbers = np.asarray(values, dtype=np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            self.add(
                low=float(numbers.min()),
                high=float(numbers.max()),
                total=float(numbers.sum()),
                squares=float(np.square(numbers).sum()),
                n=numbers.size,
            )

            if numbers.ndim == 4:
                flat = numbers.reshape(len(numbers), -1)
                steps = np.abs(np.diff(numbers, axis=2))
                self.add_images(
                    n_images=len(numbers),
                    n_constant=int((np.ptp(flat, axis=1) == 0).sum()),
                    differences=float(steps.sum()),
                    n_differences=steps.size,
                    channels=numbers.sum(axis=(0, 1, 2)),
                )

    def add_images(
        self,
        *,
        n_images: int,
        n_constant: int,
        differences: float,
        n_differences: int,
        channels: Floats,
    ) -> None:
        """Take in what a batch of images has beyond its numbers.

        Parameters
        ----------
        n_constant : int
            Images of one value everywhere.
        differences, n_differences
            Sum of the distances between neighbours in a row, and how many they are.
        channels : (n_channels,) float
            Sums.
        """
        self._images, self._constant = (
            self._images + n_images,
            self._constant + n_constant,
        )
        self._differences += differences
        self._n_differences += n_differences
        if len(self._channels) != len(channels):
            self._channels = np.zeros(len(channels))
        self._channels = self._channels + channels

    def summary(self) -> dict[str, Any] | None:
        """`min`, `max`, `mean` and `std`; None before anything was taken in.

        Of images also `detail`, the mean distance between neighbours in a row,
        `constant_images`, the fraction of one value everywhere, and `channel_means` of
        three channels.
        """
        if not self._n:
            return None
        with np.errstate(invalid="ignore", over="ignore"):
            mean = self._total / self._n
            spread = np.sqrt(max(self._squares / self._n - mean**2, 0.0))
        found: dict[str, Any] = {
            "min": self.low,
            "max": self.high,
            "mean": mean,
            "std": float(spread),
        }
        if self._n_differences:
            found["detail"] = self._differences / self._n_differences
            found["constant_images"] = self._constant / self._images
        found = {key: v if np.isfinite(v) else None for key, v in found.items()}
        if len(self._channels) == 3 and np.isfinite(self._channels).all():
            means = self._channels * len(self._channels) / self._n
            found["channel_means"] = means.tolist()
        return found


def constant_units(low: Floats, high: Floats) -> NDArray[np.bool_]:
    """(units,) whether a unit is the same for all images, at every place.

    Parameters
    ----------
    low, high : (..., units) float
        Over the images.

    Examples
    --------
    >>> constant_units(np.array([0.0, 0.0]), np.array([0.0, 1.0]))
    array([ True, False])
    """
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.maximum(np.abs(low), np.abs(high))
        same = high - low <= STILL * size
    return np.asarray(same.reshape(-1, low.shape[-1]).all(axis=0))


def saturated_share(low: Floats, high: Floats, activation: str) -> float | None:
    """Fraction of the units that stay at a bound; None for an unbounded activation.

    Examples
    --------
    >>> saturated_share(np.array([-1.0, -0.9]), np.array([-0.99, 0.9]), "tanh")
    0.5
    """
    if activation not in _BOUNDS:
        return None
    least, most = _BOUNDS[activation]
    margin = (1 - NEAR_BOUND) * (most - least)
    at_bound = (high <= least + margin) | (low >= most - margin)
    return float(at_bound.reshape(-1, low.shape[-1]).all(axis=0).mean())


def layer_entry(
    name: str, kind: str, activation: str, low: Floats, high: Floats
) -> dict[str, Any]:
    """A layer as `activations.json` describes it.

    Examples
    --------
    >>> layer_entry("act", "ReLU", "relu", np.zeros(2), np.array([0.0, 1.0]))["dead"]
    1
    """
    dead, units = int(constant_units(low, high).sum()), int(low.shape[-1])
    entry = {"name": name, "type": kind, "activation": activation, "units": units}
    entry |= {"dead": dead, "dead_share": dead / units}
    saturated = saturated_share(low, high, activation)
    return entry if saturated is None else entry | {"saturated_share": saturated}


def output_entry(
    outputs: Floats, *, layer: str, activation: str, class_names: Sequence[str]
) -> dict[str, Any]:
    """The last layer as `activations.json` describes it.

    Examples
    --------
    >>> outputs = np.array([[0.5, 0.5], [0.5, 0.5]])
    >>> entry = output_entry(
    ...     outputs, layer="head", activation="softmax", class_names="ab"
    ... )
    >>> entry["logit_std"]
    [0.0, 0.0]
    """
    logits = outputs.reshape(len(outputs), -1)
    with np.errstate(invalid="ignore", over="ignore"):
        if activation == "softmax":
            logits = np.log(np.maximum(logits, FLOOR))
        elif activation == "sigmoid":
            inverse = np.maximum(1 - logits, FLOOR)
            logits = np.log(np.maximum(logits, FLOOR) / inverse)
        spread = logits.std(axis=0)
    return {
        "layer": layer,
        "activation": activation,
        "units": int(logits.shape[1]),
        "n_labels": len(class_names),
        "logit_std": [float(std) if np.isfinite(std) else None for std in spread],
    }
