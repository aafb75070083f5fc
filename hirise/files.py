"""Files and folders: written whole, unpacked safely, listed without clutter."""

from __future__ import annotations

import json
import lzma
import os
import re
import shutil
import stat
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from hirise.errors import InputError, shown

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


MOST_MEMBERS = 10_000
RATIO = 200
"""How many times its own size a file may grow; Parquet and weights hardly do."""
SLACK = 10_000_000
"""Bytes that any file may grow to."""
# As zipfile and its decompressors say that something is broken or unknown.
_BROKEN = (
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def open_zip(path: Path, *, most_bytes: int) -> Iterator[zipfile.ZipFile]:
    """A zip file whose members have honest names and bounded sizes.

    Sizes are those that the central directory claims; reading never gives more.

    Raises
    ------
    InputError
        A damaged or encrypted file, a path that leaves the folder, a link, too many
        members, or too many bytes once unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check(path, archive.infolist(), most_bytes)
            yield archive
    except InputError:
        raise
    except _BROKEN as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise InputError(f"{path}: is a damaged zip file ({reason}).") from error


def _check(path: Path, members: list[zipfile.ZipInfo], most_bytes: int) -> None:
    if len(members) > MOST_MEMBERS:
        raise InputError(
            f"{path}: holds {len(members):,} files; at most {MOST_MEMBERS:,} are read."
        )
    total = sum(member.file_size for member in members)
    bound = min(most_bytes, SLACK + RATIO * path.stat().st_size)
    if total > bound:
        raise InputError(
            f"{path}: would unpack to {total / 1e6:,.0f} MB, more than the "
            f"{bound / 1e6:,.0f} MB that are allowed for it. It is not unpacked."
        )
    names = [member.filename for member in members]
    for member in members:
        fault = fault_of_name(member.orig_filename) or _fault_of(member)
        if fault:
            name = shown(member.orig_filename)
            raise InputError(f"{path}: {name!r} in it {fault}. It is not unpacked.")
    if len(set(names)) < len(names):
        raise InputError(f"{path}: holds two files of one name. It is not unpacked.")


def fault_of_name(name: str) -> str:
    """Why a path in an archive is refused, or ""."""
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        return "has an absolute path"
    if ".." in re.split(r"[/\\]", name):
        return "has a path that leaves its folder"
    if "\0" in name or "\\" in name:
        return "has a path with a backslash or a null byte"
    return ""


def _fault_of(member: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    return "is encrypted" if member.flag_bits & 1 else ""


def check_room(folder: Path, n_bytes: int, *, what: str) -> None:
    """Refuse to begin `what` if the disk of `folder` has less than `n_bytes` free."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise InputError(
            f"{folder}: {what} needs {in_words(n_bytes)}, but only {in_words(free)} "
            "are free there; free some space, or name another folder with --to."
        )


def in_words(n_bytes: int) -> str:
    """A size for people, such as 911 MB; 1 MB is 1,000,000 bytes."""
    if n_bytes >= 1e9:
        return f"{n_bytes / 1e9:.2f} GB"
    return f"{n_bytes / 1e6:.0f} MB" if n_bytes >= 1e6 else f"{n_bytes:,} bytes"


if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextmanager
def alone(path: Path, *, what: str) -> Iterator[None]:
    """Hold the lock file `path`, which is freed even by a kill and removed in the end.

    Raises
    ------
    InputError
        If another process holds it: `what` is at work already.
    """
    with path.open("a+b") as file:
        try:
            _lock(file)
        except OSError:
            raise InputError(
                f"{what} is at work in {path.parent} already; wait until it is done."
            ) from None
        yield
        # Where an open file cannot be removed, an empty one stays.
        with suppress(OSError):
            path.unlink()


def _lock(file: BinaryIO) -> None:
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


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
