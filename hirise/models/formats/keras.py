"""Keras models (`.keras`, `.h5`), loaded without running any code that they carry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import keras

from hirise.errors import InputError
from hirise.models.formats.image_model import (
    ImageModel,
    Images,
    first_line,
    images_taken,
    outputs_given,
)
from hirise.models.inspection import check_config, inspect_model, parse_description


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model that takes square images of one or three channels.

    Attributes
    ----------
    size : int
        Width and height of its images, in pixels.
    channels : int
        1 or 3.
    layout : {"NHWC", "NCHW"}
    n_outputs : int
        Numbers that it gives per image.
    """

    model: keras.Model
    size: int
    channels: int
    layout: str
    n_outputs: int


def load_model(path: Path, *, size: int | None = None) -> LoadedModel:
    """Load a `.keras` or `.h5` file in Keras' safe mode.

    `size` is that of the images, for models that take any.

    Raises
    ------
    InputError
        A hostile file, one that needs code which is not Keras' own, or a model that
        does not turn one image into one list of numbers.
    """
    if inspect_model(path).form == "h5":
        check_config(path, _h5_config(path))
    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        # Keras raises whatever a strange file makes it raise.
        raise InputError(
            f"{path}: cannot be loaded by Keras {keras.__version__} "
            f"({first_line(error)}). Save it again with that version, or predict where "
            f"it runs and import the predictions."
        ) from error
    taken = images_taken(path, shape_of(model, "input_shape"), size=size)
    return LoadedModel(
        model=model,
        size=taken.size,
        channels=taken.channels,
        layout=taken.layout,
        n_outputs=outputs_given(path, shape_of(model, "output_shape")),
    )


def _h5_config(path: Path) -> dict[str, Any]:
    try:
        with h5py.File(path, "r") as file:
            text = file.attrs.get("model_config")
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise InputError(
            f"{path}: is a damaged HDF5 file ({first_line(error)})."
        ) from error
    if not isinstance(text, str | bytes):
        raise InputError(
            f"{path}: holds no model, only weights perhaps; save the whole model with "
            f"`model.save('model.keras')`."
        )
    return parse_description(path, text)


def shape_of(model: keras.Model, which: str) -> tuple[int | None, ...]:
    """An input or output shape with the batch; () if there are several or none."""
    try:
        shape = getattr(model, which)
    except (AttributeError, ValueError):
        return ()
    if not isinstance(shape, tuple):
        return ()
    return shape if all(n is None or isinstance(n, int) for n in shape) else ()


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
