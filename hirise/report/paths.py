"""Text for others, without the folders of this machine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath

_START = r"(?:~?/|~?\\\\|[A-Za-z]:[\\/])"
_PART = r"[^\s'\"`,;:()<>|/\\]+"
# With two parts at least: "/cats" may be a class, "and/or" is none.
_ABSOLUTE = re.compile(rf"(?<![\w.~/\\:-]){_START}(?:{_PART}[/\\])+(?:{_PART})?")


def file_part(text: str) -> str:
    """The last part of an absolute path; any other text as it is."""
    for flavour in (PurePosixPath, PureWindowsPath):
        path = flavour(text)
        if path.is_absolute() or text.startswith("~"):
            return path.name or text
    return text


def without_folders(text: str, known: Iterable[Path | None] = ()) -> str:
    """`text` with absolute paths cut to their last part.

    `known` are folders that it may name; they are found even where a name in them holds
    a space.
    """
    folders = {str(folder) for folder in known if folder is not None}
    for folder in sorted(folders - {"/", "."}, key=len, reverse=True):
        text = text.replace(folder, Path(folder).name)
    return _ABSOLUTE.sub(lambda found: _last(found[0]), text)


def _last(path: str) -> str:
    end = path.rstrip("/\\.")
    return re.split(r"[/\\]", end)[-1] + path[len(end) :].strip("/\\")
