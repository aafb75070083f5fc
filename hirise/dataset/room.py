"""Whether a disk has room for what is to come."""

from __future__ import annotations

import shutil
from pathlib import Path

from hirise.errors import InputError


def check_room(folder: Path, n_bytes: int, *, what: str) -> None:
    """Refuse to begin `what` if the disk of `folder` has less than `n_bytes` free."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise InputError(
            f"{folder}: {what} needs {in_words(n_bytes)}, but only {in_words(free)} "
            "are free there; free some space, or name another folder with --to."
        )


def in_words(n_bytes: int) -> str:
    """A size for people, such as 911 MB; 1 MB is 1,000,000 bytes."""
    if n_bytes >= 1e9:
        return f"{n_bytes / 1e9:.2f} GB"
    return f"{n_bytes / 1e6:.0f} MB" if n_bytes >= 1e6 else f"{n_bytes:,} bytes"
