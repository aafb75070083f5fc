"""Which runs belong to one replay of the blog's exercises: `replay.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from hirise.errors import InputError
from hirise.runs.disk import disk_errors, write_json
from hirise.runs.folder import Run, read_run
from hirise.runs.settings import examples_hidden
from hirise.runs.shipped import replay_places

FORMAT = 1
REPLAY_FILE = "replay.json"

Labels = Literal["recorded", "right"]


@dataclass(frozen=True)
class ReplayedRun:
    """One exercise of a replay.

    Attributes
    ----------
    exercise : str
        Its key, such as `3` or `final`.
    labels : {"recorded", "right"}
        As the blog's calls paired them with the images, or as they are.
    run : str
        The run's id.
    test_accuracy : float or None
        On the test images, whose labels were right in either case.
    """

    exercise: str
    labels: Labels
    run: str
    test_accuracy: float | None = None


@dataclass(frozen=True)
class Replay:
    """One replay: what it was asked for, and the runs that are done.

    Attributes
    ----------
    id : str
        Its time, `YYYYMMDD-HHMMSS`.
    data : str
        The dataset's folder, as run folders keep paths.
    epochs, n_images : int
        Epochs per exercise; images in all, test images included.
    runs : tuple of ReplayedRun
        In the order in which they were done.
    """

    id: str
    data: str
    epochs: int
    n_images: int
    runs: tuple[ReplayedRun, ...] = field(default=())


@dataclass(frozen=True)
class FoundReplay:
    """A replay, and the folder that its runs lie in.

    Attributes
    ----------
    replay : Replay
    folder : Path
    shipped : bool
        Whether it came with hirise.
    """

    replay: Replay
    folder: Path
    shipped: bool = False

    def exercises(self) -> tuple[str, ...]:
        """The keys of its exercises, each once, in the order they were done in."""
        return tuple(dict.fromkeys(one.exercise for one in self.replay.runs))

    def entry(self, exercise: str, labels: Labels) -> ReplayedRun | None:
        """What the replay says of one of its trainings; None if it was not done."""
        return next(
            (
                one
                for one in self.replay.runs
                if (one.exercise, one.labels) == (exercise, labels)
            ),
            None,
        )

    def run(self, exercise: str, labels: Labels = "recorded") -> Run | None:
        """One of its runs; None if it was not done, or cannot be read any more."""
        entry = self.entry(exercise, labels)
        # A replay file from elsewhere names nothing but runs beside it.
        if entry is None or Path(entry.run).name != entry.run:
            return None
        try:
            return read_run(self.folder / entry.run)
        except InputError:
            return None


def find_replays(artifacts: Path) -> tuple[FoundReplay, ...]:
    """One's own replays, newest first, then the one that ships unless it is hidden.

    Raises
    ------
    InputError
        If a `replay.json` cannot be read.
    """
    own = [FoundReplay(one, artifacts) for one in read_replays(artifacts)]
    places = () if examples_hidden(artifacts) else replay_places(artifacts)
    shipped = {
        one.id: FoundReplay(one, place, shipped=True)
        for place in places
        for one in read_replays(place)
    }
    return (
        *sorted(own, key=lambda one: one.replay.id, reverse=True),
        *shipped.values(),
    )


def read_replays(artifacts: Path) -> tuple[Replay, ...]:
    """The replays in an artifacts folder, oldest first; runs may be deleted since.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    path = artifacts / REPLAY_FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}).") from error
    try:
        if document["format"] != FORMAT:
            raise InputError(f"{path}: has another format than {FORMAT}.")
        return tuple(_replay(one) for one in document["replays"])
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: is not as `hirise replay` writes it. Restore it, or delete it."
        ) from error


def write_replay(artifacts: Path, replay: Replay) -> None:
    """Add `replay`, or put it in the place of the one with its id."""
    with disk_errors(artifacts):
        artifacts.mkdir(parents=True, exist_ok=True)
    kept = {one.id: one for one in read_replays(artifacts)} | {replay.id: replay}
    replays = [asdict(one) for one in kept.values()]
    write_json(artifacts / REPLAY_FILE, {"format": FORMAT, "replays": replays})


def _replay(document: Mapping[str, Any]) -> Replay:
    runs = tuple(
        ReplayedRun(
            exercise=str(one["exercise"]),
            labels="right" if one["labels"] == "right" else "recorded",
            run=str(one["run"]),
            test_accuracy=one.get("test_accuracy"),
        )
        for one in document["runs"]
    )
    return Replay(
        id=str(document["id"]),
        data=str(document["data"]),
        epochs=int(document["epochs"]),
        n_images=int(document["n_images"]),
        runs=runs,
    )
