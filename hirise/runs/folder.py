"""Reading run folders: one, by name, or all of them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import pandas as pd

from hirise.errors import InputError, nearest, unreadable
from hirise.files import TEMPORARY, read_json
from hirise.runs.examples import (
    example_places,
    examples_hidden,
    is_example,
    replay_places,
)
from hirise.runs.info import INFO_FILE, RunInfo, parse_info, read_document
from hirise.runs.process import is_alive
from hirise.runs.tables import (
    HISTORY_COLUMNS,
    LAYER_STATS,
    LAYER_STATS_COLUMNS,
    PREDICTED_COUNTS_COLUMNS,
    read_growing,
)

IMAGE_FEATURES = "image_features.parquet"
OWN_IMAGES = "images"
"""Folder of the images of a recording that came as arrays."""
MODEL, TORCH_MODEL = "model.keras", "model.pt2"
_WATCHED = (
    INFO_FILE,
    "history.csv",
    "predicted_counts.csv",
    "labels_seen.parquet",
    "activations.json",
    IMAGE_FEATURES,
)
_SPLIT_ORDER = ("train", "val", "test")


@dataclass(frozen=True)
class Run:
    """A run folder with the `info` it had when read; tables are read when asked for."""

    folder: Path
    info: RunInfo

    def history(self) -> pd.DataFrame:
        """One row per epoch; columns of `HISTORY_COLUMNS`, then any others.

        `epoch` counts from 1; `seconds` is the time of that epoch alone. Empty, with
        the right columns, before the first epoch ends or if there is none.
        """
        return read_growing(self.folder / "history.csv", HISTORY_COLUMNS)

    def predicted_counts(self) -> pd.DataFrame:
        """How predicted labels spread: columns `epoch`, `split`, `class_name`, `n`."""
        path = self.folder / "predicted_counts.csv"
        return read_growing(path, PREDICTED_COUNTS_COLUMNS)

    def layer_stats(self) -> pd.DataFrame:
        """Gradients, updates and dead units by `epoch` and `layer`, as recorded."""
        return read_growing(self.folder / LAYER_STATS, LAYER_STATS_COLUMNS)

    def splits(self) -> tuple[str, ...]:
        """Names of the splits with predictions: train, val, test, then others."""
        files = (self.folder / "predictions").glob("*.parquet")
        names = [unquote(f.stem) for f in files if not f.name.startswith(TEMPORARY)]
        known = [name for name in _SPLIT_ORDER if name in names]
        return (*known, *sorted(set(names) - set(known)))

    def choose_split(self, split: str | None = None) -> str:
        """`split` if there are predictions of it; by default val, test or the only one.

        Raises
        ------
        InputError
            If there is no such split, or it is not clear which.
        """
        # Loads the readers of tables, which most uses of a run do without.
        from hirise.predictions import choose_split

        return choose_split(list(self.splits()), split, where=f"run {self.info.id}")

    def predictions_path(self, split: str) -> Path:
        """Where the predictions of `split` are, or would be."""
        return self.folder / "predictions" / predictions_file(split)

    def labels_seen(self) -> pd.DataFrame | None:
        """The labels that the network got, in file order: `image`, `split`, `label`."""
        return self._table("labels_seen.parquet")

    def catalog(self) -> pd.DataFrame | None:
        """The catalog's table as it was at training, with `split` filled in."""
        return self._table("catalog.parquet")

    def image_features(self) -> pd.DataFrame | None:
        """Hashes and texture of the images; see `hirise.data.features`."""
        path = self.folder / IMAGE_FEATURES
        if not path.is_file():
            return None
        # Loads the readers of images, which most uses of a run do without.
        from hirise.data.features import read_image_features

        return read_image_features(path)

    def activations(self) -> dict[str, Any] | None:
        """What the layers did with a few images; see docs/run-folder.md."""
        path = self.folder / "activations.json"
        return read_document(path) if path.is_file() else None

    def progress(self) -> dict[str, Any] | None:
        """Of a training: `epoch`, `epochs`, `batch`, `batches` done, `seconds_left`."""
        try:
            return dict(read_json(self.folder / "progress.json"))
        except (OSError, ValueError, TypeError):
            return None

    @cached_property
    def dataset_path(self) -> Path | None:
        """The dataset's folder as an absolute path, whether or not it still exists.

        It is the folder of the images that the run itself keeps where it keeps some.
        """
        if (self.folder / OWN_IMAGES).is_dir():
            return (self.folder / OWN_IMAGES).resolve()
        return self._absolute((self.info.dataset or {}).get("path"))

    @property
    def label_column(self) -> str | None:
        """The column of the dataset's labels that was chosen; None for none."""
        return (self.info.dataset or {}).get("label_column")

    @cached_property
    def model_path(self) -> Path | None:
        """The model that made the predictions, whether or not it still exists.

        It is `model.keras` or `model.pt2` in the folder where there is one.
        """
        for name in (MODEL, TORCH_MODEL):
            if (self.folder / name).is_file():
                return self.folder / name
        return self._absolute((self.info.model or {}).get("path"))

    def _absolute(self, text: str | None) -> Path | None:
        """A path that `portable_path` made, as an absolute one."""
        if not text:
            return None
        # Paths are relative to the folder around `artifacts`.
        base = self.folder.resolve().parent.parent
        # `~user` may name nobody here; `portable_path` writes none.
        path = Path(text).expanduser() if text.startswith("~/") else Path(text)
        return Path(os.path.normpath(base / path))

    @property
    def stamp(self) -> tuple[Any, ...]:
        """Changes whenever what can be read from the folder changes; for caches."""
        paths = [self.folder / name for name in _WATCHED]
        for inner in ("predictions", "saliency"):
            # A file that is still being written has a name with a dot in front.
            paths += sorted((self.folder / inner).glob("[!.]*.parquet"))
        paths += sorted((self.folder / "experiments").glob("[!.]*.json"))
        # A killed training changes no file, but its status is read as interrupted.
        return (str(self.folder), self.info.status, *map(_mark, paths))

    @property
    def is_example(self) -> bool:
        """Whether the run came with hirise: it can be hidden, not changed."""
        return is_example(self.folder)

    @property
    def size_bytes(self) -> int:
        """Disk space that the folder's files take."""
        return sum(
            _size(f"{folder}{os.sep}{name}")
            for folder, _, names in os.walk(self.folder)
            for name in names
        )

    def _table(self, name: str) -> pd.DataFrame | None:
        path = self.folder / name
        if not path.exists():
            return None
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise unreadable(error, where=path) from error


