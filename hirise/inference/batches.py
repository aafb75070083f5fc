"""Batches for Keras from arrays that may be memory-mapped; no Python per image."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Pixels = NDArray[Any]
"""Images, (n, size, size) uint8, or embeddings, (n, n_features) float32."""
Ints = NDArray[np.int64]


def untuned(batches: tf.data.Dataset) -> tf.data.Dataset:
    """`batches` without the thread that tunes a pipeline while it runs.

    Nothing is left to it here, and the end of an iterator waits for its next look,
    which comes 10 ms, 20 ms, … up to a minute apart.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.with_options(options)


def plain_batches(
    pixels: Pixels, rows: Ints, *, batch_size: int = 128
) -> tf.data.Dataset:
    """What lies at `rows`, in that order and unchanged, as float32."""
    batches = tf.data.Dataset.from_tensor_slices(rows).batch(batch_size)
    images = batches.map(lambda chosen: tf.cast(gather(pixels, chosen), tf.float32))
    return untuned(images.prefetch(2))


def gather(pixels: Pixels, chosen: tf.Tensor) -> tf.Tensor:
    """What lies at `chosen`; images get a channel. One Python call a batch."""
    images = pixels.ndim == 3
    found = tf.numpy_function(
        lambda rows: pixels[rows][..., None] if images else pixels[rows],
        [chosen],
        tf.as_dtype(pixels.dtype),
        stateful=False,
    )
    return tf.ensure_shape(found, [None, *pixels.shape[1:], *([1] if images else [])])
