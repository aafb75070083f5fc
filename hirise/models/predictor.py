"""A loaded model: the loader of its format, its predictions and activations."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.errors import InputError
from hirise.models.formats.image_model import ImageModel
from hirise.models.inspection import FORM_NAMES
from hirise.models.pixel_scales import Encoding, as_input
from hirise.progress import Progress

_NEEDS = {
    "keras": ("tensorflow", "'hirise[train]'"),
    "h5": ("tensorflow", "'hirise[train]'"),
    "savedmodel": ("tensorflow", "'hirise[train]'"),
    "tflite": ("ai_edge_litert", "'hirise[models]'"),
    "onnx": ("onnxruntime", "'hirise[models]'"),
    "pt2": ("torch", "torch"),
}
"""The package that a format needs, and what pip installs for it."""


def check_installed(form: str) -> None:
    """Refuse a format whose runtime is not installed.

    Raises
    ------
    InputError
        With the line that installs it.
    """
    package, wanted = _NEEDS[form]
    # `find_spec` imports nothing; importing TensorFlow takes seconds.
    if importlib.util.find_spec(package) is None:
        raise InputError(
            f"A model in the format {FORM_NAMES[form]} needs {package}, which is not "
            f"installed. Install it with: pip install {wanted}"
        )


def load(path: Path, form: str, *, size: int | None = None) -> ImageModel:
    """Load a model of any format; its runtime is imported here.

    Raises
    ------
    InputError
        See the loaders.
    """
    return _loader(form)(path, size=size)


def _loader(form: str) -> Callable[..., ImageModel]:
    if form == "onnx":
        from hirise.models.formats.onnx import load_onnx

        return load_onnx
    if form == "tflite":
        from hirise.models.formats.litert import load_tflite

        return load_tflite
    if form == "pt2":
        from hirise.models.formats.torch_export import load_pt2

        return load_pt2
    if form == "savedmodel":
        from hirise.models.formats.saved_model import load_saved_model

        return load_saved_model
    from hirise.models.formats.keras import load_keras

    return load_keras


BATCH = 64
FEATURES = "features.npy"
"""Where a sandbox leaves the features of the images that it predicted last."""

MOST_PROBED, FEWEST_PROBED = 256, 32
FULL_SIZE = 128


@dataclass(frozen=True)
class ModelFacts:
    """What is known about a model once it is loaded; see `ImageModel`."""

    size: int
    channels: int
    n_outputs: int
    layout: str
    dtype: str
    input_range: tuple[float, float] | None
    output_step: float
    has_layers: bool
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
        self.facts = ModelFacts(
            size=self.model.size,
            channels=self.model.channels,
            n_outputs=self.model.n_outputs,
            layout=self.model.layout,
            dtype=self.model.dtype,
            input_range=self.model.input_range,
            output_step=self.model.output_step,
            has_layers=self.model.keras is not None,
        )

    def predict(
        self,
        pixels: NDArray[np.uint8],
        rows: Ints,
        encoding: Encoding,
        progress: Progress | None = None,
    ) -> Floats:
        """(n_rows, n_outputs) numbers for the pixels at `rows`.

        Sets `features` to the inputs of the last layer, (n_rows, d), if they are known.
        """
        outputs = np.empty((len(rows), self.model.n_outputs))
        parts = []
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            images = as_input(np.asarray(pixels[batch]), self.model.channels, encoding)
            outputs[start : start + len(batch)], features = self.model.predict_both(
                images
            )
            parts += [] if features is None else [features]
            if progress is not None:
                progress.update("Predicting", start + len(batch), len(rows))
        self.features = np.concatenate(parts) if parts else None
        return outputs

    def activations(
        self,
        pixels: NDArray[np.uint8],
        rows: Ints,
        encoding: Encoding,
        **about: Any,
    ) -> dict[str, Any]:
        """The document `activations.json`; see `hirise.models.activations.probe`."""
        from hirise.models.activations import probe

        images = as_input(np.asarray(pixels[rows]), self.model.channels, encoding)
        return probe(self.model.keras, images, **about)

    def explain(
        self, pixels: NDArray[np.uint8], outputs: Ints, encoding: Encoding
    ) -> tuple[str, NDArray[np.float32]]:
        """The method and the saliency maps; see `hirise.models.saliency`."""
        from hirise.models.saliency import explain

        return explain(self.model, pixels, outputs, encoding)

    def close(self) -> None:
        """Nothing is left behind here."""


def probe_rows(rows: Ints, *, size: int = 0) -> Ints:
    """At most 256 of `rows`, evenly spread; fewer of more than 128 pixels a side.

    Examples
    --------
    >>> len(probe_rows(np.arange(1000), size=64)), len(probe_rows(np.arange(9)))
    (256, 9)
    >>> len(probe_rows(np.arange(1000), size=256))
    64
    """
    shrink = (FULL_SIZE / max(size, FULL_SIZE)) ** 2
    most = min(len(rows), max(FEWEST_PROBED, int(MOST_PROBED * shrink)))
    return rows[(np.arange(most) * len(rows)) // max(most, 1)]
