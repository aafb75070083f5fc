"""Which loader reads which format."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

from hirise.errors import InputError
from hirise.inference.formats.image_model import ImageModel
from hirise.modelfile.about import FORM_NAMES

_NEEDS = {
    "keras": ("tensorflow", "train"),
    "h5": ("tensorflow", "train"),
    "savedmodel": ("tensorflow", "train"),
    "tflite": ("ai_edge_litert", "models"),
    "onnx": ("onnxruntime", "models"),
}
"""The package that a format needs, and the extra of hirise that brings it."""


def check_installed(form: str) -> None:
    """Refuse a format whose runtime is not installed.

    Raises
    ------
    InputError
        With the line that installs it.
    """
    package, extra = _NEEDS[form]
    if importlib.util.find_spec(package) is None:
        raise InputError(
            f"A model in the format {FORM_NAMES[form]} needs {package}, which is not "
            f"installed. Install it with: pip install 'hirise[{extra}]'"
        )


def load(path: Path, form: str, *, size: int | None = None) -> ImageModel:
    """Load a model of any format; its runtime is imported here.

    Raises
    ------
    InputError
        See the loaders.
    """
    return _loader(form)(path, size=size)


def _loader(form: str) -> Callable[..., ImageModel]:
    if form == "onnx":
        from hirise.inference.formats.onnx import load_onnx

        return load_onnx
    if form == "tflite":
        from hirise.inference.formats.tflite import load_tflite

        return load_tflite
    if form == "savedmodel":
        from hirise.inference.formats.saved_model import load_saved_model

        return load_saved_model
    from hirise.inference.formats.keras_format import load_keras

    return load_keras
