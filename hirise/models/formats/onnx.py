"""ONNX files, by onnxruntime on the CPU."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from hirise.errors import InputError, shown
from hirise.models.formats.image_model import (
    ImageModel,
    Images,
    cast_pixels,
    count_outputs,
    first_line,
    input_of_shape,
    range_of,
)

TYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
}
_ABSENT = re.compile(r"External data path does not exist: *\"?([^\"\n]+)")
FATAL_ONLY = 4
"""Level of onnxruntime's log: what it raises is reported already."""


def load_onnx(path: Path, *, size: int | None = None) -> ImageModel:
    """Load an `.onnx` file.

    Raises
    ------
    InputError
        Damaged, of operations that are not ONNX' own, or no image classifier.
    """
    session = _open_session(path)
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise InputError(
            f"The model takes {len(inputs)} inputs. One image is expected.", where=path
        )
    (image,) = inputs
    if image.type not in TYPES:
        raise InputError(
            f"The model takes {image.type}. Numbers per pixel are expected.", where=path
        )
    taken = input_of_shape(path, _sizes(image.shape), size=size)
    output = _output(path, session.get_outputs())
    dtype = np.dtype(TYPES[image.type])
    # A batch of any size is a name or None here; many exports fix it at 1.
    takes_batches = image.shape[0] != 1

    def run(images: Images) -> Any:
        arranged = taken.arrange(cast_pixels(images, dtype))
        step = len(arranged) if takes_batches else 1
        parts = [
            session.run([output.name], {image.name: arranged[start : start + step]})[0]
            for start in range(0, len(arranged), step)
        ]
        return np.concatenate(parts)

    return ImageModel(
        **taken._asdict(),
        n_outputs=count_outputs(path, _sizes(output.shape)),
        run=run,
        dtype=dtype.name,
        input_range=range_of(dtype),
    )


def _open_session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = FATAL_ONLY
    try:
        return onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        # onnxruntime raises classes of its own, without a common one.
        absent = _ABSENT.search(str(error))
        if absent:
            name = Path(absent[1]).name
            raise InputError(
                f"Its weights lie in {shown(name)}, which is not beside it.",
                where=path,
                how="Put that file into the same folder: PyTorch exports large models "
                "as two files.",
            ) from error
        raise InputError(
            f"The file cannot be loaded by onnxruntime {onnxruntime.__version__} "
            f"({first_line(error)}).",
            where=path,
            how="Export it again, with standard operations.",
        ) from error


def _output(path: Path, outputs: Any) -> Any:
    """The only output, or the only one that is a list of numbers per image."""
    lists = [output for output in outputs if len(output.shape) == 2]
    chosen = outputs if len(outputs) == 1 else lists
    if len(chosen) != 1:
        raise InputError(
            f"The model gives {len(outputs)} outputs, of which {len(lists)} could be "
            "those of a classifier.",
            where=path,
            how="Export only one output.",
        )
    return chosen[0]


def _sizes(shape: Any) -> list[int | None]:
    """A shape in which names and None stand for any size."""
    return [n if isinstance(n, int) else None for n in shape]
