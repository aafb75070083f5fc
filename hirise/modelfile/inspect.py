"""What kind of model a path holds; nothing in it is run."""

from __future__ import annotations

from pathlib import Path

from hirise.errors import InputError
from hirise.modelfile.about import Form, ModelFile
from hirise.modelfile.keras_file import inspect_h5, inspect_keras
from hirise.modelfile.pickles import PICKLES, refuse_pickle
from hirise.modelfile.saved_model import SAVED_MODEL, inspect_saved_model

MOST_BYTES = 4_000_000_000

_FORMS: dict[str, Form] = {
    ".keras": "keras",
    ".h5": "h5",
    ".hdf5": "h5",
    ".tflite": "tflite",
    ".onnx": "onnx",
}
SUFFIXES = tuple(_FORMS)


def is_model(path: Path) -> bool:
    """Whether a path looks like a model, by its name; refused kinds are among them."""
    return (
        path.suffix.lower() in (*SUFFIXES, *PICKLES, ".safetensors")
        or (path / SAVED_MODEL).is_file()
    )


def inspect_model(path: Path) -> ModelFile:
    """Look at a model: `.keras`, `.h5`, `.tflite`, `.onnx`, or a SavedModel folder.

    Raises
    ------
    InputError
        Not a model, a pickle, a hostile archive, or layers that run code of their own
        or read other files.
    """
    if path.is_dir():
        return inspect_saved_model(path)
    refuse_pickle(path)
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise InputError(
            f"{path}: a model in a file {', '.join(SUFFIXES)} or in a SavedModel "
            f"folder is expected; from Keras, save it with `model.save('model.keras')`."
        )
    if not path.is_file():
        raise InputError(f"{path}: no such file.")
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise InputError(f"{path}: has {size / 1e9:.1f} GB; at most 4 GB are loaded.")
    if form == "keras":
        return inspect_keras(path, most_bytes=MOST_BYTES)
    if form == "h5":
        return inspect_h5(path)
    _check_start(path, form)
    return ModelFile(form)


def _check_start(path: Path, form: Form) -> None:
    with path.open("rb") as file:
        start = file.read(8)
    if form == "tflite" and start[4:8] != b"TFL3":
        raise InputError(
            f"{path}: is not a LiteRT file, which says TFL3 at its start; convert the "
            f"model again."
        )
    # An ONNX file is a protobuf that begins with its version, a small number.
    if form == "onnx" and (len(start) < 8 or start[0] != 0x08 or start[1] > 0x7F):
        raise InputError(f"{path}: is not an ONNX file; export the model again.")
