"""A sign of life in a run folder, for those who cannot see the process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HEARTBEAT = "heartbeat"
"""An empty file; the time of its last change is the last sign of life."""

BEAT = 5.0
"""Seconds between two signs of life."""


@contextmanager
def beating(folder: Path, *, seconds: float = BEAT) -> Iterator[None]:
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
    """When the last sign of life was given, in seconds; None if there is no file."""
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
