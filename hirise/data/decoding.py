"""Image files: a quick check of each, and their pixels, grey or in colour."""

from __future__ import annotations

import io
import os
import stat
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageOps, UnidentifiedImageError

from hirise.arrays import Pixels
from hirise.data.resizing import CROP, PLAIN, Resizing
from hirise.errors import error_line

# Only these: Pillow reads dozens more, and hands EPS to Ghostscript.
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "AVIF", "GIF", "PPM")
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
        Columns `width`, `height` (0 for a corrupt file), `mode` (Pillow's name for
        what a pixel holds) and `detail` (what is wrong with the file, "" if nothing
        was seen).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.png")
    ...     Image.new("L", (3, 2)).save(path)
    ...     _ = Path(folder, "b.jpg").write_text("no image")
    ...     probe_images([path, Path(folder, "b.jpg")])
       width  height mode        detail
    0      3       2    L
    1      0       0       not an image
    """
    with quiet_pillow():
        rows = [_probe(path) for path in paths]
    return pd.DataFrame(rows, columns=["width", "height", "mode", "detail"])


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


def _probe(path: Path) -> tuple[int, int, str, str]:
    try:
        # Opening a named pipe would wait for ever.
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return 0, 0, "", "not a file"
        if not status.st_size:
            return 0, 0, "", "empty file"
        if status.st_size > MOST_BYTES:
            return 0, 0, "", f"too large (over {MOST_BYTES:,} bytes)"
        with path.open("rb") as file:
            image = Image.open(file, formats=FORMATS)
            if image.format == "JPEG" and not _has_end(file.fileno()):
                return 0, 0, "", "truncated: no JPEG end marker"
            return image.width, image.height, image.mode, ""
    except Exception as error:
        # Pillow's readers raise whatever a hostile file makes them raise.
        return 0, 0, "", fault_of(error)


def _has_end(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    os.lseek(descriptor, max(0, size - TAIL), os.SEEK_SET)
    return JPEG_END in os.read(descriptor, TAIL)


GREY_MODES = ("1", "L", "LA", "La", "F", "I")
SAMPLED = 2_000
"""Images that are decoded at most to find one with colour."""
COLOUR_SIDE = 64
SPREAD, COLOURED_PIXELS = 8, 0.001
"""By how many levels channels differ in a pixel with colour, and how many such pixels
make an image one with colour: JPEG blurs them where there is only grey."""


def count_channels(paths: Sequence[Path], modes: Sequence[str]) -> int:
    """3 if any image has colour, else 1.

    Grey images that are stored with three channels are grey. Of more than 2,000 images
    with such a mode, so many are looked through, evenly spread.

    Parameters
    ----------
    paths : sequence of Path
    modes : sequence of str
        As `probe_images` gives them.
    """
    possible = [
        path
        for path, mode in zip(paths, modes, strict=True)
        if mode not in GREY_MODES and not mode.startswith("I;16")
    ]
    chosen = possible[:: -(-len(possible) // SAMPLED) or 1]
    with quiet_pillow(), ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        for start in range(0, len(chosen), 64):
            if any(threads.map(_has_colour, chosen[start : start + 64])):
                return 3
    return 1


def _has_colour(path: Path) -> bool:
    try:
        content = path.read_bytes()
    except OSError:
        return False
    pixels = decode(content, COLOUR_SIDE, channels=3)
    if isinstance(pixels, str):
        return False
    spread = pixels.max(axis=-1).astype(int) - pixels.min(axis=-1)
    return bool((spread > SPREAD).mean() > COLOURED_PIXELS)


def decode(
    content: bytes, size: int, *, channels: int = 1, resizing: Resizing = PLAIN
) -> Pixels | str:
    """Decode a whole image file, upright; of an animation, its first picture.

    Parameters
    ----------
    content : bytes
        What the file holds.
    size : int
        Width and height of the result, in pixels.
    channels : {1, 3}
        Brightness; or red, green and blue. What is transparent shows its own colour.
    resizing : Resizing
        How an image of another size is brought to it.

    Returns
    -------
    (size, size, channels) uint8, or str
        0 to 255; or what is wrong with the file.

    Examples
    --------
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (10, 10), (200, 100, 0)).save(file, "PNG")
    >>> decode(file.getvalue(), 1, channels=3).tolist()
    [[[200, 100, 0]]]
    >>> decode(file.getvalue(), 1).tolist()
    [[[118]]]
    >>> decode(b"no image", 2)
    'not an image'
    """
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        mode = "L" if channels == 1 else "RGB"
        # A JPEG many times larger than wanted is decoded at a fraction of its size.
        least = max(size, resizing.shorter or 0) * (2 if resizing.kind == CROP else 1)
        image.draft(mode, (least, least))
        upright = ImageOps.exif_transpose(_eight_bits(image))
        square = resizing.apply(upright.convert(mode), size)
        return np.asarray(square, dtype=np.uint8).reshape(size, size, channels)
    except Exception as error:
        # Pillow's readers raise whatever a hostile file makes them raise.
        return fault_of(error)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Of 16 bits the upper half, not just their end; fractions as 0 to 255."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode not in ("I", "F"):
        return image
    levels = np.nan_to_num(np.asarray(image, dtype=np.float64)).clip(0)
    most = float(levels.max())
    if image.mode == "F":
        levels = levels * 255 if most <= 1 else levels
    elif most > 255:
        levels = levels // 256
    return Image.fromarray(levels.round().clip(0, 255).astype(np.uint8))


_RED, _GREEN, _BLUE, _HALF = 19_595, 38_470, 7_471, 0x8000
"""Pillow's weights of brightness (ITU-R 601-2), in units of 1 / 65,536."""


def luminance(pixels: Pixels) -> Pixels:
    """(…, height, width) brightness of (…, height, width, channels) pixels.

    Examples
    --------
    >>> luminance(np.array([[[[200, 100, 0]]]], dtype=np.uint8)).tolist()
    [[[118]]]
    """
    if pixels.shape[-1] == 1:
        return pixels[..., 0]
    red, green, blue = np.moveaxis(pixels.astype(np.uint32), -1, 0)
    grey: Pixels = ((red * _RED + green * _GREEN + blue * _BLUE + _HALF) >> 16).astype(
        np.uint8
    )
    return grey
