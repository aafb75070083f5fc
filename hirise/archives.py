"""Zip files from strangers: looked at before anything is unpacked."""

from __future__ import annotations

import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hirise.errors import InputError, shown

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
