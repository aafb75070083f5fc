"""Trained networks that turn images into features: from Keras, or from a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
from keras import layers

from hirise.errors import InputError, parameter
from hirise.models.backbone_names import APPLICATIONS, check_backbone
from hirise.models.formats.image_model import first_line
from hirise.models.formats.keras import read_keras, shape_of


@dataclass(frozen=True, eq=False)
class Backbone:
    """A network from pixels to features.

    Attributes
    ----------
    model : keras.Model
        From (n, height, width, 3) in [0, 255] to (n, h, w, d) or (n, d).
    mark : str
        A hash of its weights, 16 hex digits.
    """

    model: keras.Model
    mark: str


def load_backbone(text: str) -> Backbone:
    """The backbone that a recipe names.

    Parameters
    ----------
    text : str
        One of `APPLICATIONS`, with weights learned on ImageNet, which Keras downloads
        once; or the path of a `.keras` or `.h5` file.

    Raises
    ------
    InputError
        Unknown, not there, unsafe, not to be downloaded, or of another shape.
    """
    check_backbone(text)
    path = Path(text).expanduser()
    if text in APPLICATIONS:
        model = _from_keras(text)
    else:
        model = read_keras(path, how="Save it again with that version.")
        _check(path, model)
    return Backbone(model, _mark(model))


def with_features(backbone: Backbone, images: Any) -> Any:
    """(n, d) features of (n, size, size, channels) pixels, averaged over the image.

    Batch normalisation stays as it came, also when the rest learns on: batches of few
    images would spoil its statistics. It must be frozen for that, as Keras hands
    `training` on to nested layers, whatever they were called with.
    """
    for layer in backbone.model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False
    # Trained networks take colour images: grey fills all three channels.
    coloured = layers.Concatenate()([images] * 3) if images.shape[-1] == 1 else images
    features = backbone.model(coloured, training=False)
    if len(features.shape) == 4:
        features = layers.GlobalAveragePooling2D()(features)
    return features


def feature_model(backbone: Backbone, size: int, channels: int) -> keras.Model:
    """`with_features` as a model for images of `size` pixels."""
    images = keras.Input((size, size, channels))
    try:
        return keras.Model(images, with_features(backbone, images))
    except ValueError as error:
        raise InputError(
            f"The backbone takes no images of {size} × {size} pixels "
            f"({first_line(error)}). Change the setting 'image_size'."
        ) from error


def _from_keras(name: str) -> keras.Model:
    build = getattr(keras.applications, name)
    try:
        return build(include_top=False, weights="imagenet")
    except Exception as error:
        # Without a network Keras raises what its download raised, with the address.
        raise InputError(
            f"The weights of {name} cannot be downloaded ({first_line(error)}). "
            "Download that file elsewhere and put it into the folder "
            "~/.keras/models, or give a network in a file: "
            f"{parameter('settings', 'backbone=FILE.keras')}."
        ) from error


def _check(path: Path, model: keras.Model) -> None:
    taken, given = shape_of(model, "input_shape"), shape_of(model, "output_shape")
    if len(taken) != 4 or taken[-1] != 3:
        raise InputError(
            f"{path}: as a backbone it must take images of three channels with pixels "
            "of 0 to 255, (n, height, width, 3)."
        )
    if len(given) not in (2, 4) or given[-1] is None:
        raise InputError(
            f"{path}: as a backbone it must give features, (n, h, w, d) or (n, d)."
        )


def _mark(model: keras.Model) -> str:
    digest = hashlib.blake2b(digest_size=8)
    # Not of the file, in which Keras also writes the date on which it was saved.
    for array in model.get_weights():
        digest.update(array.tobytes())
    return digest.hexdigest()
