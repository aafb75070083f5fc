"""Writing a run folder: every file appears whole, growing tables line by line."""

from __future__ import annotations

import csv
import io
import os
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from hirise.errors import InputError
from hirise.files import (
    append_text,
    disk_errors,
    held_lock,
    scratch_folder,
    write_json,
    write_whole,
)
from hirise.runs.examples import FOLDER as EXAMPLES
from hirise.runs.folder import Run, predictions_file, read_run
from hirise.runs.info import FORMAT, INFO_FILE, Status, read_document
from hirise.runs.process import this_process
from hirise.runs.tables import (
    HISTORY_COLUMNS,
    LAYER_STATS,
    LAYER_STATS_COLUMNS,
    PREDICTED_COUNTS_COLUMNS,
    RECORDED_COLUMNS,
    RIGHT_COLUMNS,
)

JOB = "HIRISE_JOB"
"""Environment variable that names the job which this process carries out."""

LOCK = ".lock"
"""Held while `run.json` is read, changed and written."""

_VERSIONS = ("hirise", "numpy", "pandas", "pyarrow")


class RunWriter:
    """Writes into one run folder; made by `create_run`.

    Every method raises `InputError` in one line when the disk is full or read-only.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def id(self) -> str:
        """The run's id, which is its folder's name."""
        return self.folder.name

    def read(self) -> Run:
        """The run as it now stands on disk."""
        return read_run(self.folder)

    def append_epoch(self, row: Mapping[str, float]) -> None:
        """Add an epoch to `history.csv`.

        `row` holds some or all of `HISTORY_COLUMNS`; in every epoch of a run, or in
        none, also some of `RIGHT_COLUMNS` or of `RECORDED_COLUMNS`.
        """
        groups = (RIGHT_COLUMNS, RECORDED_COLUMNS)
        unknown = set(row).difference(HISTORY_COLUMNS, *groups)
        if unknown:
            raise ValueError(f"`row` has unknown columns: {sorted(unknown)}.")
        used = [group for group in groups if set(row) & set(group)]
        columns = (*HISTORY_COLUMNS, *(name for group in used for name in group))
        cells = [row.get(name, "") for name in columns]
        self._append("history.csv", columns, [cells])

    def append_predicted_counts(self, frame: pd.DataFrame) -> None:
        """Add rows of columns `epoch`, `split`, `class_name`, `n`."""
        rows = frame[list(PREDICTED_COUNTS_COLUMNS)].to_numpy(dtype=object).tolist()
        self._append("predicted_counts.csv", PREDICTED_COUNTS_COLUMNS, rows)

    def append_layer_stats(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows that hold some or all of `LAYER_STATS_COLUMNS`."""
        cells = [[row.get(name, "") for name in LAYER_STATS_COLUMNS] for row in rows]
        self._append(LAYER_STATS, LAYER_STATS_COLUMNS, cells)

    def write_table(self, name: str, frame: pd.DataFrame) -> None:
        """Write `frame` as `name`, a path in the folder; .csv or .parquet."""
        if name.endswith(".csv"):
            self.write_file(name, lambda path: frame.to_csv(path, index=False))
        else:
            self.write_file(name, lambda path: frame.to_parquet(path, index=False))

    def write_json(self, name: str, document: Mapping[str, Any]) -> None:
        """Write `document` as `name`, a path in the folder."""
        write_json(self.folder / name, document)

    def write_predictions(self, split: str, write: Callable[[Path], object]) -> None:
        """Let `write`, such as `predictions.write`, make the file of a split."""
        self.write_file(f"predictions/{predictions_file(split)}", write)

    def write_file(self, name: str, write: Callable[[Path], object]) -> None:
        """Let `write(path)` make a file, which then appears as `name`, whole."""
        with disk_errors(self.folder):
            write_whole(self.folder / name, write)

    def log(self, line: str) -> None:
        """Add a line, with the time, to `log.txt`."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        with disk_errors(self.folder):
            append_text(self.folder / "log.txt", f"{now} {line}\n")

    def update(self, **changes: Any) -> None:
        """Change keys of `run.json`, leaving the others as they are on disk."""
        amend_info(self.folder, changes)

    def finish(self, status: Status, **changes: Any) -> None:
        """Set the last `status` (and other keys); the process is no longer named."""
        gone = dict.fromkeys(this_process())
        self.update(**changes, **gone, status=status)
        with disk_errors(self.folder):
            (self.folder / "progress.json").unlink(missing_ok=True)

    def _append(
        self, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        path = self.folder / name
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        with disk_errors(self.folder):
            if not path.exists() or not path.stat().st_size:
                lines.writerow(columns)
            lines.writerows(rows)
            append_text(path, text.getvalue())


def create_run(
    artifacts: Path,
    *,
    title: str,
    class_names: Sequence[str],
    recipe: Mapping[str, Any] | None = None,
    dataset: Mapping[str, Any] | None = None,
    seed: int | None = None,
    status: Status = "training",
    packages: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> RunWriter:
    """Make a new run folder in `artifacts`; it can be read at once.

    Parameters
    ----------
    artifacts : Path
        Made if absent.
    title : str
        What people call the run; its letters and digits go into the id.
    class_names : sequence of str
        In the order of the label ids.
    recipe, dataset, seed
        See `RunInfo`; `dataset["path"]` should come from `portable_path`.
    status : str
        `training` also records this process, so that a killed one is noticed.
    packages : sequence of str
        Packages whose versions are recorded beside those of hirise's own core.

    Raises
    ------
    InputError
        If the folder cannot be made, or `title` is empty or of several lines.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     writer.append_epoch({"epoch": 1, "loss": 0.9})
    ...     writer.finish("finished")
    ...     run = writer.read()
    ...     run.info.status, run.history()["loss"].tolist()
    ('finished', [0.9])
    """
    now = datetime.now().astimezone()
    title = check_title(title)
    document = {
        "format": FORMAT,
        "id": "",
        "title": title,
        "created": now.isoformat(timespec="milliseconds"),
        "status": status,
        "class_names": list(class_names),
        "recipe": recipe,
        "dataset": dataset,
        "versions": _versions((*_VERSIONS, *packages)),
        "seed": seed,
        "seconds": None,
        "error": None,
        "notes": list(notes),
        "note": "",
        "job": os.environ.get(JOB),
        **(this_process() if status == "training" else {}),
    }
    with disk_errors(artifacts), scratch_folder(artifacts) as beside:
        (beside / "run").mkdir()
        write_json(beside / "run" / INFO_FILE, document)
        return RunWriter(place_run(beside / "run", artifacts, new_id(title, now)))


def place_run(folder: Path, artifacts: Path, name: str) -> Path:
    """Move a run folder into `artifacts`, under the id `name` or a free one like it."""
    for number in range(1, 1000):
        place = artifacts / (name if number == 1 else f"{name}-{number}")
        # Runs are found by their id, so it must not be that of an example either.
        if place.exists() or (artifacts / EXAMPLES / place.name).exists():
            continue
        amend_info(folder, {"id": place.name})
        try:
            return folder.rename(place)
        except OSError:
            if not place.exists():  # else another process was quicker
                raise
    raise InputError(
        f"This holds a thousand runs called {name} already.",
        where=artifacts,
        how="Delete some, or choose another title.",
    )


def amend_info(folder: Path, changes: Mapping[str, Any]) -> None:
    """Read `run.json`, change some keys and write it whole; unknown keys survive.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     amend_info(writer.folder, {"seed": 7})
    ...     writer.read().info.seed
    7
    """
    path = folder / INFO_FILE
    read_document(path)  # a lock would make the folder of a deleted run anew
    with (
        disk_errors(folder),
        held_lock(folder / LOCK, what="A change of this run", patience=10),
    ):
        write_json(path, {**read_document(path), **changes})


def check_title(title: str) -> str:
    """`title` without outer space; refused when empty, long or of several lines.

    Examples
    --------
    >>> check_title("  Small network ")
    'Small network'
    """
    title = title.strip()
    if not title or len(title) > 120 or not title.isprintable():
        raise InputError(
            "A run's title must be one line of 1 to 120 characters, "
            f"got {title[:130]!r}."
        )
    return title


def portable_path(path: Path, artifacts: Path) -> str:
    """`path` as a run folder keeps it: no more of this machine in it than needed.

    Relative to the folder around `artifacts` where both lie close to each other, else
    under `~` where it lies there, else absolute. Always with `/`.

    Examples
    --------
    >>> portable_path(Path("data/mars"), Path("artifacts"))
    'data/mars'
    """
    path, base = path.resolve(), artifacts.resolve().parent
    for ups, around in enumerate([base, *base.parents][:3]):
        # Everything is relative to the root, and no longer portable.
        if path.is_relative_to(around) and around != Path(around.anchor):
            return Path(*[".."] * ups, path.relative_to(around)).as_posix()
    home = Path.home().resolve()
    if path.is_relative_to(home):
        return (Path("~") / path.relative_to(home)).as_posix()
    return path.as_posix()


def new_id(title: str, now: datetime) -> str:
    """The id of a run called `title` and made `now`, should it be free.

    Examples
    --------
    >>> new_id("Small network, τ = 1", datetime(2026, 11, 30, 12, 0, 5))
    '20261130-120005-small-network-1'
    """
    return f"{now:%Y%m%d-%H%M%S}-{_slug(title)}"


def _slug(title: str) -> str:
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "-".join(words)[:40].strip("-") or "run"


def _versions(packages: Sequence[str]) -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in packages:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions
