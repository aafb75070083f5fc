"""From an image file to grey pixels of one size."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hirise.dataset.probe import FORMATS, fault_of

Pixels = NDArray[np.uint8]


def decode(content: bytes, size: int) -> Pixels | str:
    """Decode a whole image file.

    Parameters
    ----------
    content : bytes
        What the file holds.
    size : int
        Width and height of the result, in pixels; an image of another size is resized
        (bilinear, over the whole area that a pixel covers).

    Returns
    -------
    (size, size) uint8, or str
        Brightness, 0 to 255; or what is wrong with the file.
    """
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        # A JPEG many times larger than wanted is decoded at a fraction of its size.
        image.draft("L", (size, size))
        grey = _grey(image)
        if grey.size != (size, size):
            grey = grey.resize((size, size), Image.Resampling.BILINEAR)
        return np.asarray(grey, dtype=np.uint8)
    except Exception as error:
        # Pillow's readers raise whatever a hostile file makes them raise.
        return fault_of(error)


def _grey(image: Image.Image) -> Image.Image:
    """One channel of 8 bits; 16 bits keep their upper half, not just their end."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image.convert("L")