class RunList(NamedTuple):
    """The runs that can be read, newest first, and one line per folder that cannot."""

    runs: list[Run]
    problems: list[str]


def predictions_file(split: str) -> str:
    """The file name for a split's predictions; any text is a possible split name.

    Examples
    --------
    >>> predictions_file("val"), predictions_file("a/b")
    ('val.parquet', 'a%2Fb.parquet')
    """
    return f"{quote(split, safe=' ')}.parquet"


def read_run(folder: Path) -> Run:
    """Read one run folder.

    Raises
    ------
    InputError
        If `run.json` is absent, broken or of a newer format.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     read_run(writer.folder).info.title
    'Small'
    """
    path = folder / INFO_FILE
    if not _is_there(path):
        raise InputError(
            f"This is not a run folder: it holds no {INFO_FILE}.",
            where=folder,
            how="Name the folder of one run.",
        )
    info = parse_info(read_document(path), path)
    if info.status == "training" and not is_alive(info, folder):
        info = replace(info, status="interrupted")
    return Run(folder=folder, info=info)


def load_run(run: str | Path, *, artifacts: str | Path = "artifacts") -> Run:
    """A run by its id, the beginning of its id, or its folder; see `find_run`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     load_run(writer.id[:15], artifacts=folder).info.title
    'Small'
    """
    return find_run(Path(artifacts), str(run))


def list_runs(artifacts: str | Path = "artifacts") -> RunList:
    """All runs in `artifacts`, and the examples; never fails on a broken one.

    Examples lie in `artifacts` too, or came with hirise. They are left out where
    `hide_examples` was called.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run, hide_examples
    >>> with TemporaryDirectory() as folder:
    ...     for title in ("First", "Second"):
    ...         _ = create_run(Path(folder), title=title, class_names=["a", "b"])
    ...     hide_examples(Path(folder))
    ...     [run.info.title for run in list_runs(folder).runs]
    ['Second', 'First']
    """
    artifacts = Path(artifacts)
    listed = RunList(runs=[], problems=[])
    hidden = examples_hidden(artifacts)
    for folder in _run_folders(artifacts):
        if hidden and is_example(folder):
            continue
        try:
            listed.runs.append(read_run(folder))
        except InputError as error:
            listed.problems.append(str(error))
    listed.runs.sort(key=lambda run: (run.info.created, run.info.id), reverse=True)
    return listed


def find_run(artifacts: Path, name: str) -> Run:
    """The run `name`: its id, the beginning of one id, or a folder's path.

    The runs of the replay that ships are found too, though no list holds them.

    Raises
    ------
    InputError
        If there is none, or more than one, or it cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     find_run(Path(folder), writer.id).info.title
    'Small'
    """
    folders = _run_folders(artifacts)
    for candidates in (folders, _folders_in(replay_places(artifacts))):
        exact = [folder for folder in candidates if folder.name == name]
        begun = [
            folder for folder in candidates if name and folder.name.startswith(name)
        ]
        if len(exact or begun) == 1:
            return read_run((exact or begun)[0])
        if begun:
            listed = ", ".join(folder.name for folder in begun[:3])
            raise InputError(
                f"`{name}` begins {len(begun)} run ids in {artifacts} ({listed}, …).",
                how="Give more of the id.",
            )
    if name and Path(name).is_dir():
        return read_run(Path(name))
    hint = nearest(name, [folder.name for folder in folders])
    raise InputError(
        f"There is no run `{name}` in {artifacts}.{hint}",
        how="`hirise runs` lists the runs there.",
    )


def find_replayed(artifacts: Path, name: str) -> Run | None:
    """The run with the id `name` of the replay that ships; None if there is none."""
    folders = _folders_in(replay_places(artifacts))
    return next((read_run(folder) for folder in folders if folder.name == name), None)


def _run_folders(artifacts: Path) -> list[Path]:
    """Folders that hold a `run.json`, sorted by name, each name once."""
    try:
        return _folders_in([*example_places(artifacts), artifacts])
    except OSError as error:
        raise unreadable(error, where=artifacts, how="Change its rights.") from error


def _folders_in(places: list[Path]) -> list[Path]:
    """Run folders in `places`; of two with one name, that of the later place."""
    folders = {
        folder.name: folder
        for place in places
        if place.is_dir()
        for folder in place.iterdir()
        if _is_there(folder / INFO_FILE)
    }
    return [folders[name] for name in sorted(folders)]


def _is_there(path: Path) -> bool:
    """Whether there is such a file, or a folder that does not tell."""
    try:
        return path.is_file()
    except OSError:
        return True


def _mark(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


def _size(path: str) -> int:
    """Bytes of a plain file; a link takes none."""
    try:
        status = os.lstat(path)
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
