"""The scales on which networks take pixels, and how 0 to 255 is put on them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Scale(NamedTuple):
    """What pixels are multiplied by, and what is added then, by channel."""

    factor: tuple[float, float, float]
    added: tuple[float, float, float]


_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CAFFE_MEAN = (103.939, 116.779, 123.68)


def _same(factor: float, added: float) -> Scale:
    return Scale((factor,) * 3, (added,) * 3)


def _torch(mean: float, std: float) -> tuple[float, float]:
    return 1 / 255 / std, -mean / std


def _imagenet() -> Scale:
    pairs = [_torch(mean, std) for mean, std in zip(_MEAN, _STD, strict=True)]
    (a, x), (b, y), (c, z) = pairs
    return Scale((a, b, c), (x, y, z))


SCALES: dict[str, Scale] = {
    "0-255": _same(1.0, 0.0),
    "0-1": _same(1 / 255, 0.0),
    "-1-1": _same(1 / 127.5, -1.0),
    "imagenet": _imagenet(),
    "imagenet-caffe": Scale((1.0, 1.0, 1.0), tuple(-one for one in _CAFFE_MEAN)),  # type: ignore[arg-type]
}
"""`imagenet` is 0 to 1 less ImageNet's mean, by its deviation, as in torchvision and in
`keras.applications` with mode torch; `imagenet-caffe` 0 to 255 less its mean (blue,
green, red), as in its mode caffe."""


def as_input(
    pixels: NDArray[np.uint8], channels: int, scale: str
) -> NDArray[np.float32]:
    """(n, size, size) bytes as the (n, size, size, channels) that a model takes.

    Three channels are three times the same picture; a single one is put on the mean of
    the three channels' scales.
    """
    factor, added = (np.array(one) for one in SCALES[scale])
    if channels == 1:
        factor, added = factor.mean(keepdims=True), added.mean(keepdims=True)
    scaled = pixels[..., None].astype(np.float32) * factor.astype(np.float32)
    return scaled + added.astype(np.float32)


def fits(scale: str, channels: int, ends: tuple[float, float]) -> bool:
    """Whether black and white on this scale are the `ends` of what a model can take.

    Quantised inputs say their least and greatest number; within a hundredth of the
    range they are those of the scale.
    """
    low, high = ends
    pixels = np.array([[[0]], [[255]]], dtype=np.uint8)
    black, white = as_input(pixels, channels, scale).reshape(2, -1)
    near = 0.01 * (high - low)
    return bool(abs(black.min() - low) < near and abs(white.max() - high) < near)
