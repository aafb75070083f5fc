"""What a reader finds before any name is understood, and what all readers need."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from hirise.errors import InputError, shown
from hirise.history.epochs import Points
from hirise.history.names import Meaning, meaning_of, split_of

MOST_BYTES = 50_000_000
"""Of a history as text."""
MOST_POINTS = 5_000_000
"""Values that the curves of one history may have together: 80 MB."""
MOST_EPOCHS = 100_000
MOST_FILES = 10_000


class Logged(NamedTuple):
    """A metric by its name, and the folder that may tell its split."""

    tag: str
    folder: str = ""

    @property
    def meaning(self) -> Meaning | None:
        """What it is; None for a metric that is not read."""
        meaning = meaning_of(self.tag)
        if meaning is not None and not meaning.split:
            return meaning._replace(split=split_of(self.folder))
        return meaning


@dataclass(frozen=True, eq=False)
class Source:
    """The metrics of one training, and how to get at their values.

    Attributes
    ----------
    noun : str
        What metrics are called where they come from: columns, tags or metrics.
    logged : mapping of name to Logged
        By the name that people see, in the order in which they were found.
    points : callable
        The points of the metric of a name; only called for metrics that are read.
    notes : tuple of str
        What was assumed while reading.
    raw : DataFrame, optional
        The file as a table, where it is one.
    numbered : bool
        The steps are numbers of epochs.
    within : bool
        Several values of one curve in an epoch are of its batches.
    epoch : str
        The metric that tells which epoch a step belongs to; "" if none does.
    """

    noun: str
    logged: Mapping[str, Logged]
    points: Callable[[str], Points]
    notes: tuple[str, ...] = ()
    raw: pd.DataFrame = field(default_factory=pd.DataFrame)
    numbered: bool = False
    within: bool = False
    epoch: str = ""


@dataclass(frozen=True)
class Reader:
    """One form of training curves: how it is recognised, and how it is read."""

    recognises: Callable[[Path], bool]
    read: Callable[[Path], Source]


class TooManyFiles(InputError):
    """A folder that cannot be that of one training, such as one of images."""


def check_size(path: Path) -> None:
    """Refuse a text that is too large to be a history."""
    if path.stat().st_size > MOST_BYTES:
        raise InputError(
            f"This is larger than {MOST_BYTES / 1e6:.0f} MB, so it is not a history.",
            where=path,
            how="Give one row per epoch.",
        )


def check_epochs(path: Path, n_epochs: int) -> None:
    """Refuse what was logged so often that it cannot be one value per epoch.

    Examples
    --------
    >>> check_epochs(Path("log.csv"), 2_000_000)
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: log.csv: This has 2,000,000 epochs. At most 100,000 are
    read. Give one value per epoch.
    """
    if n_epochs > MOST_EPOCHS:
        raise InputError(
            f"This has {n_epochs:,} epochs. At most {MOST_EPOCHS:,} are read.",
            where=path,
            how="Give one value per epoch.",
        )


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

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("events.2", "events.1", ".hidden"):
    ...         Path(folder, name).touch()
    ...     [path.name for path in plain_files(Path(folder))]
    ['events.1', 'events.2']
    """
    seen = 0
    for place, folders, names in os.walk(folder):
        # In place, as `os.walk` goes on with what is left in this list.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        seen += len(names)
        if seen > MOST_FILES:
            raise TooManyFiles(
                f"This folder holds more than {MOST_FILES:,} files.",
                where=folder,
                how="Give the log folder of one training.",
            )
        for name in sorted(names):
            path = Path(place, name)
            if name.startswith(".") or not wanted(name):
                continue
            check_link(path, folder)
            if path.is_file():
                yield path


def check_link(path: Path, folder: Path) -> None:
    """Refuse a link that leaves `folder`."""
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            "This is a link that leaves the folder.",
            where=shown(str(path), most=300),
            how="Put a copy there, or remove the link.",
        )


def several_trainings(folder: Path, names: list[str], noun: str) -> InputError:
    """The error that a folder, or a file, holds several trainings.

    Examples
    --------
    >>> print(several_trainings(Path("logs"), ["run-1", "run-2"], "event files"))
    logs: This folder holds event files of 2 trainings (run-1, run-2). Give the folder
    of one of them.
    """
    listed = ", ".join(shown(name) for name in names[:3])
    more = ", …" if len(names) > 3 else ""
    kind = "file" if folder.is_file() else "folder"
    how = "Give the folder of one of them."
    return InputError(
        f"This {kind} holds {noun} of {len(names)} trainings ({listed}{more}).",
        where=folder,
        how="Save the curves of one of them." if kind == "file" else how,
    )
