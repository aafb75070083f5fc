"""Image files: a quick check of each, and their pixels."""

from __future__ import annotations

import io
import os
import stat
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, UnidentifiedImageError

from hirise.arrays import Pixels
from hirise.errors import error_line

# Only these: Pillow reads dozens more, and hands EPS to Ghostscript.
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP")
JPEG_END = b"\xff\xd9"
# Some cameras and tools pad a JPEG after its end.
TAIL = 1024
# Well above the most pixels that are decoded, at 4 channels of 16 bits.
MOST_BYTES = 1_000_000_000


def probe_images(paths: Sequence[Path]) -> pd.DataFrame:
    """Read the head and the tail of each file, without decoding it.

    Returns
    -------
    DataFrame, one row per file, in the order of `paths`
        Columns `width`, `height` (0 for a corrupt file) and `detail` (what is wrong
        with it, "" if nothing was seen).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.png")
    ...     Image.new("L", (3, 2)).save(path)
    ...     _ = Path(folder, "b.jpg").write_text("no image")
    ...     probe_images([path, Path(folder, "b.jpg")])
       width  height        detail
    0      3       2
    1      0       0  not an image
    """
    with quiet_pillow():
        rows = [_probe(path) for path in paths]
    return pd.DataFrame(rows, columns=["width", "height", "detail"])


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Make Pillow's decompression-bomb warning an error, and its other ones silent.

    Examples
    --------
    >>> with quiet_pillow():
    ...     warnings.warn("Corrupt EXIF data", stacklevel=1)  # suppressed
    """
    with warnings.catch_warnings():
        # The filter that was added last is tried first.
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def fault_of(error: Exception) -> str:
    """What is wrong with a file that Pillow refused with `error`.

    Examples
    --------
    >>> fault_of(OSError(2, "No such file")), fault_of(UnidentifiedImageError())
    ('No such file', 'not an image')
    """
    if isinstance(error, UnidentifiedImageError):
        return "not an image"
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return f"too many pixels (over {Image.MAX_IMAGE_PIXELS:,})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return error_line(error)


def _probe(path: Path) -> tuple[int, int, str]:
    try:
        # Opening a named pipe would wait for ever.
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return 0, 0, "not a file"
        if not status.st_size:
            return 0, 0, "empty file"
        if status.st_size > MOST_BYTES:
            return 0, 0, f"too large (over {MOST_BYTES:,} bytes)"
        with path.open("rb") as file:
            image = Image.open(file, formats=FORMATS)
            if image.format == "JPEG" and not _has_end(file.fileno()):
                return 0, 0, "truncated: no JPEG end marker"
            return image.width, image.height, ""
    except Exception as error:
        # Pillow's readers raise whatever a hostile file makes them raise.
        return 0, 0, fault_of(error)


def _has_end(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    os.lseek(descriptor, max(0, size - TAIL), os.SEEK_SET)
    return JPEG_END in os.read(descriptor, TAIL)


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

    Examples
    --------
    >>> file = io.BytesIO()
    >>> Image.new("L", (10, 10), 200).save(file, "PNG")
    >>> decode(file.getvalue(), 2)
    array([[200, 200],
           [200, 200]], dtype=uint8)
    >>> decode(b"no image", 2)
    'not an image'
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
