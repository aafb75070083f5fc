"""Grad-CAM of a Keras network, on its last feature map."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from hirise.arrays import Ints, Maps
from hirise.models.activations import (
    BATCH,
    activation_of,
    first_tensor,
    leaves_of,
    observed_calls,
)
from hirise.models.layer_stats import FLOOR
from hirise.models.outputs import normalise_maps

Images = NDArray[np.float32]


class NoFeatureMap(ValueError):
    """The network has no layer whose output still has places; see `occlusion`."""


def grad_cam(model: keras.Model, images: Images, classes: Ints) -> Maps:
    """How much each place of an image is evidence for a class.

    The maps of the last layer that still has places (more than one) are weighted by the
    mean gradient of the class' logit; evidence against it counts as nothing.

    Parameters
    ----------
    model : keras.Model
        Sequential, functional, nested or subclassed, that runs eagerly.
    images : (n_images, height, width, channels) float32
        As the model takes them, channels last.
    classes : (n_images,) int
        The class that is explained, such as the predicted one.

    Returns
    -------
    (n_images, height, width) float32
        Not negative; each image sums to 1, or is 0 everywhere where nothing is evidence
        for the class.

    Raises
    ------
    NoFeatureMap
        If no layer's output has places.

    References
    ----------
    Selvaraju et al. (2017), Grad-CAM, arXiv:1610.02391.
    """
    height, width = images.shape[1:3]
    parts = []
    for start in range(0, len(images), BATCH):
        batch = slice(start, start + BATCH)
        maps = _weighted_maps(model, images[batch], classes[batch])
        large = tf.image.resize(maps[..., None], (height, width))[..., 0].numpy()
        parts.append(normalise_maps(large))
    return np.concatenate(parts)


def _weighted_maps(model: keras.Model, images: Images, classes: Ints) -> tf.Tensor:
    last_map: Any = None

    def observe(layer: keras.Layer, inputs: Any, result: Any) -> None:
        nonlocal last_map
        tensor = first_tensor(result)
        shape = tuple(getattr(tensor, "shape", ()))
        is_learned = last_map is not None or bool(layer.weights)
        if is_learned and len(shape) == 4 and shape[1] * shape[2] > 1:
            tape.watch(tensor)
            last_map = tensor

    # Only the map needs a gradient; those of the weights would cost memory.
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        with observed_calls(model, observe):
            outputs = model(images, training=False)
        if last_map is None:
            raise NoFeatureMap("no layer of the network gives feature maps.")
        score = tf.reduce_sum(_logits(model, outputs, classes))
    gradient = tape.gradient(score, last_map)
    if gradient is None:
        # The output does not depend on the map, as of a branch that is not used.
        return tf.zeros(last_map.shape[:3])
    weights = tf.reduce_mean(gradient, axis=(1, 2), keepdims=True)
    return tf.nn.relu(tf.reduce_sum(weights * last_map, axis=-1))


def _logits(model: keras.Model, outputs: tf.Tensor, classes: Ints) -> tf.Tensor:
    """The logit of each image's class; of probabilities, what they stand for."""
    last = list(leaves_of(model))[-1]
    activation = activation_of(last)
    values = tf.cast(first_tensor(outputs), tf.float32)
    if activation == "softmax":
        values = tf.math.log(tf.maximum(values, FLOOR))
    elif activation == "sigmoid":
        odds = tf.maximum(values, FLOOR) / tf.maximum(1 - values, FLOOR)
        values = tf.math.log(odds)
    if values.shape[-1] == 1:
        # One output is evidence for the second of two classes, and against the first.
        return values[:, 0] * tf.constant(np.where(classes == 1, 1.0, -1.0), tf.float32)
    return tf.gather(values, tf.constant(classes), batch_dims=1)
