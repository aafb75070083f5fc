"""What a reader found before any name was understood."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from hirise.errors import InputError, shown
from hirise.history.epochs import Meaning, Points, meaning_of, side_of

MOST_BYTES = 50_000_000
"""Of a history as text."""
MOST_POINTS = 5_000_000
"""Values that the curves of one history may have together: 80 MB."""
MOST_EPOCHS = 100_000


def refuse_endless(path: Path, n_epochs: int) -> None:
    """Refuse what was logged so often that it cannot be one value per epoch."""
    if n_epochs > MOST_EPOCHS:
        raise InputError(
            f"{path}: has {n_epochs:,} epochs; at most {MOST_EPOCHS:,} are read. "
            f"Give one value per epoch."
        )


class Logged(NamedTuple):
    """A metric by its name, and the folder that may tell its side."""

    tag: str
    folder: str = ""

    @property
    def meaning(self) -> Meaning | None:
        found = meaning_of(self.tag)
        if found is not None and not found.side:
            return found._replace(side=side_of(self.folder))
        return found


@dataclass(frozen=True, eq=False)
class Source:
    """Metrics that were found, and how to get at their values.

    Attributes
    ----------
    what : str
        How they are called where they come from: columns, tags or metrics.
    logged : mapping of name to Logged
        By the name that people see, in the order in which they were found.
    points : callable
        The points of the metric of a name; only called for what is understood.
    notes : tuple of str
        What was assumed while reading.
    raw : DataFrame, optional
        The file as a table, where it is one.
    """

    what: str
    logged: Mapping[str, Logged]
    points: Callable[[str], Points]
    notes: tuple[str, ...] = ()
    raw: pd.DataFrame = field(default_factory=pd.DataFrame)


MOST_FILES = 10_000
_MARK = "tfevents"
"""What TensorBoard knows its files by; it is part of their names."""
_VERSION = b"brain.Event:"
"""What stands in the first record of an event file."""


class TooManyFiles(InputError):
    """A folder that cannot be that of one training, such as one of images."""


def plain_files(
    folder: Path, *, wanted: Callable[[str], bool] = lambda _: True
) -> Iterator[Path]:
    """The files below `folder` whose names are `wanted`; nothing behind a link.

    Hidden files and folders are passed over.

    Raises
    ------
    TooManyFiles
        More than 10,000, wanted or not.
    InputError
        A link among those wanted that leaves the folder.
    """
    seen = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        seen += len(names)
        if seen > MOST_FILES:
            raise TooManyFiles(
                f"{folder}: holds more than {MOST_FILES:,} files. Give the log folder "
                f"of one training."
            )
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith(".") or not wanted(name):
                continue
            refuse_link_out(path, folder)
            if path.is_file():
                yield path


def refuse_link_out(path: Path, folder: Path) -> None:
    """Refuse a link that leaves `folder`."""
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            f"{shown(str(path), most=300)}: is a link that leaves the folder. Put a "
            f"copy there, or remove the link."
        )


def is_event_file(path: Path) -> bool:
    """Whether a file is one of TensorBoard's, or is called so."""
    if _MARK in path.name:
        return True
    try:
        with path.open("rb") as file:
            return _VERSION in file.read(64)
    except OSError:
        return False


def event_files(folder: Path) -> list[Path]:
    """All files below `folder` that are called event files, by folder and name."""
    return list(plain_files(folder, wanted=lambda name: _MARK in name))


def holds_event_files(folder: Path) -> bool:
    """Whether there is a file called so, among the first 10,000."""
    try:
        found = plain_files(folder, wanted=lambda name: _MARK in name)
        return next(found, None) is not None
    except TooManyFiles:
        return False


def one_of(folder: Path, found: list[str], what: str) -> InputError:
    """The error that `folder` holds several trainings."""
    named = ", ".join(shown(name) for name in found[:3])
    more = ", …" if len(found) > 3 else ""
    return InputError(
        f"{folder}: holds {what} of {len(found)} trainings ({named}{more}). Give the "
        f"folder of one of them."
    )
