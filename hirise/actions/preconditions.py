"""Whether an action can be carried out here: what is installed, and space on the disk.

TensorFlow is located, not imported.
"""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from hirise.errors import Refusal, parameter

LEAST_FREE = 500_000_000
"""Bytes that must be free where the runs are kept."""


def refuse_training(artifacts: Path, what: str = "A training") -> Refusal | None:
    """Why no training (or `what`) can be started here: TensorFlow or space."""
    return refuse_package("tensorflow", "TensorFlow", "train", what) or refuse_space(
        artifacts, what
    )


def refuse_package(
    module: str, name: str, extra: str, what: str = "This"
) -> Refusal | None:
    """Why `what` cannot be done without a package that is not installed.

    `extra` is the one of hirise that installs it; "" if none does.

    Examples
    --------
    >>> refuse_package("json", "JSON", "all") is None
    True
    >>> print(refuse_package("absent_module", "Absent", "train", "A map"))
    A map needs Absent, which is not installed here. Run: python -m pip install \
'hirise[train]'
    """
    if find_spec(module) is not None:
        return None
    wanted = f"'hirise[{extra}]'" if extra else module
    return Refusal(
        f"{what} needs {name}, which is not installed here.",
        how=f"Run: python -m pip install {wanted}",
    )


def refuse_space(artifacts: Path, what: str) -> Refusal | None:
    """Why the disk of the runs is too full for `what`."""
    path = artifacts.resolve()
    nearest = next(folder for folder in (path, *path.parents) if folder.is_dir())
    free = shutil.disk_usage(nearest).free
    if free >= LEAST_FREE:
        return None
    return Refusal(
        f"only {free / 1e6:,.0f} MB are free on its disk, and {what[0].lower()}"
        f"{what[1:]} needs {LEAST_FREE / 1e6:,.0f} MB.",
        where=str(artifacts),
        how=f"Free some space, or choose another folder with {parameter('artifacts')}.",
    )
