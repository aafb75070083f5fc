"""What a person chose for an artifacts folder, in a small JSON file of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hirise.runs.disk import disk_errors, write_json

SETTINGS_FILE = "settings.json"


def read_settings(artifacts: Path) -> dict[str, Any]:
    """The settings by name; none of them matters enough to fail for its file."""
    try:
        document = json.loads((artifacts / SETTINGS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def change_settings(artifacts: Path, **changes: Any) -> None:
    """Write some settings and leave the others.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    with disk_errors(artifacts):
        artifacts.mkdir(parents=True, exist_ok=True)
    write_json(artifacts / SETTINGS_FILE, {**read_settings(artifacts), **changes})


def examples_hidden(artifacts: Path) -> bool:
    """Whether lists of runs leave out the examples that ship with hirise."""
    return read_settings(artifacts).get("examples") == "hidden"


def hide_examples(artifacts: Path, hidden: bool = True) -> None:
    """Leave the examples out of lists of runs, or bring them back."""
    change_settings(artifacts, examples="hidden" if hidden else "shown")
