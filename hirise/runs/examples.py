"""The runs that ship with hirise, and whether a person hides them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hirise.errors import InputError
from hirise.files import disk_errors, read_json, write_json

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
    """Whether the run in `folder` came with hirise.

    Examples
    --------
    >>> [is_example(Path("artifacts", name)) for name in ("examples/my-run", "my-run")]
    [True, False]
    """
    parent = folder.parent
    if parent.name == REPLAY and is_example(parent):
        return True
    return parent.name == FOLDER or parent == shipped_examples()


SETTINGS_FILE = "settings.json"


def read_settings(artifacts: Path) -> dict[str, Any]:
    """The settings by name; none of them matters enough to fail for its file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     read_settings(Path(folder))
    {}
    """
    try:
        document = read_json(artifacts / SETTINGS_FILE)
    except (OSError, InputError):
        return {}
    return document if isinstance(document, dict) else {}


def change_settings(artifacts: Path, **changes: Any) -> None:
    """Write some settings and leave the others.

    Raises
    ------
    InputError
        If the folder cannot be written to.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     change_settings(Path(folder), theme="dark")
    ...     read_settings(Path(folder))
    {'theme': 'dark'}
    """
    with disk_errors(artifacts):
        artifacts.mkdir(parents=True, exist_ok=True)
    write_json(artifacts / SETTINGS_FILE, {**read_settings(artifacts), **changes})


def examples_hidden(artifacts: Path) -> bool:
    """Whether lists of runs leave out the examples that ship with hirise.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     examples_hidden(Path(folder))
    False
    """
    return read_settings(artifacts).get("examples") == "hidden"


def hide_examples(artifacts: Path, hidden: bool = True) -> None:
    """Leave the examples out of lists of runs, or bring them back.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     hide_examples(Path(folder))
    ...     examples_hidden(Path(folder))
    True
    """
    change_settings(artifacts, examples="hidden" if hidden else "shown")
