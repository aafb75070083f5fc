"""Marks of files and folders: they change when what can be read there does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hirise.dataset.simulated.kept import SimulatedMars


def file_mark(path: Path) -> str:
    """Changes when the file does."""
    try:
        found = path.stat()
    except OSError:
        return str(path)
    return f"{path} {found.st_mtime_ns} {found.st_size}"


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
