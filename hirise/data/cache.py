"""A bounded folder of decoded images, shared by all processes of a person."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from hirise.errors import InputError
from hirise.files import TEMPORARY, disk_errors, whole_folder

LIMIT_GB = 4.0
# A process that was killed leaves its unfinished entry behind.
ABANDONED_SECONDS = 24 * 3600


def cache_folder() -> Path:
    """The folder of the cache: `HIRISE_CACHE`, else the system's place for caches.

    Examples
    --------
    >>> from unittest.mock import patch
    >>> with patch.dict(os.environ, {"HIRISE_CACHE": "my-cache"}):
    ...     cache_folder().name
    'my-cache'
    """
    chosen = os.environ.get("HIRISE_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("hirise"))


def cache_limit() -> int:
    """The size in bytes that the cache keeps to: `HIRISE_CACHE_GB`, else 4 GB.

    Examples
    --------
    >>> from unittest.mock import patch
    >>> with patch.dict(os.environ, {"HIRISE_CACHE_GB": "1.5"}):
    ...     cache_limit()
    1500000000
    """
    text = os.environ.get("HIRISE_CACHE_GB", str(LIMIT_GB))
    try:
        limit = float(text)
    except ValueError:
        limit = -1
    # NaN fails this comparison, but would pass its opposite.
    if not 0 <= limit < float("inf"):
        raise InputError(
            f"HIRISE_CACHE_GB is {text[:80]!r}.", how="It must be a number of GB."
        )
    return int(limit * 1e9)


@contextmanager
def new_entry(folder: Path, key: str) -> Iterator[Path]:
    """A folder to fill; it becomes the entry `key` when it is whole, else it goes.

    Two processes may fill the same entry at once: the first to finish is kept.

    Raises
    ------
    InputError
        If the disk is full or cannot be written to.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with new_entry(Path(folder), "key") as entry:
    ...         _ = Path(entry, "pixels.npy").write_bytes(b"")
    ...     [path.name for path in Path(folder, "key").iterdir()]
    ['pixels.npy']
    """
    with disk_errors(folder, elsewhere="set HIRISE_CACHE to another folder"):
        try:
            with whole_folder(folder / key) as unfinished:
                yield unfinished
        except OSError:
            if not (folder / key).is_dir():
                raise


def mark_used(entry: Path) -> None:
    """Make `entry` the most recently used one."""
    # Another process may just have removed it, or own it.
    try:
        os.utime(entry)
    except OSError:
        return


def discard(entry: Path) -> None:
    """Remove `entry`, as far as that is possible.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     entry = Path(folder, "key")
    ...     entry.mkdir()
    ...     discard(entry)
    ...     entry.exists()
    False
    """
    shutil.rmtree(entry, ignore_errors=True)


def trim(folder: Path, *, keep: str) -> None:
    """Remove the least recently used entries above the limit, and abandoned ones.

    The entry `keep` stays, even if it alone is above the limit.
    """
    ages = []
    for entry in folder.iterdir():
        age = _last_used(entry)
        if not entry.name.startswith(TEMPORARY):
            ages.append((age, entry))
        elif age < time.time() - ABANDONED_SECONDS:
            discard(entry)
    room = cache_limit()
    for _, entry in sorted(ages, key=lambda aged: aged[0], reverse=True):
        room -= _size(entry)
        if room < 0 and entry.name != keep:
            discard(entry)


def _last_used(entry: Path) -> float:
    try:
        return entry.stat().st_mtime
    except OSError:
        return 0.0


def _size(entry: Path) -> int:
    try:
        return sum(path.stat().st_size for path in entry.rglob("*"))
    except OSError:
        return 0
