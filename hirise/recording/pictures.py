"""Images of a training that came as arrays, kept in the run as files."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from hirise.data.features import write_image_features
from hirise.runs import RunWriter
from hirise.runs.folder import IMAGE_FEATURES, OWN_IMAGES

MOST_PIXELS = 160
"""Height and width of the kept files, at most."""
MOST_FILES, MOST_DIGESTS = 200, 500
"""Images of a split that are kept as files, and of which digests are kept, at most."""


def as_pixels(pictures: NDArray[Any]) -> NDArray[np.uint8]:
    """Images of any scale as grey levels or colours from 0 to 255.

    Numbers from 0 to 1 and from 0 to 255 are taken as such; others, as of standardised
    images, are stretched from the least to the largest of all.

    Examples
    --------
    >>> as_pixels(np.array([-1.0, 0.0, 1.0])).tolist(), as_pixels(np.ones(1)).tolist()
    ([0, 128, 255], [255])
    """
    if pictures.dtype == np.uint8 and pictures.max() > 1:
        return pictures
    values = np.nan_to_num(np.array(pictures, dtype=np.float32), copy=False)
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 255:
        values -= low
        values *= 255 / max(high - low, 1e-12)
    elif high <= 1:
        values *= 255
    return np.round(values, out=values).astype(np.uint8)


def write_pictures(
    writer: RunWriter, names: Sequence[str], pixels: NDArray[np.uint8]
) -> None:
    """Write the first images as PNG files, each at its name in the folder of images.

    Parameters
    ----------
    pixels : (n_images, height, width, 1 or 3) uint8
    """
    for name, image in zip(names[:MOST_FILES], pixels, strict=False):
        picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
        picture.thumbnail((MOST_PIXELS, MOST_PIXELS))
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", compress_level=1)
        content = buffer.getvalue()
        place = writer.folder / OWN_IMAGES / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def features_of(names: Sequence[str], pixels: NDArray[np.uint8]) -> pd.DataFrame:
    """Digests of images, so that checks find equal ones; see `hirise.data.features`.

    There are no perceptual hashes: augmentation and small images would make them
    agree by chance.

    Examples
    --------
    >>> table = features_of(["a", "b"], np.zeros((2, 8, 8, 1), np.uint8))
    >>> table["digest"].nunique(), table["hash"].tolist()
    (1, [0, 0])
    """
    digests = [
        hashlib.blake2b(image.tobytes(), digest_size=16).hexdigest()
        for image in pixels[: len(names)]
    ]
    kept = list(names[: len(digests)])
    table = pd.DataFrame({"image": kept, "digest": digests, "hash": 0, "detail": 0})
    return table.assign(feature=pd.Series([None] * len(kept), dtype=object))


def write_features(writer: RunWriter, tables: Sequence[pd.DataFrame]) -> None:
    """Write the features of all splits."""
    table = pd.concat(tables, ignore_index=True)
    writer.write_file(IMAGE_FEATURES, lambda path: write_image_features(table, path))
