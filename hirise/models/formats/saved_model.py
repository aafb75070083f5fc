"""SavedModel folders, by the signature that serves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hirise.errors import InputError
from hirise.models.formats.image_model import (
    ImageModel,
    Images,
    cast_pixels,
    count_outputs,
    first_line,
    input_of_shape,
    range_of,
)

NAMES = ("serving_default", "serve")
# Every SavedModel saves its variables with these; predicting needs none.
_FILE_OPS = ("SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename")


def load_saved_model(path: Path, *, size: int | None = None) -> ImageModel:
    """Load a folder that `inspect_model` has checked.

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
        # TensorFlow raises whatever a damaged folder makes it raise.
        raise InputError(
            f"The folder cannot be loaded by TensorFlow {tf.__version__} "
            f"({first_line(error)}).",
            where=path,
            how="Export it again with `model.export('folder')`.",
        ) from error
    signature = _signature(path, loaded.signatures)
    _refuse_file_operations(path, signature)
    inputs = signature.structured_input_signature[1]
    outputs = signature.structured_outputs
    if len(inputs) != 1 or len(outputs) != 1:
        raise InputError(
            f"The signature has {len(inputs)} inputs and {len(outputs)} outputs. One "
            "image and one list of numbers are expected.",
            where=path,
        )
    ((name, spec),) = inputs.items()
    (output,) = outputs.values()
    taken = input_of_shape(path, _sizes(spec.shape), size=size)
    dtype = np.dtype(spec.dtype.as_numpy_dtype)

    def run(images: Images) -> Any:
        arranged = taken.arrange(cast_pixels(images, dtype))
        (result,) = signature(**{name: tf.constant(arranged)}).values()
        return result.numpy()

    # The whole of `loaded` must live as long as its signature is called.
    run.keeps = loaded  # type: ignore[attr-defined]
    return ImageModel(
        **taken._asdict(),
        n_outputs=count_outputs(path, _sizes(output.shape)),
        run=run,
        dtype=dtype.name,
        input_range=range_of(dtype),
    )


def _signature(path: Path, signatures: Any) -> Any:
    names = list(signatures)
    usual = [name for name in NAMES if name in names]
    if not usual and len(names) != 1:
        raise InputError(
            f"The folder has {len(names)} signatures, none of them "
            f"{' or '.join(NAMES)}.",
            where=path,
            how="Export it again with `model.export('folder')`.",
        )
    return signatures[usual[0] if usual else names[0]]


def _refuse_file_operations(path: Path, signature: Any) -> None:
    graph = signature.graph.as_graph_def()
    # The network is in functions of the library, which the graph only calls.
    nodes = [*graph.node, *(n for f in graph.library.function for n in f.node_def)]
    used = {node.op for node in nodes}
    for operation in _FILE_OPS:
        if operation in used:
            raise InputError(
                f"Predicting with this model runs the operation {operation}, which "
                "reads or writes files.",
                where=path,
                how="Export only the classifier.",
            )


def _sizes(shape: Any) -> list[int | None]:
    return [] if shape.rank is None else list(shape.as_list())
