"""The description of a Keras model: what in it would run code or read files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hirise.errors import InputError, shown

_RUN_CODE = ("Lambda", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer")
_READ_FILES = ("StringLookup", "IntegerLookup", "TextVectorization", "IndexLookup")
_MODULES = ("keras", "builtins", "numpy")


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
    for item in objects(config):
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


def objects(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every JSON object in `config`."""
    left: list[Any] = [config]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            yield item
            left.extend(item.values())
        elif isinstance(item, list):
            left.extend(item)
