"""A SavedModel folder, looked at without TensorFlow."""

from __future__ import annotations

from pathlib import Path

from hirise.errors import InputError
from hirise.modelfile.about import ModelFile

SAVED_MODEL = "saved_model.pb"
MOST_GRAPH_BYTES = 500_000_000

_RUN_CODE = ("PyFunc", "PyFuncStateless", "EagerPyFunc")
_TOUCH_FILES = (
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


def inspect_saved_model(path: Path) -> ModelFile:
    """Look for operations that run Python or touch files, by their names in the graph.

    Saving and restoring of the model's own variables is in every SavedModel; what calls
    them is looked at when it is loaded.

    Raises
    ------
    InputError
        Not a SavedModel, too large, or with such operations.
    """
    graph = path / SAVED_MODEL
    if not graph.is_file():
        raise InputError(
            f"{path}: a folder is no model unless it holds {SAVED_MODEL}, as "
            f"`model.export('folder')` writes it."
        )
    if graph.stat().st_size > MOST_GRAPH_BYTES:
        raise InputError(f"{graph}: is larger than 500 MB.")
    content = graph.read_bytes()
    for operation in (*_RUN_CODE, *_TOUCH_FILES):
        if _holds(content, operation):
            does = "runs Python code" if operation in _RUN_CODE else "touches files"
            raise InputError(
                f"{path}: its graph holds the operation {operation}, which {does}, and "
                f"is not loaded. Export the classifier alone, or predict where you "
                f"trust it and import the predictions."
            )
    return ModelFile("savedmodel")


def _holds(content: bytes, operation: str) -> bool:
    """Whether a protobuf holds this text as a whole `op` field (number 2) of a node."""
    name = operation.encode()
    return b"\x12" + bytes([len(name)]) + name in content
