"""A stranger's Keras model, looked at without Keras: what it takes, and what is unsafe.

The pages show this before anything of the model is loaded; loading checks it again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hirise.archives import open_zip
from hirise.errors import InputError, shown

MOST_BYTES = 4_000_000_000
MOST_CONFIG_BYTES = 50_000_000
SUFFIXES = (".keras", ".h5", ".hdf5")

_RUN_CODE = ("Lambda", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer")
_READ_FILES = ("StringLookup", "IntegerLookup", "TextVectorization", "IndexLookup")
_MODULES = ("keras", "builtins", "numpy")


@dataclass(frozen=True)
class ModelFile:
    """What a model file says of itself.

    Attributes
    ----------
    form : {"keras", "h5"}
    name : str
        As its maker called it; "" if unknown, as for h5.
    input_shape : tuple of int or None
        (height, width, channels), None for any size; empty if unknown.
    n_layers : int
    keras_version : str
    """

    form: str
    name: str = ""
    input_shape: tuple[int | None, ...] = ()
    n_layers: int = 0
    keras_version: str = ""


def inspect_model(path: Path) -> ModelFile:
    """Look at a `.keras` or `.h5` file; nothing in it is run.

    Raises
    ------
    InputError
        Not a model, a hostile archive, or layers that run code of their own or read
        other files.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"{path}: a model in a file .keras or .h5 is expected; save it with "
            f"`model.save('model.keras')`."
        )
    if not path.is_file():
        raise InputError(f"{path}: no such file.")
    if path.suffix.lower() != ".keras":
        return _inspect_h5(path)
    with path.open("rb") as file:
        if not file.read(2) == b"PK":
            raise InputError(
                f"{path}: is not a .keras file, which is a zip; save the model again "
                f"with `model.save('model.keras')`."
            )
    with open_zip(path, most_bytes=MOST_BYTES) as archive:
        names = archive.namelist()
        if "config.json" not in names:
            raise InputError(f"{path}: holds no config.json, so it is no Keras model.")
        if archive.getinfo("config.json").file_size > MOST_CONFIG_BYTES:
            raise InputError(f"{path}: its config.json is larger than 50 MB.")
        config = parsed(path, archive.read("config.json"))
        about = (
            parsed(path, archive.read("metadata.json"))
            if ("metadata.json" in names)
            else {}
        )
    check_config(path, config)
    inner = config.get("config")
    inner = inner if isinstance(inner, dict) else {}
    layers = inner.get("layers")
    return ModelFile(
        "keras",
        name=shown(str(inner.get("name", ""))),
        input_shape=_input_shape(config),
        n_layers=len(layers) if isinstance(layers, list) else 0,
        keras_version=shown(str(about.get("keras_version", ""))),
    )


def parsed(path: Path, text: bytes | str) -> dict[str, Any]:
    """The JSON object that describes a model."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: its description is no JSON ({error}).") from error
    if not isinstance(document, dict):
        raise InputError(f"{path}: its description is no JSON object.")
    return document


def check_config(path: Path, config: dict[str, Any]) -> None:
    """Refuse layers that run code, read files, or are not Keras' own."""
    for item in _objects(config):
        name = str(item.get("class_name", ""))
        if name in _RUN_CODE or name == "__lambda__":
            raise InputError(
                f"{path}: holds a {shown(name.strip('_'))} layer, which can run any "
                f"code, and is not loaded. Replace it by a layer of Keras, or "
                f"predict where you trust it and import the predictions."
            )
        if name in _READ_FILES:
            raise InputError(
                f"{path}: holds a {name} layer, which can read other files, and is "
                f"not loaded. An image classifier needs none."
            )
        module = item.get("module")
        if isinstance(module, str) and module.split(".")[0] not in _MODULES:
            raise InputError(
                f"{path}: needs {shown(f'{module}.{name}')}, code that is not in the "
                f"file. Predict where you have it and import the predictions."
            )


def _objects(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every JSON object in `config`."""
    left: list[Any] = [config]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            yield item
            left.extend(item.values())
        elif isinstance(item, list):
            left.extend(item)


def _input_shape(config: dict[str, Any]) -> tuple[int | None, ...]:
    """The shape of the first input, without the batch."""
    for item in _objects(config):
        inner = item.get("config")
        if item.get("class_name") != "InputLayer" or not isinstance(inner, dict):
            continue
        shape = inner.get("batch_shape") or inner.get("batch_input_shape")
        if isinstance(shape, list) and len(shape) == 4:
            return tuple(n if isinstance(n, int) else None for n in shape[1:])
    return ()


def _inspect_h5(path: Path) -> ModelFile:
    with path.open("rb") as file:
        if file.read(8) != b"\x89HDF\r\n\x1a\n":
            raise InputError(
                f"{path}: is not an HDF5 file; save the model again with "
                f"`model.save('model.keras')`."
            )
    return ModelFile("h5")
