"""TensorBoard's event files and log folders: of Keras, PyTorch and others."""

from __future__ import annotations

from array import array
from collections import defaultdict
from pathlib import Path

import numpy as np

from hirise.errors import InputError
from hirise.history.epochs import Points, is_side, side_of
from hirise.history.event_files import CutShort, read_scalars
from hirise.history.source import MOST_POINTS, Logged, Source, event_files, one_of

_MOST_TAGS = 10_000


class _Curves:
    """The points of one training, by folder and tag; of what is not ours, names."""

    def __init__(self) -> None:
        self.logged: dict[str, Logged] = {}
        self.steps: dict[str, array[int]] = {}
        self.values: dict[str, array[float]] = {}
        self.notes: list[str] = []
        self.n_points = 0

    def read(self, path: Path, folder: str) -> None:
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
                            f"{path}: the curves have more than {MOST_POINTS:,} "
                            f"values. Log once per epoch, or give one training."
                        )
        except CutShort as cut:
            # So is every file that is being written; what is whole is told.
            if not any(name in self.steps for name in names.values()):
                raise
            self.notes.append(str(cut).split(". ", 1)[0] + ", which is left out.")

    def _add(self, path: Path, logged: Logged) -> str:
        name = f"{logged.folder}/{logged.tag}" if logged.folder else logged.tag
        if len(self.logged) >= _MOST_TAGS:
            raise InputError(
                f"{path}: holds more than {_MOST_TAGS:,} tags. Give the log folder of "
                f"one training."
            )
        self.logged[name] = logged
        if logged.meaning is not None:
            self.steps.setdefault(name, array("q"))
            self.values.setdefault(name, array("d"))
        return name

    def source(self) -> Source:
        logged = {
            name: one
            for name, one in self.logged.items()
            if one.meaning is None or len(self.steps[name])
        }
        return Source("tags", logged, self._points, notes=tuple(self.notes))

    def _points(self, name: str) -> Points:
        return Points(
            np.array(self.steps[name], dtype=np.int64),
            np.array(self.values[name], dtype=np.float64),
        )

    @property
    def holds_curves(self) -> bool:
        return any(map(len, self.steps.values()))


def read_event_file(path: Path) -> Source:
    """The curves of one event file; the folder it lies in may tell their side."""
    parent = path.absolute().parent.name
    curves = _Curves()
    curves.read(path, parent if is_side(parent) else "")
    return curves.source()


def read_log_folder(folder: Path) -> Source:
    """The curves of a log folder; `train` and `validation` below it are one training.

    Raises
    ------
    InputError
        A file that cannot be read, or several trainings.
    """
    trainings: dict[str, _Curves] = defaultdict(_Curves)
    name = folder.absolute().name
    outer = name if is_side(name) else ""
    for path in event_files(folder):
        place = path.parent.relative_to(folder)
        own = place.name if side_of(place.name) else ""
        training = place.parent if own else place
        if path.stat().st_size:
            trainings[training.as_posix()].read(path, own or outer)
    found = {name: one for name, one in trainings.items() if one.holds_curves}
    if len(found) > 1 and "." not in found:
        raise one_of(folder, list(found), "event files")
    chosen = found.get(".") or next(iter(found.values()), None) or _any(trainings)
    return chosen.source()


def _any(trainings: dict[str, _Curves]) -> _Curves:
    return next(iter(trainings.values()), _Curves())
