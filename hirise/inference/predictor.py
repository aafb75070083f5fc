"""What is done with a loaded model: predict rows of pixels, and look inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.inference.formats.known import load
from hirise.inference.scales import as_input

BATCH = 64
FEATURES = "features.npy"
"""Where a process apart leaves the features of the images it predicted last."""

Told = Callable[[int, int], object]
"""Told how many images are done, and how many there are."""
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Facts:
    """What is known of a model once it is loaded; see `ImageModel`."""

    size: int
    channels: int
    n_outputs: int
    layout: str
    dtype: str
    input_range: tuple[float, float] | None
    has_inside: bool
    network_cut: bool | None = None


class Predictor:
    """A model in this process.

    Parameters
    ----------
    path : Path
    form : str
        As `inspect_model` says.
    size : int, optional
        Of the images, for models that take any.
    """

    def __init__(self, path: Path, form: str, *, size: int | None = None) -> None:
        self.model = load(path, form, size=size)
        self.features: NDArray[np.float32] | None = None
        self.facts = Facts(
            size=self.model.size,
            channels=self.model.channels,
            n_outputs=self.model.n_outputs,
            layout=self.model.layout,
            dtype=self.model.dtype,
            input_range=self.model.input_range,
            has_inside=self.model.keras is not None,
        )

    def predict(
        self,
        pixels: NDArray[np.uint8],
        rows: Ints,
        scale: str,
        told: Told = lambda *_: None,
    ) -> NDArray[np.float64]:
        """(n_rows, n_outputs) numbers for (n, size, size) pixels at `rows`.

        What the last layer got of them is `features` then, (n_rows, d), if it is known.
        """
        outputs = np.empty((len(rows), self.model.n_outputs))
        found = []
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            images = as_input(np.asarray(pixels[some]), self.model.channels, scale)
            given, features = self.model.predict_both(images)
            outputs[start : start + len(some)] = given
            found += [] if features is None else [features]
            told(start + len(some), len(rows))
        self.features = np.concatenate(found) if found else None
        return outputs

    def look_inside(
        self,
        pixels: NDArray[np.uint8],
        rows: Ints,
        scale: str,
        **about: Any,
    ) -> dict[str, Any]:
        """The document `activations.json`; see `hirise.inference.probe.probe`."""
        from hirise.inference.probe import probe

        images = as_input(np.asarray(pixels[rows]), self.model.channels, scale)
        return probe(self.model.keras, images, **about)

    def explain(
        self, pixels: NDArray[np.uint8], outputs: Ints, scale: str
    ) -> tuple[str, NDArray[np.float32]]:
        """The method, and where the model looks; see `hirise.inference.explain`."""
        from hirise.inference.explain import explain

        return explain(self.model, pixels, outputs, scale)

    def close(self) -> None:
        """Nothing is left behind here."""
