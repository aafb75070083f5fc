"""The runs that ship with hirise, wherever it is installed."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "HIRISE_EXAMPLES"
"""Environment variable that names another folder of examples; empty for none."""

FOLDER = "examples"


def shipped_examples() -> Path | None:
    """The folder of the examples: in the installed package, or in the repository."""
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return Path(chosen) if chosen else None
    package = Path(__file__).resolve().parents[1]
    repository = package.parent
    places = [package / FOLDER]
    if (repository / "pyproject.toml").is_file():
        places.append(repository / "artifacts" / FOLDER)
    return next((place for place in places if place.is_dir()), None)


def is_example(folder: Path) -> bool:
    """Whether the run in `folder` came with hirise."""
    parent = folder.parent
    return parent.name == FOLDER or parent == shipped_examples()
