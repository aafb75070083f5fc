"""What a folder holds: subfolders and image files, without what systems leave there."""

from __future__ import annotations

import os
from pathlib import Path

from hirise.errors import InputError

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")
FORMATS_SAID = "PNG, JPEG, TIFF, BMP or WebP"


def is_hidden(name: str) -> bool:
    """Whether this is a hidden file or folder, or what macOS leaves in a zip."""
    return name.startswith((".", "__MACOSX"))


def is_image(name: str) -> bool:
    """Whether a file of this name is taken for an image; `._` side files are none."""
    return name.lower().endswith(SUFFIXES) and not is_hidden(name)


def is_text(name: str) -> bool:
    """Whether a file name is proper text; on Linux it may be any bytes."""
    return name.isascii() or not any("\ud800" <= one <= "\udfff" for one in name)


def subfolders(folder: Path) -> list[Path]:
    """The subfolders by name, links to folders among them, hidden ones not.

    Raises
    ------
    InputError
        If the folder cannot be read.
    """
    names = [entry.name for entry in _scan(folder) if entry.is_dir()]
    return [folder / name for name in sorted(names) if not is_hidden(name)]


def image_names(folder: Path) -> tuple[str, ...]:
    """The names of the image files directly in `folder`, sorted."""
    names = (entry.name for entry in _scan(folder))
    return tuple(sorted(name for name in names if is_image(name)))


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be read: {error.strerror}; change its rights."
        ) from None
