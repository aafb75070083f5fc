"""Replays of the blog's exercises: which runs belong to them, scores and labels."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import pandas as pd

from hirise.errors import InputError, unreadable
from hirise.files import disk_errors, read_json, write_json
from hirise.mars.blog import published
from hirise.runs.examples import examples_hidden, replay_places
from hirise.runs.folder import Run, read_run

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
    """One replay: its settings, and the runs that are done.

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
    runs: tuple[ReplayedRun, ...] = ()


@dataclass(frozen=True)
class _ReplayFile:
    """The contents of `replay.json`."""

    format: Literal[1]
    replays: tuple[Replay, ...]


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
        return tuple(dict.fromkeys(run.exercise for run in self.replay.runs))

    def to_dict(self) -> dict[str, Any]:
        """The replay as `hirise replay --list --json` prints it."""
        scores = self.scores()
        plain = scores.astype(object).where(scores.notna(), None)
        return asdict(self.replay) | {
            "shipped": self.shipped,
            "scores": plain.to_dict("records"),
        }

    def entry(self, exercise: str, labels: Labels) -> ReplayedRun | None:
        """One of its trainings in `replay.json`; None if it was not done."""
        return next(
            (
                run
                for run in self.replay.runs
                if (run.exercise, run.labels) == (exercise, labels)
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

    def scores(self) -> pd.DataFrame:
        """One row per exercise, in the order of the replay; NaN where a run is absent.

        Returns
        -------
        DataFrame
            `exercise`; `val_accuracy`, by the labels that Keras paired, and
            `right_val_accuracy`, of the same predictions by the correct labels;
            `retrained_val_accuracy`, of the network trained with the correct labels;
            `test_accuracy` and `retrained_test_accuracy`; `majority_share`, of the
            largest class among the correct validation labels;
            `published_val_accuracy`, that of the blog.
            All but the first are fractions.
        """
        rows = [_row(self, exercise) for exercise in self.exercises()]
        return pd.DataFrame(rows, columns=COLUMNS)


def find_replays(artifacts: Path) -> tuple[FoundReplay, ...]:
    """The user's own replays, newest first, then the shipped one unless it is hidden.

    Raises
    ------
    InputError
        If a `replay.json` cannot be read.
    """
    own = [FoundReplay(replay, artifacts) for replay in read_replays(artifacts)]
    places = () if examples_hidden(artifacts) else replay_places(artifacts)
    shipped = {
        replay.id: FoundReplay(replay, place, shipped=True)
        for place in places
        for replay in read_replays(place)
    }
    return (
        *sorted(own, key=lambda found: found.replay.id, reverse=True),
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
    how = "Restore it, or delete it."
    try:
        return msgspec.convert(read_json(path), _ReplayFile).replays
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise unreadable(error, where=path, how=how) from error
    except (msgspec.ValidationError, RecursionError) as error:
        raise InputError(
            f"This file is not in the format that `hirise replay` writes ({error}).",
            where=path,
            how=how,
        ) from error


def write_replay(artifacts: Path, replay: Replay) -> None:
    """Add `replay`, or replace the one with its id.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> replay = Replay(
    ...     id="20261130-120000", data="mars", epochs=2, n_images=100, runs=()
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     write_replay(Path(folder), replay)
    ...     [replay.id for replay in read_replays(Path(folder))]
    ['20261130-120000']
    """
    with disk_errors(artifacts):
        artifacts.mkdir(parents=True, exist_ok=True)
    by_id = {old.id: old for old in read_replays(artifacts)} | {replay.id: replay}
    replays = [asdict(entry) for entry in by_id.values()]
    write_json(artifacts / REPLAY_FILE, {"format": FORMAT, "replays": replays})


COLUMNS = (
    "exercise",
    "val_accuracy",
    "right_val_accuracy",
    "retrained_val_accuracy",
    "test_accuracy",
    "retrained_test_accuracy",
    "majority_share",
    "published_val_accuracy",
)


def last_epoch(run: Run | None, column: str) -> float:
    """A column of `history.csv` in the last epoch; NaN where there is none.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     for epoch, accuracy in ((1, 0.5), (2, 0.7)):
    ...         writer.append_epoch({"epoch": epoch, "val_accuracy": accuracy})
    ...     last_epoch(writer.read(), "val_accuracy")
    0.7
    """
    history = pd.DataFrame() if run is None else run.history()
    return (
        float(history[column].iloc[-1])
        if column in history and len(history)
        else math.nan
    )


def largest_class(run: Run | None, split: str = "val") -> tuple[str, float] | None:
    """The largest class by the correct labels of a split, and its frequency, if known.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> catalog = pd.DataFrame({"split": "val", "class_name": ["a", "a", "a", "b"]})
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     writer.write_table("catalog.parquet", catalog)
    ...     largest_class(writer.read())
    ('a', 0.75)
    """
    catalog = None if run is None else run.catalog()
    if catalog is None or not (catalog["split"] == split).any():
        return None
    names = catalog.loc[catalog["split"] == split, "class_name"]
    frequencies = names.value_counts(normalize=True)
    return str(frequencies.index[0]), float(frequencies.iloc[0])


def _row(replay: FoundReplay, exercise: str) -> dict[str, object]:
    recorded, right = replay.run(exercise), replay.run(exercise, "right")
    blog, largest = published(exercise), largest_class(recorded or right)
    return {
        "exercise": exercise,
        "val_accuracy": last_epoch(recorded, "val_accuracy"),
        "right_val_accuracy": last_epoch(recorded, "right_val_accuracy"),
        "retrained_val_accuracy": last_epoch(right, "val_accuracy"),
        "test_accuracy": _tested(replay, exercise, "recorded"),
        "retrained_test_accuracy": _tested(replay, exercise, "right"),
        "majority_share": math.nan if largest is None else largest[1],
        "published_val_accuracy": math.nan if blog is None else blog.val,
    }


def _tested(replay: FoundReplay, exercise: str, labels: Labels) -> float:
    entry = replay.entry(exercise, labels)
    tested = None if entry is None else entry.test_accuracy
    return math.nan if tested is None else tested


LABEL_COLUMNS = ("image", "label_seen", "right_label")


def paired_labels(run: Run, split: str) -> pd.DataFrame:
    """The images of a split with both labels, as class names.

    Returns
    -------
    DataFrame
        `image`, `label_seen`, `right_label`, in the order of the file names; empty
        where the run did not keep both.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> seen = pd.DataFrame({"image": ["a.jpg"], "split": ["val"], "label": [1]})
    >>> catalog = pd.DataFrame({"image": ["a.jpg"], "class_name": ["crater"]})
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(
    ...         Path(folder), title="Small", class_names=["crater", "dune"]
    ...     )
    ...     writer.write_table("labels_seen.parquet", seen)
    ...     writer.write_table("catalog.parquet", catalog)
    ...     paired_labels(writer.read(), "val").to_dict("records")
    [{'image': 'a.jpg', 'label_seen': 'dune', 'right_label': 'crater'}]
    """
    seen, catalog = run.labels_seen(), run.catalog()
    if seen is None or catalog is None:
        return pd.DataFrame({name: [] for name in LABEL_COLUMNS}, dtype="str")
    rows = seen[seen["split"] == split].merge(
        catalog[["image", "class_name"]], on="image"
    )
    names = dict(enumerate(run.info.class_names))
    table = rows.assign(
        label_seen=rows["label"].map(names), right_label=rows["class_name"]
    )
    return table[list(LABEL_COLUMNS)].dropna().reset_index(drop=True)
