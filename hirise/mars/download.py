"""A HiRISE release from where it is published to a folder, checked and unpacked."""

from __future__ import annotations

import hashlib
import http.client
import io
import os
import re
import shutil
import ssl
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hirise import __version__
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
from hirise.mars.releases import Archive, find_layout

CHUNK = 1 << 20
TIMEOUT = 60.0
# Seconds to wait before each attempt that follows one without a new byte.
PAUSES = (1.0, 4.0, 15.0, 60.0)
# A file of unknown length is not read beyond this.
MOST_BYTES_FETCHED = 5_000_000_000
TEMPORARY_FAULTS = (408, 425, 429, 500, 502, 503, 504)

Report = Callable[[str, int, int | None], None]
"""Told what is being done, how many bytes of it are done, and of how many."""


@dataclass(frozen=True)
class Patience:
    """How long a silent server is waited for, and how often one is asked again.

    `pauses` holds one number or more.
    """

    timeout: float = TIMEOUT
    pauses: Sequence[float] = PAUSES


PATIENT = Patience()


class Body(Protocol):
    """What is read of a response."""

    def read1(self, n: int, /) -> bytes: ...


class Interrupted(Exception):
    """The transfer stopped for a reason that may pass."""


def fetch(
    url: str,
    path: Path,
    *,
    n_bytes: int | None,
    report: Report,
    patience: Patience = PATIENT,
) -> None:
    """Download `url` to `path`; what is there already is its beginning.

    A transfer that breaks off is taken up again, as long as each attempt brings
    something or the pauses last.

    Parameters
    ----------
    n_bytes : int, optional
        The size of the file; a server that offers another is refused.

    Raises
    ------
    InputError
        If the file cannot be had, or is another one. What has come stays in `path`, so
        that the next call goes on from there.
    """
    vain = 0
    while True:
        before = size_of(path)
        try:
            if _attempt(url, path, n_bytes, report, patience.timeout):
                return
            reason = "the connection broke off"
        except Interrupted as error:
            reason = str(error)
        vain = 0 if size_of(path) > before else vain + 1
        if vain > len(patience.pauses):
            raise InputError(
                f"{reason[:1].upper()}{reason[1:]}, {vain} times in a row. "
                f"{size_of(path):,} bytes are kept.",
                where=url,
                how="Run the same command to continue from there.",
            )
        time.sleep(patience.pauses[max(0, vain - 1)])


def size_of(path: Path) -> int:
    """Bytes in a file; 0 if there is none.

    Examples
    --------
    >>> size_of(Path("missing.zip"))
    0
    """
    return path.stat().st_size if path.exists() else 0


def _attempt(
    url: str, path: Path, n_bytes: int | None, report: Report, timeout: float
) -> bool:
    """One request for what is missing; whether the file is complete now."""
    start = size_of(path)
    if n_bytes is not None and start > n_bytes:
        path.unlink()
        start = 0
    if start and start == n_bytes:
        return True
    headers = {"User-Agent": f"hirise/{__version__}"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            # urllib follows redirects, from https to http as well.
            _check_scheme(url, response.url)
            begin, total = _extent(response.status, response.headers)
            # A server that ignores Range sends the file from its beginning.
            if begin not in (0, start):
                path.unlink()
                return False
            _check_size(url, total, n_bytes)
            check_room(path.parent, (total or 0) - begin, what="The download")
            return _save(response, path, begin, total or n_bytes, report)
    except urllib.error.HTTPError as error:
        return _refused(error, url, path, start, n_bytes)
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise InputError(
                f"The certificate cannot be verified ({error.reason.reason}).",
                where=url,
                how="Install this system's certificates, or set SSL_CERT_FILE.",
            ) from None
        raise Interrupted(f"cannot be reached ({error.reason})") from None
    except TimeoutError:
        raise Interrupted(f"no answer within {timeout:g} s") from None
    except (http.client.HTTPException, OSError) as error:
        raise Interrupted(f"broke off ({error or type(error).__name__})") from None


def _check_scheme(url: str, arrived: str) -> None:
    if url.startswith("https:") and not arrived.startswith("https:"):
        raise InputError(
            f"This leads to {arrived}, which is not encrypted.",
            where=url,
            how="See the page of the release for the new address of the file.",
        )


def _extent(status: int, headers: http.client.HTTPMessage) -> tuple[int, int | None]:
    """Where the body begins in the file, and how long the whole file is."""
    if status == 206:
        said = headers.get("Content-Range", "")
        match = re.fullmatch(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)", said.strip())
        if not match:
            return -1, None
        return int(match[1]), None if match[2] == "*" else int(match[2])
    length = re.fullmatch(r"\d{1,18}", headers.get("Content-Length", "").strip())
    return 0, int(length[0]) if length else None


def _check_size(url: str, total: int | None, n_bytes: int | None) -> None:
    if n_bytes is not None and total not in (None, n_bytes):
        raise InputError(
            f"The server offers {total:,} bytes, but the release has {n_bytes:,}.",
            where=url,
            how="A proxy or a login page may be in between: open the address in a "
            "browser.",
        )


def _save(
    body: Body, path: Path, begin: int, total: int | None, report: Report
) -> bool:
    """Write the body into the file from byte `begin` on; whether that completes it."""
    done, most = begin, MOST_BYTES_FETCHED if total is None else total
    try:
        # Unbuffered: a full disk is then told when it is met, not when closing.
        file = path.open("r+b" if begin else "wb", buffering=0)
    except OSError as error:
        raise _not_written(path, error) from None
    with file:
        file.seek(begin)
        report("downloading", done, total)
        # `read` would wait until a whole chunk has come.
        while chunk := body.read1(CHUNK):
            done += len(chunk)
            if done > most:
                raise InputError(
                    f"The server sends more than {most:,} bytes, so this is not the "
                    "file.",
                    where=path.name,
                    how="See the page of the release for the new address of the file.",
                )
            _write(file, chunk, path)
            report("downloading", done, total)
    return total is None or done == total


def _write(file: io.FileIO, chunk: bytes, path: Path) -> None:
    left = memoryview(chunk)
    try:
        while left:
            # An unbuffered file may take less than it is given.
            left = left[file.write(left) :]
    except OSError as error:
        raise _not_written(path, error) from None


def _not_written(path: Path, error: OSError) -> InputError:
    return InputError(
        f"This cannot be written ({error.strerror}).",
        where=path,
        how="Free some space, and run the same command again to continue.",
    )


def _refused(
    error: urllib.error.HTTPError,
    url: str,
    path: Path,
    start: int,
    n_bytes: int | None,
) -> bool:
    """What a status other than 2xx means: done, try again, or give up."""
    error.close()
    if error.code in TEMPORARY_FAULTS:
        raise Interrupted(f"the server answers {error.code} {error.reason}")
    # Nothing lies beyond what is there: the file is whole, or another one.
    if error.code == 416 and start:
        if n_bytes is None and error.headers.get("Content-Range") == f"bytes */{start}":
            return True
        # What is there is not the beginning of what the server has.
        path.unlink()
        return False
    raise InputError(
        f"The server answers {error.code} {error.reason}.",
        where=url,
        how="See the page of the release for the new address of the file.",
    )


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
            "This folder exists, but it is not from a finished download.",
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
            "another file, or it was damaged during the download. It is removed.",
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
                    how="See the page of the release for the new address of the file.",
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
