"""Pixel scales: what a model takes for black and white."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
"""`imagenet` is 0 to 1 less ImageNet's mean, by its deviation, as in torchvision and in
`keras.applications` with mode torch; `imagenet-caffe` 0 to 255 less its mean (blue,
green, red), as in its mode caffe."""

USUAL = "0-255"


def as_input(
    pixels: NDArray[np.uint8], channels: int, scale: str
) -> NDArray[np.float32]:
    """(n, size, size) bytes as the (n, size, size, channels) that a model takes.

    Three channels are three times the same picture; a single one is put on the mean of
    the three channels' scales.

    Examples
    --------
    >>> as_input(np.array([[[0, 255]]], dtype=np.uint8), 1, "-1-1").ravel()
    array([-1.,  1.], dtype=float32)
    """
    factor, offset = (np.array(values, dtype=float) for values in SCALES[scale])
    if channels == 1:
        factor, offset = factor.mean(keepdims=True), offset.mean(keepdims=True)
    scaled = pixels[..., None].astype(np.float32) * factor.astype(np.float32)
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
    pixels = np.array([[[0]], [[255]]], dtype=np.uint8)
    black, white = as_input(pixels, channels, scale).reshape(2, -1)
    tolerance = 0.01 * (high - low)
    return bool(
        abs(black.min() - low) < tolerance and abs(white.max() - high) < tolerance
    )
