"""TensorBoard's event files and log folders: of Keras, PyTorch and others."""

from __future__ import annotations

from array import array
from collections import defaultdict
from pathlib import Path

import numpy as np

from hirise.errors import InputError
from hirise.history.epochs import Points
from hirise.history.names import is_epoch, is_split, split_of
from hirise.history.source import (
    MOST_POINTS,
    Logged,
    Reader,
    Source,
    TooManyFiles,
    plain_files,
    several_trainings,
)

_MOST_TAGS = 10_000
_MARK = "tfevents"
"""How TensorBoard knows its files: this is part of their names."""
_VERSION = b"brain.Event:"
"""Part of the first record of an event file."""


class _Curves:
    """The points of one training by folder and tag; only names of what is not read."""

    def __init__(self) -> None:
        self.logged: dict[str, Logged] = {}
        # 8 bytes a value, where a list of numbers takes about 32.
        self.steps: dict[str, array[int]] = {}
        self.values: dict[str, array[float]] = {}
        self.notes: list[str] = []
        self.n_points = 0

    def read(self, path: Path, folder: str) -> None:
        # Loads protobuf and checksums, which every other reader does without.
        from hirise.history.event_files import CutShort, read_scalars

        names: dict[str, str] = {}
        try:
            for tag, step, value in read_scalars(path):
                name = names.get(tag)
                if name is None:
                    name = names[tag] = self._add(path, Logged(tag, folder))
                if value is not None and name in self.steps:
                    self.steps[name].append(step)
                    self.values[name].append(value)
                    self.n_points += 1
                    if self.n_points > MOST_POINTS:
                        raise InputError(
                            f"The curves have more than {MOST_POINTS:,} values.",
                            where=path,
                            how="Log once per epoch, or give one training.",
                        )
        except CutShort as cut:
            # So is every file that is being written; what is whole is used.
            if not any(name in self.steps for name in names.values()):
                raise
            self.notes.append(
                f"Record {cut.record} of {path} is cut short, so it is left out."
            )

    def _add(self, path: Path, logged: Logged) -> str:
        name = f"{logged.folder}/{logged.tag}" if logged.folder else logged.tag
        if len(self.logged) >= _MOST_TAGS:
            raise InputError(
                f"This holds more than {_MOST_TAGS:,} tags.",
                where=path,
                how="Give the log folder of one training.",
            )
        self.logged[name] = logged
        if logged.meaning is not None or is_epoch(logged.tag):
            self.steps.setdefault(name, array("q"))
            self.values.setdefault(name, array("d"))
        return name

    def source(self) -> Source:
        logged = {
            name: metric
            for name, metric in self.logged.items()
            if metric.meaning is None or len(self.steps[name])
        }
        return Source(
            "tags",
            logged,
            self._points,
            notes=tuple(self.notes),
            epoch=next((n for n in self.steps if is_epoch(self.logged[n].tag)), ""),
        )

    def _points(self, name: str) -> Points:
        return Points(
            np.array(self.steps[name], dtype=np.int64),
            np.array(self.values[name], dtype=np.float64),
        )

    @property
    def holds_curves(self) -> bool:
        return any(map(len, self.steps.values()))


def read_event_file(path: Path) -> Source:
    """The curves of one event file; the folder it lies in may tell their split.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.history import event_files
    >>> point = event_files.scalar_event("epoch_loss", 0.5, step=0, wall_time=1.0)
    >>> content = event_files.write_records([event_files.version_event(1.0), point])
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "events.out.tfevents.1")
    ...     _ = path.write_bytes(content)
    ...     read_event_file(path).points("epoch_loss").values.tolist()
    [0.5]
    """
    parent = path.absolute().parent.name
    curves = _Curves()
    curves.read(path, parent if is_split(parent) else "")
    return curves.source()


def read_log_folder(folder: Path) -> Source:
    """The curves of a log folder; `train` and `validation` below it are one training.

    Raises
    ------
    InputError
        A file that cannot be read, or several trainings.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.history import event_files
    >>> point = event_files.scalar_event("epoch_loss", 0.5, step=0, wall_time=1.0)
    >>> content = event_files.write_records([event_files.version_event(1.0), point])
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "train", "events.out.tfevents.1")
    ...     path.parent.mkdir()
    ...     _ = path.write_bytes(content)
    ...     list(read_log_folder(Path(folder)).logged)
    ['train/epoch_loss']
    """
    trainings: dict[str, _Curves] = defaultdict(_Curves)
    name = folder.absolute().name
    outer = name if is_split(name) else ""
    for path in plain_files(folder, wanted=is_event_name):
        place = path.parent.relative_to(folder)
        own = place.name if split_of(place.name) else ""
        training = place.parent if own else place
        if path.stat().st_size:
            trainings[training.as_posix()].read(path, own or outer)
    found = {name: curves for name, curves in trainings.items() if curves.holds_curves}
    if len(found) > 1 and "." not in found:
        raise several_trainings(folder, list(found), "event files")
    chosen = found.get(".") or next(iter((found or trainings).values()), _Curves())
    return chosen.source()


def is_event_file(path: Path) -> bool:
    """Whether a file is one of TensorBoard's, or is named like one.

    Examples
    --------
    >>> is_event_file(Path("events.out.tfevents.1700000000.host"))
    True
    """
    if is_event_name(path.name):
        return True
    try:
        with path.open("rb") as file:
            return _VERSION in file.read(64)
    except OSError:
        return False


def is_event_name(name: str) -> bool:
    """Whether a file is named as one of TensorBoard's.

    Examples
    --------
    >>> is_event_name("events.out.tfevents.1"), is_event_name("events.csv")
    (True, False)
    """
    return _MARK in name


def _holds_events(path: Path) -> bool:
    """Whether it is an event file, or a folder with one among the first 10,000."""
    if not path.is_dir():
        return is_event_file(path)
    try:
        return next(plain_files(path, wanted=is_event_name), None) is not None
    except TooManyFiles:
        return False


TENSORBOARD = Reader(
    _holds_events,
    lambda path: read_log_folder(path) if path.is_dir() else read_event_file(path),
)
