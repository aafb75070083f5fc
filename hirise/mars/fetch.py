"""A large file over HTTP, going on where an earlier attempt stopped."""

from __future__ import annotations

import http.client
import io
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hirise import __version__
from hirise.errors import InputError
from hirise.files import check_room

CHUNK = 1 << 20
TIMEOUT = 60.0
# Seconds to wait before each attempt that follows one without a new byte.
PAUSES = (1.0, 4.0, 15.0, 60.0)
# A file of unknown length is not read beyond this.
MOST_BYTES = 5_000_000_000
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
                how="The same command goes on from there.",
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
            how="Look at the page of the release for where the file is now.",
        )


def _extent(status: int, headers: http.client.HTTPMessage) -> tuple[int, int | None]:
    """Where the body begins in the file, and how long the whole file is."""
    if status == 206:
        said = headers.get("Content-Range", "")
        found = re.fullmatch(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)", said.strip())
        if not found:
            return -1, None
        return int(found[1]), None if found[2] == "*" else int(found[2])
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
    done, most = begin, MOST_BYTES if total is None else total
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
                    how="Look at the page of the release for where the file is now.",
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
        how="Free some space, and run the same command again to go on.",
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
        how="Look at the page of the release for where the file is now.",
    )
