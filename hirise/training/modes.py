"""Training mode beside inference mode, and statistics of batch normalisation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from hirise.arrays import Floats, Ints
from hirise.models.batches import Pixels

BATCH = 64
MOST_BATCHES = 40
"""Batches from which statistics are re-estimated; more change them little."""


def normalisation_layers(model: keras.Model) -> list[Any]:
    """The layers of batch normalisation that keep moving averages and learn."""
    return [
        layer
        for layer in _flat(model)
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
    ]


def logits_in_training_mode(model: keras.Model, pixels: Pixels, rows: Ints) -> Floats:
    """(n_rows, n_classes) outputs with the statistics of each batch, without dropout.

    The moving averages of the model are left as they were.
    """
    before = model.get_weights()
    parts = [_outputs(model, pixels[batch], training=True) for batch in _batches(rows)]
    model.set_weights(before)
    return np.concatenate(parts)


def logits_in_inference_mode(model: keras.Model, pixels: Pixels, rows: Ints) -> Floats:
    """(n_rows, n_classes) outputs with the moving averages."""
    return np.concatenate(
        [_outputs(model, pixels[batch], training=False) for batch in _batches(rows)]
    )


def reestimate(model: keras.Model, pixels: Pixels, rows: Ints) -> int:
    """Let the moving averages be those of the images at `rows`; nothing is trained.

    Returns
    -------
    int
        The images that were used.
    """
    layers = normalisation_layers(model)
    if not layers:
        return 0
    chosen = np.random.default_rng(0).permutation(rows)[: BATCH * MOST_BATCHES]
    momenta = [layer.momentum for layer in layers]
    try:
        for number, batch in enumerate(_batches(chosen)):
            for layer in layers:
                # The mean over all batches so far, each weighing the same.
                layer.momentum = number / (number + 1)
            _outputs(model, pixels[batch], training=True)
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
    return len(chosen)


def _batches(rows: Ints) -> list[Ints]:
    """Batches of about the same size, none so small that its statistics are noise."""
    return np.array_split(rows, max(1, round(len(rows) / BATCH)))


def _outputs(model: keras.Model, images: Any, *, training: bool) -> Floats:
    with _without_dropout(model):
        outputs = model(np.asarray(images, dtype=np.float32), training=training)
    return np.asarray(outputs, dtype=np.float64)


@contextmanager
def _without_dropout(model: keras.Model) -> Iterator[None]:
    layers = [
        layer for layer in _flat(model) if isinstance(layer, keras.layers.Dropout)
    ]
    rates = [layer.rate for layer in layers]
    try:
        for layer in layers:
            layer.rate = 0
        yield
    finally:
        for layer, rate in zip(layers, rates, strict=True):
            layer.rate = rate


def _flat(model: keras.Model) -> list[Any]:
    return list(model._flatten_layers(include_self=False, recursive=True))
