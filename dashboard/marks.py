"""Marks of files and folders: they change when what can be read there does."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import Any

from hirise.dataset.simulated.kept import SimulatedMars

MOST_WATCHED = 10_000
"""Files of a folder that are looked at for changes."""


def file_mark(path: Path) -> str:
    """Changes when the file does, or a file in the folder."""
    below = islice(path.rglob("*"), MOST_WATCHED) if path.is_dir() else ()
    try:
        marks = [(one.st_mtime_ns, one.st_size) for one in map(_stat, (path, *below))]
    except OSError:
        return str(path)
    newest, sizes = max(mtime for mtime, _ in marks), sum(size for _, size in marks)
    return f"{path} {newest} {sizes}" + (f" {len(marks)}" if below else "")


def _stat(path: Path) -> os.stat_result:
    return path.stat(follow_symlinks=False)


def data_marks(data: Path | SimulatedMars) -> tuple[Any, ...]:
    """Changes when a label file does, or a folder gets or loses files."""
    return (data.name,) if isinstance(data, SimulatedMars) else _folder_marks(data)


def _folder_marks(folder: Path) -> tuple[Any, ...]:
    try:
        if folder.is_file():
            return (str(folder), folder.stat().st_mtime_ns)
        entries = [e for e in os.scandir(folder) if e.is_dir() or _lists(e.name)]
        marks = sorted((entry.name, entry.stat().st_mtime_ns) for entry in entries)
        return (str(folder), folder.stat().st_mtime_ns, *marks)
    except OSError:
        return (str(folder),)


def _lists(name: str) -> bool:
    return name.lower().endswith((".csv", ".tsv", ".txt"))
