"""Keras models (`.keras`, `.h5`), in Keras' safe mode."""

from __future__ import annotations

from pathlib import Path

from hirise.inference.formats.image_model import ImageModel, Images
from hirise.inference.loading import load_model


def load_keras(path: Path, *, size: int | None = None) -> ImageModel:
    """Load a `.keras` or `.h5` file; see `load_model`."""
    loaded = load_model(path, size=size)

    def run(images: Images) -> object:
        given = images.transpose(0, 3, 1, 2) if loaded.layout == "NCHW" else images
        return loaded.model.predict_on_batch(given)

    return ImageModel(
        size=loaded.size,
        channels=loaded.channels,
        n_outputs=loaded.n_outputs,
        run=run,
        layout=loaded.layout,
        keras=loaded.model,
    )
