"""Zip files: checked before anything of them is read or unpacked."""

from __future__ import annotations

import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hirise.errors import InputError, error_line, shown
from hirise.files import human_size

MOST_MEMBERS = 10_000
RATIO = 200
"""How many times its own size a file may grow; Parquet and weights hardly do."""
SLACK = 10_000_000
"""Bytes that any file may grow to."""

BROKEN = (
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    zipfile.BadZipFile,
    zlib.error,
)
"""How `zipfile` and its decompressors say that something is broken or unknown."""

_ENCRYPTED = 0x1


class UnsafeArchive(InputError):
    """A zip that is damaged or hostile, however often one tries."""


@contextmanager
def open_zip(
    path: Path,
    *,
    most_bytes: int,
    most_members: int = MOST_MEMBERS,
    ratio: int = RATIO,
    slack: int = SLACK,
) -> Iterator[zipfile.ZipFile]:
    """A zip file whose members have honest names and bounded sizes.

    Sizes are those that the central directory claims; reading never gives more.

    Parameters
    ----------
    most_bytes, most_members : int
        Bytes that all members may have together once unpacked, and their number.
    ratio, slack : int
        The members may have `slack` bytes plus `ratio` times the size of the file.

    Raises
    ------
    UnsafeArchive
        A damaged or encrypted file, a path that leaves the folder, a link, two files of
        one name, too many members, or too many bytes once unpacked.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "images.zip")
    ...     with zipfile.ZipFile(path, "w") as archive:
    ...         archive.writestr("a.jpg", b"")
    ...     with open_zip(path, most_bytes=1_000) as archive:
    ...         archive.namelist()
    ['a.jpg']
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            bound = min(most_bytes, slack + ratio * path.stat().st_size)
            fault = _fault(members, bound, most_members)
            if fault:
                raise UnsafeArchive(
                    f"{fault} The file is not unpacked.",
                    where=path,
                    how="Get the file again, from a source that you trust.",
                )
            yield archive
    except InputError:
        raise
    except BROKEN as error:
        raise UnsafeArchive(
            f"This is a damaged zip file ({error_line(error).rstrip('.')}).",
            where=path,
            how="Get the file again.",
        ) from error


def fault_of_name(name: str) -> str | None:
    r"""Why a path in an archive is refused; None for one that is fine.

    Examples
    --------
    >>> fault_of_name("images/crater.jpg") is None
    True
    >>> fault_of_name("../crater.jpg")
    'leads out of its folder'
    """
    parts = re.split(r"[/\\]", name.removesuffix("/"))
    # Windows takes a colon for a drive or a stream, a backslash for a separator.
    if ":" in name or "\\" in name or any(part in ("", ".", "..") for part in parts):
        return "leads out of its folder"
    return None if name.isprintable() else "has a name with unprintable characters"


def _fault(
    members: list[zipfile.ZipInfo], most_bytes: int, most_members: int
) -> str | None:
    if len(members) > most_members:
        return f"It holds {len(members):,} files. At most {most_members:,} are read."
    total = sum(member.file_size for member in members)
    if total > most_bytes:
        return (
            f"It would unpack to {human_size(total)}, more than the "
            f"{human_size(most_bytes)} that are allowed for it."
        )
    names = set()
    for member in members:
        # The raw name: `filename` was cut at a NUL byte by `zipfile`.
        name = member.orig_filename
        fault = fault_of_name(name) or _fault_of_member(member)
        # Some disks do not tell A.jpg from a.jpg.
        if not fault and not member.is_dir() and name.casefold() in names:
            fault = "comes twice"
        if fault:
            return f"'{shown(name)}' in it {fault}."
        names.add(name.casefold())
    return None


def _fault_of_member(member: zipfile.ZipInfo) -> str | None:
    # Zips made on Unix keep the file's mode here; others have 0.
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    return "is encrypted" if member.flag_bits & _ENCRYPTED else None
