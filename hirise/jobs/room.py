"""Whether a training or a cure can be started here at all."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from hirise.jobs.requests import Request

LEAST_FREE = 500_000_000
"""Bytes that must be free where the runs are kept."""


def why_no_training(artifacts: Path, what: str = "Training") -> str:
    """Why no training (or `what`) can be started, in one line, or "".

    TensorFlow is looked for, not imported.
    """
    if find_spec("tensorflow") is None:
        return (
            f"{what} needs TensorFlow, which is not installed here. "
            "Run: python -m pip install 'hirise[train]'"
        )
    return why_no_room(artifacts, what)


def why_no_room(artifacts: Path, what: str) -> str:
    """Why the disk is too full for it, in one line, or ""."""
    free = shutil.disk_usage(_nearest_folder(artifacts)).free
    if free < LEAST_FREE:
        return (
            f"{artifacts}: only {free / 1e6:,.0f} MB are free on its disk, and "
            f"{what.lower()} wants {LEAST_FREE / 1e6:,.0f}. Free some space, or choose "
            "another folder with --artifacts."
        )
    return ""


def why_not_started(artifacts: Path, request: Request) -> str:
    """Why what is asked for cannot be started, in one line, or ""."""
    what = request.kind.capitalize()
    if request.trains:
        return why_no_training(artifacts, what)
    return why_no_room(artifacts, what)


def _nearest_folder(path: Path) -> Path:
    path = path.resolve()
    return next(one for one in (path, *path.parents) if one.is_dir())
