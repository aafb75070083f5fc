"""A model of any format, as what is the same in all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats
from hirise.errors import InputError, parameter

Images = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ImageModel:
    """A model from square images of one or three channels to a list of numbers.

    Attributes
    ----------
    size, channels, n_outputs : int
    run : callable
        Takes (n, size, size, channels) numbers on the scale of the model, whatever its
        layout and its data type are, and gives (n, n_outputs).
    layout : {"NHWC", "NCHW"}
    dtype : str
        Of the inputs.
    input_range : (float, float) or None
        The least and the greatest number that quantised inputs can hold.
    output_step : float
        Difference between neighbours among quantised outputs; 0 for others.
    keras : keras.Model or None
        For the statistics of its layers.
    run_both : callable or None
        As `run`, with the inputs of the last layer, (n, d), where they are known.
    """

    size: int
    channels: int
    n_outputs: int
    run: Callable[[Images], Any]
    layout: str = "NHWC"
    dtype: str = "float32"
    input_range: tuple[float, float] | None = None
    output_step: float = 0.0
    keras: Any = None
    run_both: Callable[[Images], tuple[Any, Any]] | None = None

    def predict(self, images: Images) -> Floats:
        """(n, n_outputs) numbers for (n, size, size, channels) images."""
        return np.asarray(self.run(images), dtype=np.float64)

    def predict_both(self, images: Images) -> tuple[Floats, Images | None]:
        """As `predict`, and (n, d) features, if the model gives them."""
        if self.run_both is None:
            return self.predict(images), None
        outputs, features = self.run_both(images)
        return np.asarray(outputs, np.float64), np.asarray(features, np.float32)


class ImageInput(NamedTuple):
    """The layout and size of the images that a model takes."""

    layout: str
    size: int
    channels: int

    def arrange(self, images: NDArray[Any]) -> NDArray[Any]:
        """(n, size, size, channels) images in the layout of the model."""
        if self.layout == "NCHW":
            return np.ascontiguousarray(images.transpose(0, 3, 1, 2))
        return images


def input_of_shape(
    path: Path, shape: Sequence[int | None], *, size: int | None = None
) -> ImageInput:
    """Read an input shape, batch first; `size` is for models that take any.

    Raises
    ------
    InputError
        Not square images of one or three channels.

    Examples
    --------
    >>> input_of_shape(Path("m.onnx"), (None, 3, 224, 224))
    ImageInput(layout='NCHW', size=224, channels=3)
    >>> input_of_shape(Path("m.keras"), (None, None, None, 1), size=64).size
    64
    """
    if len(shape) != 4:
        raise InputError(
            f"The model takes {_shape_text(shape)}, not one image (height, width, "
            "channels).",
            where=path,
        )
    _, *rest = shape
    if rest[-1] in (1, 3):
        layout, (height, width, channels) = "NHWC", rest
    elif rest[0] in (1, 3):
        layout, (channels, height, width) = "NCHW", rest
    else:
        raise InputError(
            f"The model takes images of shape {_shape_text(shape)}. One or three "
            "channels in the last or first place are expected.",
            where=path,
        )
    assert channels is not None
    if height is None and width is None and size is not None:
        return ImageInput(layout, size, channels)
    taken = f"The model takes images of {height or 'any'} × {width or 'any'} pixels"
    if height is None and width is None:
        how = f"Say which size the images have ({parameter('size')})."
        raise InputError(f"{taken}.", where=path, how=how)
    if height is None or height != width:
        raise InputError(
            f"{taken}. A fixed, equal height and width are expected.", where=path
        )
    if size not in (None, height):
        raise InputError(f"{taken}, not {size}.", where=path)
    return ImageInput(layout, height, channels)


def count_outputs(path: Path, shape: Sequence[int | None]) -> int:
    """How many numbers an output shape, batch first, holds per image.

    Raises
    ------
    InputError
        If the output is not one list of numbers.

    Examples
    --------
    >>> count_outputs(Path("m.onnx"), (None, 8))
    8
    """
    if len(shape) != 2 or shape[1] is None:
        raise InputError(
            f"The model gives {_shape_text(shape)}, not one list of numbers per "
            "image, so it is not an image classifier.",
            where=path,
        )
    return shape[1]


def cast_pixels(images: Images, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Images as a model of this data type takes them; whole numbers are rounded.

    Examples
    --------
    >>> cast_pixels(np.array([0.6], dtype=np.float32), np.dtype("uint8"))
    array([1], dtype=uint8)
    """
    # A cast alone would truncate: 127.99 of a scaled pixel would become 127.
    return (images if dtype.kind == "f" else np.rint(images)).astype(dtype)


def range_of(dtype: np.dtype[Any]) -> tuple[float, float] | None:
    """The numbers that unsigned inputs can hold; None for others.

    Examples
    --------
    >>> range_of(np.dtype("uint8")), range_of(np.dtype("float32"))
    ((0.0, 255.0), None)
    """
    return (0.0, 255.0) if dtype.kind == "u" else None


def first_line(error: Exception) -> str:
    """The message of an error, in one line.

    Examples
    --------
    >>> first_line(ValueError("It broke."))
    'It broke'
    """
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return line[:200].rstrip(".")


def _shape_text(shape: Sequence[int | None]) -> str:
    sizes = " × ".join("any" if n is None else str(n) for n in shape[1:])
    return sizes or "several arrays, or an unknown shape"
