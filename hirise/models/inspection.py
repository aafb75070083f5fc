"""A model file, inspected without loading it: what it takes, what is unsafe."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile, ZipFile

from hirise.archives import open_zip
from hirise.errors import InputError, shown
from hirise.models.torch_program import read_program

Form = Literal["keras", "h5", "savedmodel", "tflite", "onnx", "pt2"]

FORM_NAMES: dict[str, str] = {
    "keras": "Keras",
    "h5": "Keras (HDF5)",
    "savedmodel": "TensorFlow SavedModel",
    "tflite": "LiteRT",
    "onnx": "ONNX",
    "pt2": "PyTorch (torch.export)",
}
"""Names for people, by form."""

_LAYERS_WITH_CODE = (
    "Lambda",
    "TorchModuleWrapper",
    "TFSMLayer",
    "JaxLayer",
    "FlaxLayer",
)
# Their vocabulary may be a path, which Keras opens while it loads the layer.
_READ_FILES = ("StringLookup", "IntegerLookup", "TextVectorization", "IndexLookup")
_MODULES = ("keras", "builtins", "numpy")
PICKLES = (
    ".bin",
    ".ckpt",
    ".dill",
    ".joblib",
    ".pickle",
    ".pkl",
    ".pt",
    ".pth",
)
"""Suffixes under which models are pickled, by PyTorch, scikit-learn and others."""
_INSTEAD = (
    "Export it to ONNX or, from PyTorch, to .pt2 (`torch.export.save`); or, if you "
    "trust the model, run it yourself and import the predictions (`hirise import`)."
)
MOST_CONFIG_BYTES = 50_000_000
SAVED_MODEL = "saved_model.pb"
MOST_GRAPH_BYTES = 500_000_000
_OPS_WITH_CODE = ("PyFunc", "PyFuncStateless", "EagerPyFunc")
_FILE_OPS = (
    "ReadFile",
    "WriteFile",
    "MatchingFiles",
    "ReaderReadV2",
    "FixedLengthRecordReaderV2",
    "TextLineReaderV2",
    "TFRecordReaderV2",
    "WholeFileReaderV2",
    "TextLineDataset",
    "TFRecordDataset",
    "FixedLengthRecordDatasetV2",
    "DebugIdentityV2",
    "PrintV2",
)
MOST_BYTES = 4_000_000_000
_FORMS: dict[str, Form] = {
    ".keras": "keras",
    ".h5": "h5",
    ".hdf5": "h5",
    ".tflite": "tflite",
    ".onnx": "onnx",
    ".pt2": "pt2",
}
SUFFIXES = tuple(_FORMS)
_SAVE_AGAIN = "Save the model again with `model.save('model.keras')`."


@dataclass(frozen=True)
class ModelFile:
    """The description in a model file.

    Attributes
    ----------
    form : {"keras", "h5", "savedmodel", "tflite", "onnx", "pt2"}
    name : str
        Given by its author; "" if unknown.
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


def parse_description(path: Path, text: bytes | str) -> dict[str, Any]:
    """The JSON object that describes a model.

    Examples
    --------
    >>> parse_description(Path("model.keras"), '{"class_name": "Sequential"}')
    {'class_name': 'Sequential'}
    """
    try:
        document = json.loads(text)
    # JSON that is nested too deep raises RecursionError, no ValueError.
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"The description of the model is not JSON ({error}).", where=path
        ) from error
    if not isinstance(document, dict):
        raise InputError(
            "The description of the model is not a JSON object.", where=path
        )
    return document


def check_config(path: Path, config: dict[str, Any]) -> None:
    """Refuse layers that run code, read files, or are not Keras' own.

    Examples
    --------
    >>> check_config(Path("m.keras"), {"class_name": "Dense"})
    >>> check_config(Path("m.keras"), {"class_name": "Lambda"})
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: m.keras: The model holds a Lambda layer, ...
    """
    for item in objects(config):
        name = str(item.get("class_name", ""))
        if name in _LAYERS_WITH_CODE or name == "__lambda__":
            raise InputError(
                f"The model holds a {shown(name.strip('_'))} layer, which can run any "
                "code, and is not loaded.",
                where=path,
                how="Replace it by a layer of Keras; or, if you trust the model, run "
                "it yourself and import the predictions.",
            )
        if name in _READ_FILES:
            raise InputError(
                f"The model holds a {name} layer, which can read other files, and is "
                "not loaded.",
                where=path,
                how="Remove the layer: an image classifier needs none.",
            )
        module = item.get("module")
        if isinstance(module, str) and module.split(".")[0] not in _MODULES:
            raise InputError(
                f"The model needs {shown(f'{module}.{name}')}, code that is not in the "
                "file.",
                where=path,
                how="Run the model where you have that code and import the "
                "predictions.",
            )


