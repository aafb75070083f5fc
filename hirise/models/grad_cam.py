"""Where a Keras network looks: Grad-CAM on its last map of features."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from hirise.models.activations import activation_of, first_tensor, leaves_of
from hirise.models.saliency import shares

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

BATCH = 32
FLOOR = 1e-30
"""Of a probability before its logarithm is taken."""


class NoFeatureMap(ValueError):
    """The network has no layer whose output still has places; see `occlusion`."""


def grad_cam(model: keras.Model, images: Floats, classes: Ints) -> Floats:
    """How much each place of an image speaks for a class.

    The maps of the last layer that still has places (more than one) are weighted by the
    mean gradient of the class' logit; what speaks against it counts as nothing.

    Parameters
    ----------
    model : keras.Model
        Sequential, functional, nested or subclassed, that runs eagerly.
    images : (n_images, height, width, channels) float32
        As the model takes them, channels last.
    classes : (n_images,) int
        The class that is asked about, such as the predicted one.

    Returns
    -------
    (n_images, height, width) float32
        Not negative; each image sums to 1, or is 0 everywhere where nothing speaks for
        the class.

    Raises
    ------
    NoFeatureMap
        If no layer's output has places.

    References
    ----------
    Selvaraju et al. (2017), Grad-CAM, arXiv:1610.02391.
    """
    height, width = images.shape[1:3]
    found = []
    for start in range(0, len(images), BATCH):
        some = slice(start, start + BATCH)
        maps = _weighted(model, images[some], classes[some])
        large = tf.image.resize(maps[..., None], (height, width))[..., 0].numpy()
        found.append(shares(large))
    return np.concatenate(found)


def _weighted(model: keras.Model, images: Floats, classes: Ints) -> tf.Tensor:
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        with _last_map(model, tape) as heard:
            outputs = model(images, training=False)
        if heard.features is None:
            raise NoFeatureMap("no layer of the network gives maps of features.")
        score = tf.reduce_sum(_logits(model, outputs, classes))
    gradient = tape.gradient(score, heard.features)
    if gradient is None:
        return tf.zeros(heard.features.shape[:3])
    weights = tf.reduce_mean(gradient, axis=(1, 2), keepdims=True)
    return tf.nn.relu(tf.reduce_sum(weights * heard.features, axis=-1))


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
        # One output speaks for the second of two classes, and against the first.
        return values[:, 0] * tf.constant(np.where(classes == 1, 1.0, -1.0), tf.float32)
    return tf.gather(values, tf.constant(classes), batch_dims=1)


class _Heard:
    """The last output with places that passed by."""

    def __init__(self) -> None:
        self.features: Any = None


@contextmanager
def _last_map(model: keras.Model, tape: tf.GradientTape) -> Iterator[_Heard]:
    """Listen to all layers while the images pass, and let the tape follow the maps."""
    heard = _Heard()
    layers = {id(layer): layer for layer in leaves_of(model)}.values()
    try:
        for layer in layers:
            # Keras would track, and save, what is set in the ordinary way.
            object.__setattr__(layer, "call", _watching(layer, tape, heard))
        yield heard
    finally:
        for layer in layers:
            layer.__dict__.pop("call", None)


def _watching(layer: keras.Layer, tape: tf.GradientTape, heard: _Heard) -> Any:
    plain = layer.call

    def call(*inputs: Any, **options: Any) -> Any:
        found = plain(*inputs, **options)
        tensor = first_tensor(found)
        shape = tuple(getattr(tensor, "shape", ()))
        learned = heard.features is not None or bool(layer.weights)
        if learned and len(shape) == 4 and shape[1] * shape[2] > 1:
            tape.watch(tensor)
            heard.features = tensor
        return found

    return call


Doubles = NDArray[np.float64]
