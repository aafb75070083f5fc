"""Whether the process that trains a run is alive: its pid and its heartbeat."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import psutil

HEARTBEAT = "heartbeat"
"""An empty file; the time of its last change is the last sign of life."""

BEAT = 5.0
"""Seconds between two signs of life."""


@contextmanager
def heartbeat(folder: Path, *, seconds: float = BEAT) -> Iterator[None]:
    """Touch the file `heartbeat` in `folder` every few seconds, from a thread."""
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(folder, over, seconds), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        with suppress(OSError):
            (folder / HEARTBEAT).unlink(missing_ok=True)


def last_beat(folder: Path) -> float | None:
    """When the last sign of life was given, in seconds; None if there is no file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, HEARTBEAT).touch()
    ...     abs(last_beat(Path(folder)) - time.time()) < QUIET
    True
    """
    try:
        return (folder / HEARTBEAT).stat().st_mtime
    except OSError:
        return None


def _beat(folder: Path, over: threading.Event, seconds: float) -> None:
    while True:
        # A full disk is for the training itself to tell of.
        with suppress(OSError):
            (folder / HEARTBEAT).touch()
        if over.wait(seconds):
            return


QUIET = 25.0
"""Seconds without a heartbeat after which a training elsewhere counts as gone."""

SILENCE = 3600.0
"""The same for what has no heartbeat: seconds since it last wrote anything."""


class Owned(Protocol):
    """Something that a process works on: a run, or a job."""

    @property
    def pid(self) -> int | None: ...
    @property
    def process_started(self) -> float | None: ...
    @property
    def host(self) -> str | None: ...


def this_process() -> dict[str, int | float | str]:
    """What identifies this process: a pid alone is reused once the process is gone.

    Examples
    --------
    >>> sorted(this_process())
    ['host', 'pid', 'process_started']
    """
    return {
        "pid": os.getpid(),
        "process_started": psutil.Process().create_time(),
        "host": platform.node(),
    }


def is_alive(info: Owned, folder: Path) -> bool:
    """Whether the process that works on what is in `folder` still runs.

    Another machine's processes cannot be seen from here, so its work counts as
    alive as long as its heart has beaten within `QUIET`; the clocks must agree to some
    seconds. What has no heartbeat must have written into the folder within `SILENCE`.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> is_alive(SimpleNamespace(**this_process()), Path())
    True
    """
    if info.pid is None or info.process_started is None:
        return False
    if info.host != platform.node():
        beat = last_beat(folder)
        if beat is not None:
            return time.time() - beat < QUIET
        return time.time() - _last_written(folder) < SILENCE
    try:
        process = psutil.Process(info.pid)
        # It ended, but its parent has not fetched its exit status.
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        # psutil counts from the boot time, which shifts when the clock is set.
        return abs(process.create_time() - info.process_started) < 2
    except psutil.NoSuchProcess:
        return False
    # There is such a process, of another user.
    except psutil.AccessDenied:
        return True


def _last_written(folder: Path) -> float:
    try:
        return max(path.stat().st_mtime for path in folder.iterdir())
    except (OSError, ValueError):
        return 0.0
