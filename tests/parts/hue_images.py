"""Images whose classes differ in hue alone: a grey reader sees no difference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HUES = {
    "amber": (150, 105, 0),
    "green": (50, 140, 50),
    "violet": (149, 85, 160),
}
"""Colours of a brightness of about 107 of 255 each, by ITU-R 601-2."""
QUICK = {
    "image_size": 16,
    "filters": "8,16",
    "depth": 1,
    "batch_size": 16,
    "augment": "none",
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "dropout": 0.1,
}
"""Settings with which `small-cnn` learns these images in seconds."""
WEIGHTS = np.array([0.299, 0.587, 0.114])
BRIGHTNESS = 107.0


def make_hue_image(
    hue: str, seed: int, *, size: tuple[int, int] = (48, 48)
) -> NDArray[np.uint8]:
    """(height, width, 3) blotches of one hue on grey ground, all equally bright."""
    random = np.random.default_rng(seed)
    height, width = size
    colour = np.array(HUES[hue], dtype=float)
    colour += BRIGHTNESS - WEIGHTS @ colour
    rows, columns = np.mgrid[:height, :width]
    weight = np.zeros(size)
    for _ in range(4):
        row, column = random.uniform(0, height), random.uniform(0, width)
        radius = random.uniform(0.15, 0.3) * min(size)
        distance = (rows - row) ** 2 + (columns - column) ** 2
        weight = np.maximum(weight, distance < radius**2)
    mixed = weight[..., None] * colour + (1 - weight[..., None]) * BRIGHTNESS
    # The same change for all channels: brightness varies, hue tells the class.
    noise = random.normal(0, 8, size)[..., None]
    return np.asarray((mixed + noise).round().clip(0, 255), dtype=np.uint8)


def write_hue_images(
    folder: Path, *, per_class: int = 20, size: tuple[int, int] = (48, 48)
) -> Path:
    """A folder per class of PNG files."""
    for number, hue in enumerate(HUES):
        (folder / hue).mkdir(parents=True, exist_ok=True)
        for index in range(per_class):
            pixels = make_hue_image(hue, 1_000 * number + index, size=size)
            Image.fromarray(pixels).save(folder / hue / f"{index:03}.png")
    return folder
