"""A model of any format, as what is the same in all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hirise.errors import InputError

Images = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ImageModel:
    """A model from square images of one or three channels to a list of numbers.

    Attributes
    ----------
    size, channels, n_outputs : int
    run : callable
        Takes (n, size, size, channels) numbers on the scale of the model, whatever its
        layout and its type of data are, and gives (n, n_outputs).
    layout : {"NHWC", "NCHW"}
    dtype : str
        Of what the model takes.
    input_range : (float, float) or None
        The least and the greatest number that quantised inputs can say.
    keras : keras.Model or None
        To look inside.
    run_both : callable or None
        As `run`, and beside it what the last layer gets, (n, d), where that can be had.
    """

    size: int
    channels: int
    n_outputs: int
    run: Callable[[Images], Any]
    layout: str = "NHWC"
    dtype: str = "float32"
    input_range: tuple[float, float] | None = None
    keras: Any = None
    run_both: Callable[[Images], tuple[Any, Any]] | None = None

    def predict(self, images: Images) -> NDArray[np.float64]:
        """(n, n_outputs) numbers for (n, size, size, channels) images."""
        return np.asarray(self.run(images), dtype=np.float64)

    def predict_both(
        self, images: Images
    ) -> tuple[NDArray[np.float64], NDArray[np.float32] | None]:
        """As `predict`, and (n, d) features, if the model gives them."""
        if self.run_both is None:
            return self.predict(images), None
        outputs, features = self.run_both(images)
        return np.asarray(outputs, np.float64), np.asarray(features, np.float32)


class Taken(NamedTuple):
    """The layout and size of the images that a model takes."""

    layout: str
    size: int
    channels: int


def images_taken(
    path: Path, shape: Sequence[int | None], *, size: int | None = None
) -> Taken:
    """Read an input shape, batch first; `size` is for models that take any.

    Raises
    ------
    InputError
        Not square images of one or three channels.
    """
    if len(shape) != 4:
        raise InputError(
            f"{path}: takes {_shown(shape)}, not one image (height, width, channels)."
        )
    _, *rest = shape
    if rest[-1] in (1, 3):
        layout, (height, width, channels) = "NHWC", rest
    elif rest[0] in (1, 3):
        layout, (channels, height, width) = "NCHW", rest
    else:
        raise InputError(
            f"{path}: takes images of shape {_shown(shape)}; one or three channels in "
            f"the last or first place are expected."
        )
    assert channels is not None
    if height is None and width is None and size is not None:
        return Taken(layout, size, channels)
    if height is None or height != width:
        raise InputError(
            f"{path}: takes images of {height or 'any'} × {width or 'any'} pixels; "
            f"{_wanted(height, width)}"
        )
    if size not in (None, height):
        raise InputError(
            f"{path}: takes images of {height} × {height} pixels, not {size}."
        )
    return Taken(layout, height, channels)


def outputs_given(path: Path, shape: Sequence[int | None]) -> int:
    """How many numbers an output shape, batch first, holds per image.

    Raises
    ------
    InputError
        If the output is not one list of numbers.
    """
    if len(shape) != 2 or shape[1] is None:
        raise InputError(
            f"{path}: gives {_shown(shape)}, not one list of numbers per image, so it "
            f"is no image classifier."
        )
    return shape[1]


def first_line(error: Exception) -> str:
    """What went wrong, in one line."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return line[:200].rstrip(".")


def _wanted(height: int | None, width: int | None) -> str:
    if height is None and width is None:
        return "say which size the images have."
    return "a fixed, equal height and width are expected."


def _shown(shape: Sequence[int | None]) -> str:
    sizes = " × ".join("any" if n is None else str(n) for n in shape[1:])
    return sizes or "several things, or nothing known"
