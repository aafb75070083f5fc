"""Numbers of the layers in training: gradients, updates, dead units."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

import numpy as np

FRACTION = 0.015
"""Of the time of a training that statistics of its steps may take."""


class Budget:
    """Time that measuring may take, as a fraction of all time that passes.

    Examples
    --------
    >>> budget = Budget(fraction=0.5)
    >>> with budget:
    ...     pass
    >>> budget.spent < 1
    True
    """

    def __init__(self, fraction: float = FRACTION, *, least: int = 2) -> None:
        self.fraction, self.least = fraction, least
        self.spent, self._begun, self._n = 0.0, time.perf_counter(), 0
        self._entered = 0.0

    def allows(self) -> bool:
        """Whether the next measurement may be made; the first few always."""
        passed = time.perf_counter() - self._begun
        return self._n < self.least or self.spent <= self.fraction * passed

    def __enter__(self) -> Budget:
        self._entered = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.spent += time.perf_counter() - self._entered
        self._n += 1


class LayerLog:
    """Collects numbers of an epoch by layer, and summarises them as rows.

    Examples
    --------
    >>> log = LayerLog()
    >>> for norm in (0.5, 2.0, 1.0):
    ...     log.add("conv", "gradient", norm)
    >>> log.set("conv", dead_share=0.25)
    >>> row = log.rows(epoch=3)[0]
    >>> row["gradient_median"], row["gradient_min"], row["dead_share"]
    (1.0, 0.5, 0.25)
    >>> log.rows(epoch=4)
    []
    """

    def __init__(self) -> None:
        self._values: dict[str, dict[str, list[float]]] = {}
        self._set: dict[str, dict[str, float]] = {}

    def add(self, layer: str, quantity: str, value: float) -> None:
        """One more `gradient` norm, or ratio of an `update` to the weights."""
        values = self._values.setdefault(layer, defaultdict(list))
        values[quantity].append(float(value))

    def set(self, layer: str, **values: float) -> None:
        """Numbers that an epoch has once."""
        self._set.setdefault(layer, {}).update(values)

    def rows(self, *, epoch: int) -> list[dict[str, Any]]:
        """A row per layer, in the order in which they came; then begin anew."""
        rows = []
        for layer in dict.fromkeys([*self._values, *self._set]):
            row: dict[str, Any] = {"epoch": epoch, "layer": layer}
            for quantity, values in self._values.get(layer, {}).items():
                row[f"{quantity}_median"] = float(np.median(values))
                row[f"{quantity}_min"] = float(np.min(values))
                row[f"{quantity}_max"] = float(np.max(values))
            rows.append(row | self._set.get(layer, {}))
        self._values, self._set = {}, {}
        return rows
