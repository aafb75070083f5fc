"""Small pictures of a run's images, made once and kept in the cache."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from hirise.dataset.cache import cache_folder, mark_used, trim
from hirise.runs.folder import Run
from hirise.runs.images import images_folder, run_images

SIZE = 160
"""Height and width in pixels: sharp on screens of two pixels per point."""

# Enters the key: raise it when the same image gives another picture.
VERSION = 1
QUALITY = 80


@dataclass(frozen=True, eq=False)
class Thumbnails:
    """Pictures of some images.

    Attributes
    ----------
    pictures : mapping of image name to the bytes of a WebP file
        Images that could not be had are left out.
    simulated, reason
        See `RunImages`.
    """

    pictures: Mapping[str, bytes]
    simulated: bool = False
    reason: str = ""


def thumbnails(run: Run, names: Sequence[str]) -> Thumbnails:
    """Pictures of the images called `names`, as far as these can be had."""
    shelf = _shelf(run)
    kept = {name: _kept(shelf / _file(name)) for name in names}
    found = {name: picture for name, picture in kept.items() if picture}
    missing = [name for name in names if name not in found]
    if not missing:
        mark_used(shelf)
        return Thumbnails(found)
    images = run_images(run, missing)
    made = {name: _picture(pixels) for name, pixels in images.pixels.items()}
    _keep(shelf, made)
    return Thumbnails({**found, **made}, images.simulated, images.reason)


def _shelf(run: Run) -> Path:
    """The folder of the cache for pictures of this dataset, where it now lies."""
    dataset = run.info.dataset or {}
    place = str(images_folder(run) or dataset.get("layout", ""))
    text = f"{place}\0{dataset.get('fingerprint', '')}"
    mark = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return cache_folder() / f"thumbnails-v{VERSION}-{SIZE}-{mark}"


def _file(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=12).hexdigest() + ".webp"


def _kept(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _picture(pixels: object) -> bytes:
    buffer = io.BytesIO()
    image = Image.fromarray(pixels)  # type: ignore[arg-type]
    image.resize((SIZE, SIZE), Image.Resampling.LANCZOS).save(
        buffer, "WEBP", quality=QUALITY, method=2
    )
    return buffer.getvalue()


def _keep(shelf: Path, pictures: Mapping[str, bytes]) -> None:
    """Keep what was made; a full disk costs speed alone, so it is not told."""
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures.items():
            beside = shelf / f"{uuid.uuid4().hex}.part"
            beside.write_bytes(picture)
            beside.replace(shelf / _file(name))
        trim(shelf.parent, keep=shelf.name)
    except OSError:
        return
