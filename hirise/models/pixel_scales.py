"""The numbers that a model gets for pixels: their scale and the order of colours."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Pixels
from hirise.data.decoding import luminance
from hirise.errors import InputError, nearest, parameter, shown

Channels = tuple[float, float, float]


class Scale(NamedTuple):
    """What pixels are multiplied by, and what is added then, by channel."""

    factor: Channels
    offset: Channels


_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CAFFE_MEAN = (103.939, 116.779, 123.68)


def _each(*values: float) -> Channels:
    red, green, blue = values
    return red, green, blue


RGB, BGR, GREY = "rgb", "bgr", "grey"
CHANNELS = (RGB, BGR, GREY)
"""How colour is given to a model: in either order, or as brightness alone."""


SCALES: dict[str, Scale] = {
    "0-255": Scale(_each(1, 1, 1), _each(0, 0, 0)),
    "0-1": Scale(_each(*[1 / 255] * 3), _each(0, 0, 0)),
    "-1-1": Scale(_each(*[1 / 127.5] * 3), _each(-1, -1, -1)),
    "imagenet": Scale(
        _each(*(1 / 255 / std for std in _STD)),
        _each(*(-mean / std for mean, std in zip(_MEAN, _STD, strict=True))),
    ),
    "imagenet-caffe": Scale(_each(1, 1, 1), _each(*(-mean for mean in _CAFFE_MEAN))),
}
"""`imagenet` is 0 to 1 minus ImageNet's mean, divided by its deviation, as in
torchvision and in `keras.applications` with mode torch; `imagenet-caffe` 0 to 255 less
its mean (blue, green, red), as in its mode caffe."""

USUAL = "0-255"

_NUMBERS = r"(-?[\d.]+(?:,-?[\d.]+){0,2})"
_OWN_SCALE = re.compile(rf"mean={_NUMBERS};std={_NUMBERS}")


class Encoding(NamedTuple):
    """How pixels become the numbers that a model takes.

    Attributes
    ----------
    scale : str
        A key of `SCALES`, or `mean=R,G,B;std=R,G,B` in fractions of 255.
    channels : {"rgb", "bgr", "grey"}
    """

    scale: str = USUAL
    channels: str = RGB

    def __str__(self) -> str:
        return self.scale if self.channels == RGB else f"{self.scale} {self.channels}"


def scale_named(text: str) -> Scale:
    """The scale that is called so, or given as mean and deviation.

    Raises
    ------
    InputError
        If there is none.

    Examples
    --------
    >>> scale_named("mean=0.5;std=0.5").offset
    (-1.0, -1.0, -1.0)
    """
    if text in SCALES:
        return SCALES[text]
    match = _OWN_SCALE.fullmatch(text.replace(" ", ""))
    try:
        mean, std = (_three(part) for part in match.groups()) if match else ((), ())
    except ValueError:
        mean, std = (), ()
    if not mean or not std or min(std) <= 0:
        raise InputError(
            f"{parameter('scale')}: '{shown(text)}' is unknown.",
            how=f"Expected: auto, {', '.join(SCALES)}, or mean=R,G,B;std=R,G,B in "
            f"fractions of 255.{nearest(text, SCALES)}",
        )
    return Scale(
        _each(*(1 / 255 / s for s in std)),
        _each(*(-m / s for m, s in zip(mean, std, strict=True))),
    )


def _three(text: str) -> tuple[float, ...]:
    numbers = tuple(float(part) for part in text.split(","))
    if len(numbers) == 2:
        raise ValueError(text)
    return numbers * 3 if len(numbers) == 1 else numbers


def as_input(pixels: Pixels, channels: int, encoding: Encoding) -> NDArray[np.float32]:
    """(n, size, size, 1 or 3) bytes as the (n, size, size, channels) of a model.

    One channel is brightness, on the mean of the three channels' scales; a model of
    three channels gets a grey picture three times.

    Examples
    --------
    >>> black_white = np.array([[[[0], [255]]]], dtype=np.uint8)
    >>> as_input(black_white, 1, Encoding("-1-1")).ravel()
    array([-1.,  1.], dtype=float32)
    >>> red = np.array([[[[255, 0, 0]]]], dtype=np.uint8)
    >>> as_input(red, 3, Encoding("0-1", "bgr")).ravel()
    array([0., 0., 1.], dtype=float32)
    """
    scale = scale_named(encoding.scale)
    factor, offset = (np.array(values, dtype=float) for values in scale)
    if channels == 1:
        factor, offset = factor.mean(keepdims=True), offset.mean(keepdims=True)
    if channels == 1 or encoding.channels == GREY:
        pixels = luminance(pixels)[..., None]
    elif encoding.channels == BGR:
        pixels = pixels[..., ::-1]
    scaled = pixels.astype(np.float32) * factor.astype(np.float32)
    return scaled + offset.astype(np.float32)


def fits(scale: str, channels: int, ends: tuple[float, float]) -> bool:
    """Whether black and white on this scale are the `ends` of what a model can take.

    Quantised inputs have a least and a greatest number; within a hundredth of the
    range they are those of the scale.

    Examples
    --------
    >>> fits("0-1", 1, (0.0, 1.0)), fits("0-255", 1, (0.0, 1.0))
    (True, False)
    """
    low, high = ends
    pixels = np.array([[[[0]]], [[[255]]]], dtype=np.uint8)
    black, white = as_input(pixels, channels, Encoding(scale)).reshape(2, -1)
    tolerance = 0.01 * (high - low)
    return bool(
        abs(black.min() - low) < tolerance and abs(white.max() - high) < tolerance
    )
