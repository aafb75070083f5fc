"""Keras models (`.keras`, `.h5`), loaded without running any code that they carry."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import h5py
import keras

from hirise.errors import InputError
from hirise.models.formats.image_model import (
    ImageInput,
    ImageModel,
    Images,
    count_outputs,
    first_line,
    input_of_shape,
)
from hirise.models.inspection import check_config, inspect_model, parse_description


class LoadedModel(NamedTuple):
    """A Keras model, the images that it takes, and how many numbers it gives."""

    model: keras.Model
    taken: ImageInput
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
    # Keras before 3.11.3 ignores `safe_mode` for HDF5 files (CVE-2025-9905).
    if inspect_model(path).form == "h5":
        check_config(path, _h5_config(path))
    how = (
        "Save it again with that version, or run the model with that version and "
        "import the predictions."
    )
    model = read_keras(path, how=how)
    return LoadedModel(
        model,
        input_of_shape(path, shape_of(model, "input_shape"), size=size),
        count_outputs(path, shape_of(model, "output_shape")),
    )


def read_keras(path: Path, *, how: str) -> keras.Model:
    """The model in a file, uncompiled; `how` ends the error about one that is damaged.

    Compiling could need code of the model's author. Safe mode refuses pickled lambdas.
    """
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        # Keras raises whatever a damaged file makes it raise.
        raise InputError(
            f"The file cannot be loaded by Keras {keras.__version__} "
            f"({first_line(error)}).",
            where=path,
            how=how,
        ) from error


def _h5_config(path: Path) -> dict[str, Any]:
    try:
        with h5py.File(path, "r") as file:
            text = file.attrs.get("model_config")
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise InputError(
            f"The HDF5 file is damaged ({first_line(error)}).", where=path
        ) from error
    # h5py gives text or bytes, depending on how the attribute was written.
    if not isinstance(text, str | bytes):
        raise InputError(
            "The file holds no model, but perhaps only weights.",
            where=path,
            how="Save the whole model with `model.save('model.keras')`.",
        )
    return parse_description(path, text)


def shape_of(model: keras.Model, which: str) -> tuple[int | None, ...]:
    """An input or output shape with the batch; () if there are several or none.

    Examples
    --------
    >>> layers = [keras.Input((4,)), keras.layers.Dense(2)]
    >>> shape_of(keras.Sequential(layers), "output_shape")
    (None, 2)
    """
    # Subclassed models raise here; with several inputs it is a list or a dict.
    try:
        shape = getattr(model, which)
    except (AttributeError, ValueError):
        return ()
    if not isinstance(shape, tuple):
        return ()
    return shape if all(n is None or isinstance(n, int) for n in shape) else ()


def load_keras(path: Path, *, size: int | None = None) -> ImageModel:
    """Load a `.keras` or `.h5` file; see `load_model`."""
    model, taken, n_outputs = load_model(path, size=size)
    both = _with_features(model)

    def run(images: Images) -> object:
        return model.predict_on_batch(taken.arrange(images))

    def run_both(images: Images) -> tuple[Any, Any]:
        assert both is not None
        outputs, features = both.predict_on_batch(taken.arrange(images))
        return outputs, features

    return ImageModel(
        **taken._asdict(),
        n_outputs=n_outputs,
        run=run,
        keras=model,
        run_both=None if both is None else run_both,
    )


def _with_features(model: keras.Model) -> keras.Model | None:
    """The network with a second output: the inputs of its last learned layer.

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
