"""Batches for Keras from arrays that may be memory-mapped; no Python per image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray

from hirise.arrays import Ints

Pixels = NDArray[Any]
"""Images, (n, size, size, channels) uint8, or embeddings, (n, n_features) float32."""


def untuned(batches: tf.data.Dataset) -> tf.data.Dataset:
    """`batches` without the thread that tunes a pipeline while it runs.

    It has nothing to tune here, and the end of an iterator waits for its next wakeup,
    which comes at intervals of 10 ms, 20 ms, … up to a minute.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.with_options(options)


def plain_batches(
    pixels: Pixels, rows: Ints, *, batch_size: int = 128
) -> tf.data.Dataset:
    """The images at `rows`, in that order and unchanged, as float32."""
    batches = tf.data.Dataset.from_tensor_slices(rows).batch(batch_size)
    read = reader(pixels)
    images = batches.map(lambda chosen: tf.cast(read(chosen), tf.float32))
    return untuned(images.prefetch(2))


def reader(pixels: Pixels) -> Callable[[tf.Tensor], tf.Tensor]:
    """Reads (n,) rows: embeddings, or images.

    Images, which may lie in a file, cost one Python call a batch; embeddings none.
    """
    if pixels.ndim == 2:
        features = tf.constant(pixels)
        return lambda rows: tf.gather(features, rows)

    def read(rows: tf.Tensor) -> tf.Tensor:
        # A constant would load a memory-mapped array whole; Python reads rows of it.
        found = tf.numpy_function(
            lambda chosen: pixels[chosen],
            [rows],
            tf.as_dtype(pixels.dtype),
            stateful=False,
        )
        # A Python function loses the shape, without which Keras builds no layer.
        return tf.ensure_shape(found, [None, *pixels.shape[1:]])

    return read
