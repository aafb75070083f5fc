"""The runs that ship with hirise, wherever it is installed."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "HIRISE_EXAMPLES"
"""Environment variable that names another folder of examples; empty for none."""

FOLDER = "examples"
REPLAY = "replay"
"""Folder of the replay among the examples: no list of runs holds its runs."""


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


def example_places(artifacts: Path) -> list[Path]:
    """Folders of examples: as shipped, then among the runs in `artifacts`."""
    places = (shipped_examples(), artifacts / FOLDER)
    return [place for place in places if place is not None and place.is_dir()]


def replay_places(artifacts: Path) -> list[Path]:
    """Folders of the replays that ship."""
    places = (place / REPLAY for place in example_places(artifacts))
    return [place for place in places if place.is_dir()]


def is_example(folder: Path) -> bool:
    """Whether the run in `folder` came with hirise."""
    parent = folder.parent
    if parent.name == REPLAY and is_example(parent):
        return True
    return parent.name == FOLDER or parent == shipped_examples()
