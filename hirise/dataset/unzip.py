"""Unpack a stranger's zip: nothing outside the folder, no links, no bombs."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from hirise.dataset.fetch import Report
from hirise.dataset.folders import is_hidden
from hirise.dataset.room import check_room
from hirise.errors import InputError, shown

# Images hardly shrink: an archive that unpacks to more than this is a bomb.
MOST_RATIO = 20
# What a file takes on the disk is rounded up to blocks of this size.
BLOCK = 4096
ENCRYPTED = 0x1


class UnsoundArchive(InputError):
    """A zip that is damaged or hostile, however often one tries."""


def unzip(path: Path, folder: Path, *, report: Report) -> None:
    """Unpack `path` into `folder` without the side files that macOS adds.

    Every entry is checked before the first is written, and each file's checksum while
    it is.

    Raises
    ------
    UnsoundArchive
        If the archive is damaged or encrypted, an entry would leave the folder, is a
        link or comes twice, or all of it is suspiciously large.
    InputError
        If the disk is too small.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _checked(archive.infolist(), path)
            blocks = sum(-(-entry.file_size // BLOCK) for entry in entries)
            check_room(folder, blocks * BLOCK, what="unpacking")
            total, done = sum(entry.file_size for entry in entries), 0
            for entry in entries:
                _write(archive, entry, folder)
                done += entry.file_size
                report("unpacking", done, total)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise UnsoundArchive(f"{path.name} is no sound zip file: {error}.") from None


def _checked(entries: Sequence[zipfile.ZipInfo], path: Path) -> list[zipfile.ZipInfo]:
    """The entries to unpack; any that is hostile refuses the whole archive."""
    most = MOST_RATIO * path.stat().st_size
    total = sum(entry.file_size for entry in entries)
    if total > most:
        raise UnsoundArchive(
            f"{path.name} would unpack to {total:,} bytes, more than {MOST_RATIO} "
            "times its own size: refused."
        )
    chosen: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        name = entry.orig_filename
        reason = _hostile(entry)
        if reason:
            raise UnsoundArchive(
                f"{path.name}: the entry '{shown(name)}' {reason}: refused."
            )
        if entry.is_dir() or any(is_hidden(part) for part in name.split("/")):
            continue
        # Some disks take A.jpg and a.jpg for the same file.
        if name.casefold() in chosen:
            raise UnsoundArchive(f"{path.name}: '{shown(name)}' comes twice: refused.")
        chosen[name.casefold()] = entry
    return list(chosen.values())


def _hostile(entry: zipfile.ZipInfo) -> str:
    """Why an entry must not be unpacked, or ""."""
    name = entry.orig_filename
    parts = name.removesuffix("/").split("/")
    if any(part in ("", ".", "..") for part in parts) or ":" in name or "\\" in name:
        return "leads out of the folder"
    if not name.isprintable():
        return "has a name that is no text"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    return "is encrypted" if entry.flag_bits & ENCRYPTED else ""


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    target = folder / entry.orig_filename
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as source, target.open("xb") as file:
        shutil.copyfileobj(source, file)
