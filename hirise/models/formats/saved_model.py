"""SavedModel folders, by the signature that serves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hirise.errors import InputError
from hirise.models.formats.image_model import (
    ImageModel,
    Images,
    first_line,
    images_taken,
    outputs_given,
)

NAMES = ("serving_default", "serve")
_TOUCH_FILES = ("SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename")


def load_saved_model(path: Path, *, size: int | None = None) -> ImageModel:
    """Load a folder that `inspect_model` has looked at.

    Raises
    ------
    InputError
        Damaged, without one signature from an image to numbers, or one that saves or
        restores files.
    """
    import tensorflow as tf

    try:
        loaded = tf.saved_model.load(str(path))
    except Exception as error:
        # TensorFlow raises whatever a strange folder makes it raise.
        raise InputError(
            f"{path}: cannot be loaded by TensorFlow {tf.__version__} "
            f"({first_line(error)}). Export it again with `model.export('folder')`."
        ) from error
    signature = _signature(path, loaded.signatures)
    _refuse_files(path, signature)
    named, outputs = (
        signature.structured_input_signature[1],
        signature.structured_outputs,
    )
    if len(named) != 1 or len(outputs) != 1:
        raise InputError(
            f"{path}: its signature has {len(named)} inputs and {len(outputs)} "
            f"outputs; one image and one list of numbers are expected."
        )
    ((name, spec),) = named.items()
    ((_, output),) = outputs.items()
    taken = images_taken(path, _sizes(spec.shape), size=size)
    dtype = np.dtype(spec.dtype.as_numpy_dtype)

    def run(images: Images) -> Any:
        given = (images if dtype.kind == "f" else np.rint(images)).astype(dtype)
        if taken.layout == "NCHW":
            given = given.transpose(0, 3, 1, 2)
        (found,) = signature(**{name: tf.constant(given)}).values()
        return found.numpy()

    # The whole of `loaded` must live as long as its signature is called.
    run.keeps = loaded  # type: ignore[attr-defined]
    return ImageModel(
        size=taken.size,
        channels=taken.channels,
        n_outputs=outputs_given(path, _sizes(output.shape)),
        run=run,
        layout=taken.layout,
        dtype=dtype.name,
        input_range=(0.0, 255.0) if dtype.kind == "u" else None,
    )


def _signature(path: Path, signatures: Any) -> Any:
    names = list(signatures)
    usual = [name for name in NAMES if name in names]
    if not usual and len(names) != 1:
        raise InputError(
            f"{path}: has {len(names)} signatures, none of them "
            f"{' or '.join(NAMES)}; export it again with `model.export('folder')`."
        )
    return signatures[usual[0] if usual else names[0]]


def _refuse_files(path: Path, signature: Any) -> None:
    graph = signature.graph.as_graph_def()
    nodes = [*graph.node, *(n for f in graph.library.function for n in f.node_def)]
    for operation in _TOUCH_FILES:
        if any(node.op == operation for node in nodes):
            raise InputError(
                f"{path}: predicting with it runs the operation {operation}, which "
                f"touches files. Export the classifier alone."
            )


def _sizes(shape: Any) -> list[int | None]:
    return [] if shape.rank is None else list(shape.as_list())
