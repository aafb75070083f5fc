"""A HiRISE release from where it is published to a folder, checked and unpacked."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hirise.errors import InputError, shown
from hirise.files import alone, check_room, is_hidden
from hirise.mars.fetch import CHUNK, PATIENT, Patience, Report, fetch, size_of
from hirise.mars.releases import Archive, find_layout

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


RECORD = "download.json"
"""Written last into a finished release: where it is from, and its number of files."""


@dataclass(frozen=True)
class Downloaded:
    """A finished release: its folder, its files, and whether it was there before."""

    folder: Path
    n_files: int
    was_there: bool


def release_folder(archive: Archive, to: Path) -> Path:
    """Where the release comes to lie below `to`."""
    return to / Path(archive.file).stem


def download(
    archive: Archive, to: Path, *, report: Report, patience: Patience = PATIENT
) -> Downloaded:
    """Download, check and unpack a release; it appears in `to` whole or not at all.

    An unfinished download is kept beside it and taken up by the next call; a finished
    release is only recognised.

    Parameters
    ----------
    archive : Archive
    to : Path
        Made if it is absent; the release becomes a folder in it.
    report : callable
        Called with what is done ("downloading", "checking", "unpacking"), the bytes
        done and the bytes in all (None if unknown).

    Raises
    ------
    InputError
        If the file cannot be had, is another one, is damaged or hostile, the disk is
        full or too small, the place is taken, or another process is at it.
    """
    target = release_folder(archive, to)
    with _disk_errors(to):
        if target.exists():
            return Downloaded(target, _finished(target), was_there=True)
        to.mkdir(parents=True, exist_ok=True)
        with alone(to / f".{archive.file}.lock", what=f"A download of {archive.file}"):
            n_files = _download(archive, target, report, patience)
            return Downloaded(target, n_files, was_there=False)


def _download(
    archive: Archive, target: Path, report: Report, patience: Patience
) -> int:
    """Make `target`; the number of its files."""
    part = target.with_name(f".{archive.file}.part")
    if archive.n_bytes is not None:
        # The images hardly shrink in a zip, so unpacking takes as much again.
        needed = 2 * archive.n_bytes - size_of(part)
        check_room(part.parent, needed, what="the download, unpacked,")
    fetch(archive.url, part, n_bytes=archive.n_bytes, report=report, patience=patience)
    _check_md5(part, archive, report)
    n_files = _unpack(part, archive, target, report)
    part.unlink()
    return n_files


def _finished(folder: Path) -> int:
    """The number of files of a release that an earlier call finished."""
    try:
        said = json.loads((folder / RECORD).read_text("utf-8"))
        n_files = int(said["n_files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            f"{folder} is there, but not from a finished download; remove it, or name "
            "another folder with --to."
        ) from None
    n_there = _count(folder) - 1
    if n_there < n_files:
        raise InputError(
            f"{folder} has lost {n_files - n_there:,} of its {n_files:,} files; remove "
            "it to download it again, or name another folder with --to."
        )
    return n_files


def _check_md5(part: Path, archive: Archive, report: Report) -> None:
    """Refuse and remove a file that is not the published one."""
    if archive.md5 is None:
        return
    digest, done, total = hashlib.md5(usedforsecurity=False), 0, size_of(part)
    with part.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            report("checking", done, total)
    if digest.hexdigest() != archive.md5:
        part.unlink()
        raise InputError(
            f"{archive.file} has the md5 {digest.hexdigest()} instead of "
            f"{archive.md5}: another file, or damaged on the way. It is removed; "
            "please try again."
        )


def _unpack(part: Path, archive: Archive, target: Path, report: Report) -> int:
    """Unpack beside `target`, then move the release there in one step; its files."""
    unfinished = target.with_name(f".unfinished-{target.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        root = _release_in(part, unfinished, report)
        n_files = _count(root)
        said = {"release": archive.release, "source": archive.page, "n_files": n_files}
        (root / RECORD).write_text(json.dumps(said, indent=1) + "\n", "utf-8")
        root.rename(target)
    except UnsoundArchive:
        part.unlink()
        raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return n_files


def _release_in(part: Path, folder: Path, report: Report) -> Path:
    """Unpack the archive into `folder`; where in it the release is."""
    unzip(part, folder, report=report)
    layout = find_layout(folder)
    if layout is None:
        raise UnsoundArchive(f"{part} holds no label file of a HiRISE release.")
    return layout.root


def _count(folder: Path) -> int:
    """How many files are in the folder and below."""
    return sum(len(files) for _, _, files in os.walk(folder))


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Say in one line that the disk refused."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{error.filename or folder} cannot be written: {error.strerror or error}; "
            "free some space there, or name another folder with --to."
        ) from None
