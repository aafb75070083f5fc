"""The pixels of a catalog, decoded once and cached."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.lib.format as npy
import pandas as pd

from hirise.arrays import Bools, Pixels
from hirise.data.cache import cache_folder, discard, mark_used, new_entry, trim
from hirise.data.catalog import Catalog
from hirise.data.decoding import decode, quiet_pillow
from hirise.data.listing import make_problems
from hirise.data.resizing import PLAIN, Resizing
from hirise.errors import InputError
from hirise.files import read_bytes_or_none
from hirise.progress import Progress

# Enters the key: raise it when decoding gives other pixels.
VERSION = 2
PIXELS = "pixels.npy"
FAULTS = "faults.json"
BATCH = 256
STEP = "Reading the images"
# Threads suffice: Pillow and hashlib free the interpreter while they work.
WORKERS = min(32, os.cpu_count() or 1)


@dataclass(frozen=True, eq=False)
class Decoded:
    """The pixels of a catalog.

    Attributes
    ----------
    pixels : (n_images, size, size, channels) uint8, memory-mapped and read-only
        In the row order of `Catalog.table`; 0 for an image not kept.
    kept : (n_images,) bool
        Whether the image could be decoded.
    problems : DataFrame, one row per image that could not
        Columns `image`, `problem` (corrupt) and `detail`.
    digests : tuple of str
        What each file holds, as 32 hex digits: equal for files of the same bytes.
    """

    pixels: Pixels
    kept: Bools
    problems: pd.DataFrame
    digests: tuple[str, ...]


def load_images(
    catalog: Catalog,
    *,
    size: int,
    channels: int | None = None,
    resizing: Resizing = PLAIN,
    progress: Progress | None = None,
) -> Decoded:
    """Decode the images of a catalog, or take them from the cache.

    The cache is keyed by the content of the files and how they are decoded; it lies in
    `HIRISE_CACHE` (default: the system's place for caches) and keeps to
    `HIRISE_CACHE_GB` (default 4) by removing what was not used for longest.

    Parameters
    ----------
    catalog : Catalog
    size : int
        Width and height of the result, in pixels.
    channels : {1, 3}, optional
        Those of the catalog by default.
    resizing : Resizing
    progress : Progress, optional
        Counts the images that are decoded.

    Raises
    ------
    InputError
        If the cache cannot be written. A file that cannot be decoded is a problem in
        the result, not an error.
    """
    if size < 1:
        raise ValueError(f"`size` must be at least 1 pixel, got {size}.")
    progress = progress or Progress()
    progress.update(STEP)
    paths = [catalog.root / path for path in catalog.table["path"]]
    digests = _digests(paths)
    form = _Form(size, channels or catalog.channels, resizing)
    folder, key = cache_folder(), _key(digests, form)
    was_there = (folder / key).is_dir()
    decoded = _read(folder / key, catalog, digests)
    if decoded is not None:
        mark_used(folder / key)
        return decoded
    if was_there:
        # Entries appear whole, so this one was damaged later.
        discard(folder / key)
    with new_entry(folder, key) as entry:
        _write(entry, paths, form, progress)
    decoded = _read(folder / key, catalog, digests)
    if decoded is None:
        raise InputError(
            "This was removed in the meantime.", where=folder / key, how="Try again."
        )
    trim(folder, keep=key)
    return decoded


def _digests(paths: list[Path]) -> list[bytes]:
    """A hash of what each file holds."""
    with ThreadPoolExecutor(WORKERS) as threads:
        return list(threads.map(_content_hash, paths, chunksize=BATCH))


class _Form(NamedTuple):
    """What every image of a catalog is decoded to."""

    size: int
    channels: int
    resizing: Resizing

    def decode(self, path: Path) -> Pixels | str:
        content = read_bytes_or_none(path)
        if not content:
            return "cannot be read, or is empty"
        return decode(
            content, self.size, channels=self.channels, resizing=self.resizing
        )


def decode_some(
    paths: Sequence[Path], *, size: int, channels: int, resizing: Resizing = PLAIN
) -> list[Pixels | str]:
    """Each image or its fault, without the cache; see `decode`."""
    form = _Form(size, channels, resizing)
    with quiet_pillow(), ThreadPoolExecutor(WORKERS) as threads:
        return list(threads.map(form.decode, paths))


def _key(digests: list[bytes], form: _Form) -> str:
    """A hash of what the files hold, in their order, and of `form`."""
    text = f"{VERSION} {form.size} {form.channels} {form.resizing!r}"
    digest = hashlib.blake2b(text.encode(), digest_size=16)
    digest.update(b"".join(digests))
    return f"{digest.hexdigest()}-{form.size}"


def _content_hash(path: Path) -> bytes:
    # Decoding tells which files cannot be read.
    return hashlib.blake2b(read_bytes_or_none(path) or b"", digest_size=16).digest()


def _write(entry: Path, paths: list[Path], form: _Form, progress: Progress) -> None:
    """Decode all images into the folder `entry`.

    Written, not mapped: a full disk is then an error and not the end of the process.
    """
    faults: dict[int, str] = {}
    shape = (form.size, form.size, form.channels)
    blank = np.zeros(shape, dtype=np.uint8)
    with (entry / PIXELS).open("wb") as file:
        _write_header(file, (len(paths), *shape))
        for row, decoded in enumerate(_decode_all(paths, form, progress)):
            if isinstance(decoded, str):
                faults[row] = decoded
                decoded = blank
            file.write(decoded.tobytes())
    (entry / FAULTS).write_text(json.dumps(faults), "utf-8")


def _write_header(file: BinaryIO, shape: tuple[int, ...]) -> None:
    npy.write_array_header_2_0(
        file, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )


def _decode_all(
    paths: list[Path], form: _Form, progress: Progress
) -> Iterator[Pixels | str]:
    """Each image or its fault, in order."""
    with quiet_pillow(), ThreadPoolExecutor(WORKERS) as threads:
        # In batches: a map over all would hold every image in memory.
        for start in range(0, len(paths), BATCH):
            batch = paths[start : start + BATCH]
            yield from threads.map(form.decode, batch)
            progress.update(STEP, start + len(batch), len(paths))


def _read(entry: Path, catalog: Catalog, digests: list[bytes]) -> Decoded | None:
    """The entry of the cache, or None if there is none."""
    try:
        faults = json.loads((entry / FAULTS).read_text("utf-8"))
        pixels = np.load(entry / PIXELS, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return None
    rows = [int(row) for row in faults]
    kept = np.ones(len(catalog.table), dtype=bool)
    kept[rows] = False
    images = list(catalog.table["image"].iloc[rows])
    problems = make_problems(images, "corrupt", list(faults.values()))
    return Decoded(pixels, kept, problems, tuple(digest.hex() for digest in digests))
