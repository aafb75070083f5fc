"""Whether a training can be started here at all."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

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
    free = shutil.disk_usage(_nearest_folder(artifacts)).free
    if free < LEAST_FREE:
        return (
            f"{artifacts}: only {free / 1e6:,.0f} MB are free on its disk, and "
            f"{what.lower()} wants {LEAST_FREE / 1e6:,.0f}. Free some space, or choose "
            "another folder with --artifacts."
        )
    return ""


def _nearest_folder(path: Path) -> Path:
    path = path.resolve()
    return next(one for one in (path, *path.parents) if one.is_dir())
