"""Keras models (`.keras`, `.h5`), in Keras' safe mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from hirise.inference.formats.image_model import ImageModel, Images
from hirise.inference.loading import load_model


def load_keras(path: Path, *, size: int | None = None) -> ImageModel:
    """Load a `.keras` or `.h5` file; see `load_model`."""
    loaded = load_model(path, size=size)

    def given(images: Images) -> Images:
        return images.transpose(0, 3, 1, 2) if loaded.layout == "NCHW" else images

    def run(images: Images) -> object:
        return loaded.model.predict_on_batch(given(images))

    both = _with_features(loaded.model)

    def run_both(images: Images) -> tuple[Any, Any]:
        assert both is not None
        outputs, features = both.predict_on_batch(given(images))
        return outputs, features

    return ImageModel(
        size=loaded.size,
        channels=loaded.channels,
        n_outputs=loaded.n_outputs,
        run=run,
        layout=loaded.layout,
        keras=loaded.model,
        run_both=None if both is None else run_both,
    )


def _with_features(model: keras.Model) -> keras.Model | None:
    """The network with a second output: the list that its last learned layer gets.

    None where there is no such list, or the layers cannot be taken apart.
    """
    learned = [layer for layer in getattr(model, "layers", []) if layer.weights]
    try:
        features = learned[-1].input
        if len(features.shape) != 2:
            return None
        return keras.Model(model.inputs, [model.outputs[0], features])
    except (AttributeError, IndexError, TypeError, ValueError):
        # Subclassed, shared or nested: Keras has no one tensor to name.
        return None
