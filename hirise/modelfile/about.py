"""What a model file says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["keras", "h5", "savedmodel", "tflite", "onnx"]

FORM_NAMES: dict[str, str] = {
    "keras": "Keras",
    "h5": "Keras (HDF5)",
    "savedmodel": "TensorFlow SavedModel",
    "tflite": "LiteRT",
    "onnx": "ONNX",
}
"""As people call them, by form."""


@dataclass(frozen=True)
class ModelFile:
    """What a model file says of itself.

    Attributes
    ----------
    form : {"keras", "h5", "savedmodel", "tflite", "onnx"}
    name : str
        As its maker called it; "" if unknown.
    input_shape : tuple of int or None
        (height, width, channels), None for any size; empty if unknown.
    n_layers : int
        0 if unknown.
    keras_version : str
    """

    form: Form
    name: str = ""
    input_shape: tuple[int | None, ...] = ()
    n_layers: int = 0
    keras_version: str = ""
