"""Files that appear whole, and what a full disk says."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hirise.errors import InputError

TEMPORARY = ".tmp-"
"""How the names of files begin that are still being written."""


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON file, which appears whole; NaN is refused."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    with disk_errors(path.parent):
        write_whole(path, lambda new: new.write_text(text + "\n", encoding="utf-8"))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside, reach the disk, rename: a reader sees the old file or the new one.

    The suffix stays the last part of the name, because Keras goes by it.
    """
    path.parent.mkdir(exist_ok=True)
    beside = path.with_name(f"{TEMPORARY}{os.getpid()}-{path.name}")
    try:
        write(beside)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def append_text(path: Path, text: str) -> None:
    """Add `text` to a file in one piece, and wait until the disk has it."""
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Say in one line that `folder` is full or read-only."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"{folder}: cannot be written ({reason}). Free some space there, "
            "or choose another folder with --artifacts."
        ) from error


def human_size(n_bytes: int) -> str:
    """`n_bytes` as people read it, in powers of ten."""
    if n_bytes < 1_000_000:
        return f"{n_bytes / 1000:.1f} kB"
    return f"{n_bytes / 1_000_000:,.1f} MB"
