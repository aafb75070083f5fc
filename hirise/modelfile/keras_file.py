"""A `.keras` or `.h5` file, looked at without Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hirise.archives import open_zip
from hirise.errors import InputError, shown
from hirise.modelfile.about import ModelFile
from hirise.modelfile.keras_config import check_config, objects, parsed
from hirise.modelfile.pickles import PICKLES

MOST_CONFIG_BYTES = 50_000_000


def inspect_keras(path: Path, *, most_bytes: int) -> ModelFile:
    """Look into a `.keras` file: a zip with a description in JSON.

    Raises
    ------
    InputError
        Not a model, a hostile archive, or layers that run code of their own or read
        other files.
    """
    with path.open("rb") as file:
        if not file.read(2) == b"PK":
            raise InputError(
                f"{path}: is not a .keras file, which is a zip; save the model again "
                f"with `model.save('model.keras')`."
            )
    with open_zip(path, most_bytes=most_bytes) as archive:
        names = archive.namelist()
        for name in names:
            if Path(name).suffix.lower() in PICKLES:
                raise InputError(
                    f"{path}: holds {shown(name)}, perhaps a pickle, which no Keras "
                    f"model needs and which can run any code. It is not loaded."
                )
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


def inspect_h5(path: Path) -> ModelFile:
    """Look at the first bytes of an `.h5` file; loading it looks at its description."""
    with path.open("rb") as file:
        if file.read(8) != b"\x89HDF\r\n\x1a\n":
            raise InputError(
                f"{path}: is not an HDF5 file; save the model again with "
                f"`model.save('model.keras')`."
            )
    return ModelFile("h5")


def _input_shape(config: dict[str, Any]) -> tuple[int | None, ...]:
    """The shape of the first input, without the batch."""
    for item in objects(config):
        inner = item.get("config")
        if item.get("class_name") != "InputLayer" or not isinstance(inner, dict):
            continue
        shape = inner.get("batch_shape") or inner.get("batch_input_shape")
        if isinstance(shape, list) and len(shape) == 4:
            return tuple(n if isinstance(n, int) else None for n in shape[1:])
    return ()
