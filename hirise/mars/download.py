"""A HiRISE release from where it is published to a folder, checked and unpacked."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from hirise.archives import UnsafeArchive, open_zip
from hirise.errors import InputError, parameter
from hirise.files import (
    check_room,
    disk_errors,
    held_lock,
    is_hidden,
    read_json,
    scratch_folder,
    write_json,
)
from hirise.mars.fetch import CHUNK, PATIENT, Patience, Report, fetch, size_of
from hirise.mars.releases import Archive, find_layout

MOST_BYTES = 20_000_000_000
MOST_FILES = 1_000_000
# Images hardly shrink: an archive that unpacks to more than this is a bomb.
MOST_RATIO = 20
# What a file takes on the disk is rounded up to blocks of this size.
BLOCK = 4096


def unzip(path: Path, folder: Path, *, report: Report) -> None:
    """Unpack `path` into `folder` without the side files that macOS adds.

    Every entry is checked before the first is written, and each file's checksum while
    it is.

    Raises
    ------
    UnsafeArchive
        If the archive is damaged or encrypted, an entry would leave the folder, is a
        link or comes twice, or all of it is suspiciously large.
    InputError
        If the disk is too small.

    Examples
    --------
    >>> import zipfile
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "release.zip")
    ...     with zipfile.ZipFile(path, "w") as archive:
    ...         archive.writestr("map-proj/a.jpg", b"pixels" * 1000)
    ...         archive.writestr("__MACOSX/._a.jpg", b"")
    ...     target = Path(folder, "release")
    ...     target.mkdir()
    ...     unzip(path, target, report=lambda *_: None)
    ...     [found.name for found in target.rglob("*.*")]
    ['a.jpg']
    """
    with open_zip(
        path,
        most_bytes=MOST_BYTES,
        most_members=MOST_FILES,
        ratio=MOST_RATIO,
        slack=0,
    ) as archive:
        entries = [entry for entry in archive.infolist() if _is_wanted(entry)]
        blocks = sum(-(-entry.file_size // BLOCK) for entry in entries)
        check_room(folder, blocks * BLOCK, what="Unpacking")
        total, done = sum(entry.file_size for entry in entries), 0
        for entry in entries:
            target = folder / entry.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            # "x" never writes over what is there, nor through a link.
            with archive.open(entry) as source, target.open("xb") as file:
                shutil.copyfileobj(source, file)
            done += entry.file_size
            report("unpacking", done, total)


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    return not (entry.is_dir() or any(map(is_hidden, entry.filename.split("/"))))


RECORD = "download.json"
"""Written last into a finished release: where it is from, and its number of files."""


@dataclass(frozen=True)
class Downloaded:
    """A finished release: its folder, its files, and whether it was there before."""

    folder: Path
    n_files: int
    was_there: bool


def release_folder(archive: Archive, to: Path) -> Path:
    """Where the release comes to lie below `to`.

    Examples
    --------
    >>> from hirise.mars.releases import archive_named
    >>> release_folder(archive_named("v3.2"), Path("data")).as_posix()
    'data/hirise-map-proj-v3_2'
    """
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
    with disk_errors(to, elsewhere=_elsewhere()):
        if target.exists():
            return Downloaded(target, _finished(target), was_there=True)
        to.mkdir(parents=True, exist_ok=True)
        lock = to / f".{archive.file}.lock"
        with held_lock(lock, what=f"A download of {archive.file}"):
            n_files = _download(archive, target, report, patience)
            return Downloaded(target, n_files, was_there=False)


def _elsewhere() -> str:
    return f"name another folder with {parameter('to')}"


def _download(
    archive: Archive, target: Path, report: Report, patience: Patience
) -> int:
    """Make `target`; the number of its files."""
    part = target.with_name(f".{archive.file}.part")
    if archive.n_bytes is not None:
        # The images hardly shrink in a zip, so unpacking takes as much again.
        needed = 2 * archive.n_bytes - size_of(part)
        check_room(part.parent, needed, what="The download, unpacked,")
    fetch(archive.url, part, n_bytes=archive.n_bytes, report=report, patience=patience)
    _check_md5(part, archive, report)
    n_files = _unpack(part, archive, target, report)
    part.unlink()
    return n_files


def _finished(folder: Path) -> int:
    """The number of files of a release that an earlier call finished."""
    how = f"Remove it, or {_elsewhere()}."
    try:
        n_files = int(read_json(folder / RECORD)["n_files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            "This folder is there, but not from a finished download.",
            where=folder,
            how=how,
        ) from None
    # The record was written after the files were counted.
    n_there = _count(folder) - 1
    if n_there < n_files:
        raise InputError(
            f"This folder has lost {n_files - n_there:,} of its {n_files:,} files.",
            where=folder,
            how=how,
        )
    return n_files


def _check_md5(part: Path, archive: Archive, report: Report) -> None:
    """Refuse and remove a file that is not the published one."""
    if archive.md5 is None:
        return
    # md5 because Zenodo publishes it; systems in FIPS mode refuse it unflagged.
    digest, done, total = hashlib.md5(usedforsecurity=False), 0, size_of(part)
    with part.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            report("checking", done, total)
    if digest.hexdigest() != archive.md5:
        part.unlink()
        raise InputError(
            f"It has the md5 {digest.hexdigest()} instead of {archive.md5}: it is "
            "another file, or was damaged on the way. It is removed.",
            where=archive.file,
            how="Try again.",
        )


def _unpack(part: Path, archive: Archive, target: Path, report: Report) -> int:
    """Unpack beside `target`, then move the release there in one step; its files."""
    with scratch_folder(target.parent, name=target.name) as unpacked:
        try:
            unzip(part, unpacked, report=report)
            layout = find_layout(unpacked)
            if layout is None:
                raise UnsafeArchive(
                    "This holds no label file of a HiRISE release.",
                    where=part,
                    how="Look at the page of the release for where the file is now.",
                )
        except UnsafeArchive:
            # If kept, it would be taken up by each further call, and fail again.
            part.unlink()
            raise
        n_files = _count(layout.root)
        record = {
            "release": archive.release,
            "source": archive.page,
            "n_files": n_files,
        }
        write_json(layout.root / RECORD, record)
        layout.root.rename(target)
    return n_files


def _count(folder: Path) -> int:
    """How many files are in the folder and below."""
    return sum(len(files) for _, _, files in os.walk(folder))