def objects(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every JSON object in `config`.

    Examples
    --------
    >>> [item.get("name") for item in objects({"name": "a", "layers": [{"name": "b"}]})]
    ['a', 'b']
    """
    # No recursion: a file can be nested deeper than Python's limit.
    left: list[Any] = [config]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            yield item
            left.extend(item.values())
        elif isinstance(item, list):
            left.extend(item)


def refuse_pickle(path: Path) -> None:
    """Refuse a pickle, by its name or by what it begins with.

    Raises
    ------
    InputError
        With the reason, and what to do instead.

    Examples
    --------
    >>> refuse_pickle(Path("model.pt"))
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: model.pt: The file is a pickle, or could be one. ...
    """
    if path.suffix.lower() in PICKLES or _starts_like_pickle(path):
        raise InputError(
            "The file is a pickle, or could be one. Loading it would run any code "
            "that it carries, so it is not loaded.",
            where=path,
            how=_INSTEAD,
        )
    if path.suffix.lower() == ".safetensors":
        raise InputError(
            "The file holds only weights, not the network.", where=path, how=_INSTEAD
        )


def _starts_like_pickle(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(4)
    # PROTO of versions 2 to 5; what torch.save writes is a zip with a pickle in it.
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return True
    if start != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False
    return "config.json" not in names and any(n.endswith("data.pkl") for n in names)


def inspect_keras(path: Path, *, most_bytes: int) -> ModelFile:
    """Inspect a `.keras` file: a zip with a description in JSON.

    Raises
    ------
    InputError
        Not a model, a hostile archive, or layers that run code of their own or read
        other files.
    """
    with path.open("rb") as file:
        if not file.read(2) == b"PK":
            raise InputError(
                "The file is not a .keras file, which is a zip.",
                where=path,
                how=_SAVE_AGAIN,
            )
    with open_zip(path, most_bytes=most_bytes) as archive:
        config, about = _read_descriptions(path, archive)
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


def _read_descriptions(
    path: Path, archive: ZipFile
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parsed config.json and metadata.json, the second empty if not there."""
    names = archive.namelist()
    for name in names:
        if Path(name).suffix.lower() in PICKLES:
            raise InputError(
                f"The file holds {shown(name)}, perhaps a pickle, which no Keras "
                "model needs and which can run any code. It is not loaded.",
                where=path,
                how=_SAVE_AGAIN,
            )
    if "config.json" not in names:
        raise InputError(
            "The file holds no config.json, so it is not a Keras model.",
            where=path,
            how=_SAVE_AGAIN,
        )
    # The size in the zip's directory: a zip bomb must not be unpacked to know it.
    if archive.getinfo("config.json").file_size > MOST_CONFIG_BYTES:
        raise InputError("The config.json is larger than 50 MB.", where=path)
    config = parse_description(path, archive.read("config.json"))
    if "metadata.json" not in names:
        return config, {}
    return config, parse_description(path, archive.read("metadata.json"))


def inspect_h5(path: Path) -> ModelFile:
    """Check the first bytes of an `.h5` file; loading it checks its description."""
    with path.open("rb") as file:
        if file.read(8) != b"\x89HDF\r\n\x1a\n":
            raise InputError(
                "The file is not an HDF5 file.", where=path, how=_SAVE_AGAIN
            )
    return ModelFile("h5")


def _input_shape(config: dict[str, Any]) -> tuple[int | None, ...]:
    """The shape of the first input, without the batch."""
    for item in objects(config):
        inner = item.get("config")
        if item.get("class_name") != "InputLayer" or not isinstance(inner, dict):
            continue
        # Keras 3 writes `batch_shape`, Keras 2 `batch_input_shape`.
        shape = inner.get("batch_shape") or inner.get("batch_input_shape")
        if isinstance(shape, list) and len(shape) == 4:
            return tuple(n if isinstance(n, int) else None for n in shape[1:])
    return ()


def inspect_saved_model(path: Path) -> ModelFile:
    """Look for operations that run Python or touch files, by their names in the graph.

    Saving and restoring of the model's own variables is in every SavedModel; what calls
    them is checked when it is loaded.

    Raises
    ------
    InputError
        Not a SavedModel, too large, or with such operations.
    """
    graph = path / SAVED_MODEL
    if not graph.is_file():
        raise InputError(
            f"A folder is not a model unless it holds {SAVED_MODEL}.",
            where=path,
            how="Write it with `model.export('folder')`.",
        )
    if graph.stat().st_size > MOST_GRAPH_BYTES:
        raise InputError("The graph is larger than 500 MB.", where=graph)
    content = graph.read_bytes()
    # The bytes are searched: parsing the protobuf would take TensorFlow.
    for operation in (*_OPS_WITH_CODE, *_FILE_OPS):
        if _has_operation(content, operation):
            does = (
                "runs Python code" if operation in _OPS_WITH_CODE else "accesses files"
            )
            raise InputError(
                f"The graph holds the operation {operation}, which {does}, and is not "
                "loaded.",
                where=path,
                how="Export only the classifier; or, if you trust the model, run it "
                "yourself and import the predictions.",
            )
    return ModelFile("savedmodel")


def _has_operation(content: bytes, operation: str) -> bool:
    """Whether a protobuf holds this text as a whole `op` field (number 2) of a node."""
    name = operation.encode()
    return b"\x12" + bytes([len(name)]) + name in content


def is_model(path: Path) -> bool:
    """Whether a path looks like a model, by its name; refused kinds are among them.

    Examples
    --------
    >>> is_model(Path("network.onnx")), is_model(Path("labels.csv"))
    (True, False)
    """
    return (
        path.suffix.lower() in (*SUFFIXES, *PICKLES, ".safetensors")
        or (path / SAVED_MODEL).is_file()
    )


def inspect_model(path: Path) -> ModelFile:
    """Inspect a model: `.keras`, `.h5`, `.tflite`, `.onnx`, or a SavedModel folder.

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
            f"A model in a file {', '.join(SUFFIXES)} or in a SavedModel folder is "
            "expected.",
            where=path,
            how="From Keras, save it with `model.save('model.keras')`.",
        )
    if not path.is_file():
        raise InputError("There is no such file.", where=path)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise InputError(
            f"The model has {size / 1e9:.1f} GB. At most 4 GB are loaded.", where=path
        )
    if form == "keras":
        return inspect_keras(path, most_bytes=MOST_BYTES)
    if form == "h5":
        return inspect_h5(path)
    if form == "pt2":
        read_program(path)
    _check_start(path, form)
    return ModelFile(form)


def _check_start(path: Path, form: Form) -> None:
    with path.open("rb") as file:
        start = file.read(8)
    if form == "tflite" and start[4:8] != b"TFL3":
        raise InputError(
            "The file is not a LiteRT file, which has TFL3 at its start.",
            where=path,
            how="Convert the model again.",
        )
    # An ONNX file is a protobuf that begins with its version, a small number.
    if form == "onnx" and (len(start) < 8 or start[0] != 0x08 or start[1] > 0x7F):
        raise InputError(
            "The file is not an ONNX file.", where=path, how="Export the model again."
        )


def saved_loss(path: Path, about: ModelFile) -> dict[str, Any] | None:
    """`name` and `from_logits` of the loss in a `.keras` file; None if unknown.

    Parameters
    ----------
    about : ModelFile
        The result of `inspect_model`, which has checked the file.

    Examples
    --------
    >>> saved_loss(Path("m.onnx"), ModelFile("onnx")) is None
    True
    """
    if about.form != "keras":
        return None
    try:
        with ZipFile(path) as archive:
            document = json.loads(archive.read("config.json"))
        compiled = document["compile_config"]
        return describe_loss(compiled["loss"])
    except (OSError, BadZipFile, ValueError, KeyError, TypeError):
        return None


def describe_loss(loss: Any) -> dict[str, Any] | None:
    """`name` and `from_logits` of a loss, by its name or its Keras configuration.

    `from_logits` is None where the loss has no such setting; all is None if unknown.

    Examples
    --------
    >>> describe_loss("categorical_crossentropy")
    {'name': 'categorical_crossentropy', 'from_logits': False}
    >>> describe_loss({"class_name": "Hinge", "config": {}})
    {'name': 'Hinge', 'from_logits': None}
    """
    if isinstance(loss, str):
        # Of a loss given by name Keras takes the default, which is not logits.
        return {"name": loss, "from_logits": False if "crossentropy" in loss else None}
    if not isinstance(loss, dict):
        return None
    settings = loss.get("config")
    settings = settings if isinstance(settings, dict) else {}
    from_logits = settings.get("from_logits")
    return {
        "name": str(loss.get("class_name", "")),
        "from_logits": from_logits if isinstance(from_logits, bool) else None,
    }
