"""A stranger's Keras model, loaded without running any code that it carries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import keras

from hirise.errors import InputError
from hirise.modelfile import check_config, inspect_model, parsed


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model that takes square images of one or three channels.

    Attributes
    ----------
    size : int
        Width and height of its images, in pixels.
    channels : int
        1 or 3.
    n_outputs : int
        Numbers that it gives per image.
    """

    model: keras.Model
    size: int
    channels: int
    n_outputs: int


def load_model(path: Path) -> LoadedModel:
    """Load a `.keras` or `.h5` file in Keras' safe mode.

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
    size, channels = _image_shape(path, model)
    return LoadedModel(model, size, channels, _n_outputs(path, model))


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
    return parsed(path, text)


def _image_shape(path: Path, model: keras.Model) -> tuple[int, int]:
    """Size and channels of the images that the model takes."""
    shape = shape_of(model, "input_shape")
    if len(shape) != 4:
        raise InputError(
            f"{path}: takes {_shown(shape)}, not one image (height, width, channels)."
        )
    _, height, width, channels = shape
    if channels not in (1, 3):
        raise InputError(
            f"{path}: takes images of shape {_shown(shape)}; one or three channels in "
            f"the last place are expected."
        )
    if height is None or height != width:
        raise InputError(
            f"{path}: takes images of {height} × {width} pixels; a fixed, equal height "
            f"and width are expected."
        )
    return height, channels


def _n_outputs(path: Path, model: keras.Model) -> int:
    shape = shape_of(model, "output_shape")
    if len(shape) != 2 or shape[1] is None:
        raise InputError(
            f"{path}: gives {_shown(shape)}, not one list of numbers per image, so it "
            f"is no image classifier."
        )
    return int(shape[1])


def shape_of(model: keras.Model, which: str) -> tuple[int | None, ...]:
    """An input or output shape with the batch; () if there are several or none."""
    try:
        shape = getattr(model, which)
    except (AttributeError, ValueError):
        return ()
    if not isinstance(shape, tuple):
        return ()
    return shape if all(n is None or isinstance(n, int) for n in shape) else ()


def _shown(shape: tuple[int | None, ...]) -> str:
    sizes = " × ".join("any" if n is None else str(n) for n in shape[1:])
    return sizes or "several things, or nothing known"


def first_line(error: Exception) -> str:
    """What went wrong, in one line."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return line[:200].rstrip(".")
