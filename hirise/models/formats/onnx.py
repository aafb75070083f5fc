"""ONNX files, by onnxruntime on the CPU."""

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

TYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
}
SILENT = 4
"""Of onnxruntime's log: fatal errors only; what it raises is told."""


def load_onnx(path: Path, *, size: int | None = None) -> ImageModel:
    """Load an `.onnx` file.

    Raises
    ------
    InputError
        Damaged, of operations that are not ONNX' own, or no image classifier.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = SILENT
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        # onnxruntime raises classes of its own, without a common one.
        raise InputError(
            f"{path}: cannot be loaded by onnxruntime {onnxruntime.__version__} "
            f"({first_line(error)}). Export it again, with standard operations."
        ) from error
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise InputError(f"{path}: takes {len(inputs)} inputs; one image is expected.")
    (one,) = inputs
    if one.type not in TYPES:
        raise InputError(f"{path}: takes {one.type}; numbers per pixel are expected.")
    taken = images_taken(path, _sizes(one.shape), size=size)
    output = _output(path, session.get_outputs())
    dtype = np.dtype(TYPES[one.type])
    single = one.shape[0] == 1

    def run(images: Images) -> Any:
        given = (images if dtype.kind == "f" else np.rint(images)).astype(dtype)
        if taken.layout == "NCHW":
            given = np.ascontiguousarray(given.transpose(0, 3, 1, 2))
        if not single:
            return session.run([output.name], {one.name: given})[0]
        found = [
            session.run([output.name], {one.name: given[n : n + 1]})[0]
            for n in range(len(given))
        ]
        return np.concatenate(found)

    return ImageModel(
        size=taken.size,
        channels=taken.channels,
        n_outputs=outputs_given(path, _sizes(output.shape)),
        run=run,
        layout=taken.layout,
        dtype=dtype.name,
        input_range=(0.0, 255.0) if dtype.kind == "u" else None,
    )


def _output(path: Path, outputs: Any) -> Any:
    """The only output, or the only one that is a list of numbers per image."""
    lists = [one for one in outputs if len(one.shape) == 2]
    chosen = outputs if len(outputs) == 1 else lists
    if len(chosen) != 1:
        raise InputError(
            f"{path}: gives {len(outputs)} outputs, of which {len(lists)} could be "
            f"those of a classifier. Export one output alone."
        )
    return chosen[0]


def _sizes(shape: Any) -> list[int | None]:
    """A shape in which names and None stand for any size."""
    return [n if isinstance(n, int) else None for n in shape]
