"""LiteRT files (`.tflite`): float, float16, and int8 with quantised ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.models.formats.image_model import (
    ImageModel,
    Images,
    first_line,
    images_taken,
    outputs_given,
)


def load_tflite(path: Path, *, size: int | None = None) -> ImageModel:
    """Load a `.tflite` file.

    Raises
    ------
    InputError
        Damaged, of operations that are not LiteRT's own, or no image classifier.
    """
    from ai_edge_litert.interpreter import Interpreter

    try:
        interpreter = Interpreter(str(path), num_threads=os.cpu_count() or 1)
        interpreter.allocate_tensors()
    except Exception as error:
        # LiteRT raises whatever its own code raises.
        raise InputError(
            f"{path}: cannot be loaded by LiteRT ({first_line(error)}). Convert it "
            f"again, with LiteRT's own operations."
        ) from error
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    if len(inputs) != 1 or len(outputs) != 1:
        raise InputError(
            f"{path}: has {len(inputs)} inputs and {len(outputs)} outputs; one image "
            f"and one list of numbers are expected."
        )
    (one,), (output,) = inputs, outputs
    taken = images_taken(path, _sizes(one), size=size)
    runner = _Runner(interpreter, one, output, taken.layout)
    return ImageModel(
        size=taken.size,
        channels=taken.channels,
        n_outputs=outputs_given(path, _sizes(output)),
        run=runner,
        layout=taken.layout,
        dtype=np.dtype(one["dtype"]).name,
        input_range=_range(one),
    )


class _Runner:
    """Gives an interpreter its batches; one that takes no batches, image by image."""

    def __init__(self, interpreter: Any, one: Any, output: Any, layout: str) -> None:
        self.interpreter = interpreter
        self.one = one
        self.output = output
        self.layout = layout
        self.batch = int(one["shape"][0])
        self.grows = True

    def __call__(self, images: Images) -> NDArray[np.float64]:
        given = quantised(images, self.one)
        if self.layout == "NCHW":
            given = np.ascontiguousarray(given.transpose(0, 3, 1, 2))
        if self.grows and self._resized(given.shape):
            return self._invoked(given)
        parts = [self._invoked(given[n : n + 1]) for n in range(len(given))]
        return np.concatenate(parts)

    def _resized(self, shape: tuple[int, ...]) -> bool:
        """Whether the interpreter takes a batch of this shape; else, single images."""
        if shape[0] == self.batch:
            return True
        try:
            self._resize(shape)
            found = self.interpreter.get_tensor(self.output["index"]).shape[0]
        except (RuntimeError, ValueError):
            found = 0
        self.grows = found == shape[0]
        if not self.grows:
            self._resize((1, *shape[1:]))
        return self.grows

    def _resize(self, shape: tuple[int, ...]) -> None:
        self.interpreter.resize_tensor_input(self.one["index"], shape)
        self.interpreter.allocate_tensors()
        self.batch = shape[0]

    def _invoked(self, given: NDArray[Any]) -> NDArray[np.float64]:
        self.interpreter.set_tensor(self.one["index"], given)
        self.interpreter.invoke()
        found = self.interpreter.get_tensor(self.output["index"])
        return dequantised(found, self.output)


def quantised(images: Images, details: Any) -> NDArray[Any]:
    """`images` as the integers that a quantised input takes; floats only cast."""
    dtype = np.dtype(details["dtype"])
    if dtype.kind == "f":
        return images.astype(dtype)
    scale, zero = details["quantization"]
    steps = np.rint(images / scale) + zero if scale else np.rint(images)
    ends = np.iinfo(dtype)
    return steps.clip(ends.min, ends.max).astype(dtype)


def dequantised(found: NDArray[Any], details: Any) -> NDArray[np.float64]:
    """The numbers that a quantised output stands for."""
    scale, zero = details["quantization"]
    values = found.astype(np.float64)
    return (values - zero) * scale if found.dtype.kind != "f" and scale else values


def _range(details: Any) -> tuple[float, float] | None:
    dtype = np.dtype(details["dtype"])
    if dtype.kind == "f":
        return None
    ends = np.iinfo(dtype)
    scale, zero = details["quantization"]
    low, high = ((end - zero) * (scale or 1.0) for end in (ends.min, ends.max))
    return float(low), float(high)


def _sizes(details: Any) -> list[int | None]:
    """A shape in which -1 stands for any size, and the batch always may be any."""
    shape = details.get("shape_signature", ())
    shape = shape if len(shape) else details["shape"]
    return [None, *(int(n) if n >= 0 else None for n in shape[1:])]
