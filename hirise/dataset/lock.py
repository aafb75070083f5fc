"""One process at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from hirise.errors import InputError

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
