"""LiteRT files (`.tflite`): float, float16, and int8 with quantised ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats
from hirise.errors import InputError
from hirise.models.formats.image_model import (
    ImageInput,
    ImageModel,
    Images,
    count_outputs,
    first_line,
    input_of_shape,
)


def load_tflite(path: Path, *, size: int | None = None) -> ImageModel:
    """Load a `.tflite` file.

    Raises
    ------
    InputError
        Damaged, of operations that are not LiteRT's own, or no image classifier.
    """
    try:
        interpreter = _open_interpreter(path)
    except Exception as error:
        # LiteRT raises whatever its own code raises.
        raise InputError(
            f"The file cannot be loaded by LiteRT ({first_line(error)}).",
            where=path,
            how="Convert it again, with LiteRT's own operations.",
        ) from error
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    if len(inputs) != 1 or len(outputs) != 1:
        raise InputError(
            f"The model has {len(inputs)} inputs and {len(outputs)} outputs. One image "
            "and one list of numbers are expected.",
            where=path,
        )
    (image,), (output,) = inputs, outputs
    taken = input_of_shape(path, _sizes(image), size=size)
    return ImageModel(
        **taken._asdict(),
        n_outputs=count_outputs(path, _sizes(output)),
        run=_Runner(interpreter, image, output, taken),
        dtype=np.dtype(image["dtype"]).name,
        input_range=_range(image),
        output_step=_step(output),
    )


def _open_interpreter(path: Path) -> Any:
    """An interpreter with memory for its tensors; without XNNPACK where that fails.

    XNNPACK takes not every quantised network that LiteRT's own kernels take.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    resolvers = (OpResolverType.AUTO, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    for resolver in resolvers:
        try:
            interpreter = Interpreter(
                str(path),
                num_threads=os.cpu_count() or 1,
                experimental_op_resolver_type=resolver,
            )
            interpreter.allocate_tensors()
        except RuntimeError:
            if resolver == resolvers[-1]:
                raise
            continue
        return interpreter
    raise AssertionError("the last resolver returns or raises")


class _Runner:
    """Runs an interpreter on batches; one that takes no batches, image by image."""

    def __init__(
        self, interpreter: Any, image: Any, output: Any, taken: ImageInput
    ) -> None:
        self.interpreter = interpreter
        self.image = image
        self.output = output
        self.taken = taken
        self.batch = int(image["shape"][0])
        self.grows = True

    def __call__(self, images: Images) -> Floats:
        arranged = self.taken.arrange(quantise(images, self.image))
        if self.grows and self._resize_to(arranged.shape):
            return self._invoke(arranged)
        parts = [self._invoke(arranged[n : n + 1]) for n in range(len(arranged))]
        return np.concatenate(parts)

    def _resize_to(self, shape: tuple[int, ...]) -> bool:
        """Resize to a batch of this shape, else to one image; whether that worked."""
        if shape[0] == self.batch:
            return True
        try:
            # A batch size fixed inside the graph raises, or leaves the outputs alone.
            self._resize(shape)
            n_outputs = self.interpreter.get_tensor(self.output["index"]).shape[0]
        except (RuntimeError, ValueError):
            n_outputs = 0
        self.grows = n_outputs == shape[0]
        if not self.grows:
            self._resize((1, *shape[1:]))
        return self.grows

    def _resize(self, shape: tuple[int, ...]) -> None:
        self.interpreter.resize_tensor_input(self.image["index"], shape)
        self.interpreter.allocate_tensors()
        self.batch = shape[0]

    def _invoke(self, batch: NDArray[Any]) -> Floats:
        self.interpreter.set_tensor(self.image["index"], batch)
        self.interpreter.invoke()
        outputs = self.interpreter.get_tensor(self.output["index"])
        return dequantise(outputs, self.output)


def quantise(images: Images, details: Any) -> NDArray[Any]:
    """`images` as the integers that a quantised input takes; floats only cast.

    Examples
    --------
    >>> details = {"dtype": np.int8, "quantization": (0.5, -10)}
    >>> quantise(np.array([0.0, 2.0], dtype=np.float32), details)
    array([-10,  -6], dtype=int8)
    """
    dtype = np.dtype(details["dtype"])
    if dtype.kind == "f":
        return images.astype(dtype)
    # A scale of 0 says that the tensor is not quantised, such as plain uint8.
    scale, zero = details["quantization"]
    steps = np.rint(images / scale) + zero if scale else np.rint(images)
    ends = np.iinfo(dtype)
    return steps.clip(ends.min, ends.max).astype(dtype)


def dequantise(outputs: NDArray[Any], details: Any) -> Floats:
    """The numbers that a quantised output stands for.

    Examples
    --------
    >>> details = {"quantization": (0.5, -10)}
    >>> dequantise(np.array([-10, -6], dtype=np.int8), details)
    array([0., 2.])
    """
    scale, zero = details["quantization"]
    values = outputs.astype(np.float64)
    return (values - zero) * scale if outputs.dtype.kind != "f" and scale else values


def _range(details: Any) -> tuple[float, float] | None:
    dtype = np.dtype(details["dtype"])
    if dtype.kind == "f":
        return None
    ends = np.iinfo(dtype)
    scale, zero = details["quantization"]
    low, high = ((end - zero) * (scale or 1.0) for end in (ends.min, ends.max))
    return float(low), float(high)


def _step(details: Any) -> float:
    """The difference between neighbours among quantised outputs; 0 for floats."""
    scale, _ = details["quantization"]
    return float(scale) if np.dtype(details["dtype"]).kind != "f" else 0.0


def _sizes(details: Any) -> list[int | None]:
    """A shape in which -1 stands for any size, and the batch may have any."""
    # `shape` has 1 where any size is possible; only `shape_signature` has -1.
    shape = details.get("shape_signature", ())
    shape = shape if len(shape) else details["shape"]
    return [None, *(int(n) if n >= 0 else None for n in shape[1:])]
