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
from hirise.files import append_text, disk_errors, write_json, write_whole
from hirise.runs.folder import Run, predictions_file, read_run
from hirise.runs.info import FORMAT, INFO_FILE, Status, read_document
from hirise.runs.process import this_process
from hirise.runs.tables import HISTORY_COLUMNS, PREDICTED_COUNTS_COLUMNS, RIGHT_COLUMNS

JOB = "HIRISE_JOB"
"""Environment variable that names the job which this process carries out."""

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
        none, also some of `RIGHT_COLUMNS`.
        """
        unknown = set(row) - set(HISTORY_COLUMNS) - set(RIGHT_COLUMNS)
        if unknown:
            raise ValueError(f"`row` has unknown columns: {sorted(unknown)}.")
        right = RIGHT_COLUMNS if set(row) & set(RIGHT_COLUMNS) else ()
        columns = (*HISTORY_COLUMNS, *right)
        cells = [row.get(name, "") for name in columns]
        self._append("history.csv", columns, [cells])

    def append_predicted_counts(self, frame: pd.DataFrame) -> None:
        """Add rows of columns `epoch`, `split`, `class_name`, `n`."""
        rows = frame[list(PREDICTED_COUNTS_COLUMNS)].to_numpy(dtype=object).tolist()
        self._append("predicted_counts.csv", PREDICTED_COUNTS_COLUMNS, rows)

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
    """
    now = datetime.now().astimezone()
    title = checked_title(title)
    with disk_errors(artifacts):
        artifacts.mkdir(parents=True, exist_ok=True)
        folder = _new_folder(artifacts, new_id(title, now))
    document = {
        "format": FORMAT,
        "id": folder.name,
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
    write_json(folder / INFO_FILE, document)
    return RunWriter(folder)


def amend_info(folder: Path, changes: Mapping[str, Any]) -> None:
    """Read `run.json`, change some keys and write it whole; unknown keys survive."""
    path = folder / INFO_FILE
    write_json(path, {**read_document(path), **changes})


def checked_title(title: str) -> str:
    """`title` without outer space; refused when empty, long or of several lines."""
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
    """
    path, base = path.resolve(), artifacts.resolve().parent
    for ups, around in enumerate([base, *base.parents][:3]):
        if path.is_relative_to(around) and around != Path(around.anchor):
            return Path(*[".."] * ups, path.relative_to(around)).as_posix()
    home = Path.home().resolve()
    if path.is_relative_to(home):
        return (Path("~") / path.relative_to(home)).as_posix()
    return path.as_posix()


def _new_folder(artifacts: Path, name: str) -> Path:
    for number in range(1, 1000):
        folder = artifacts / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise InputError(f"{artifacts}: holds a thousand runs called {name} already.")


def new_id(title: str, now: datetime) -> str:
    """The id of a run called `title` and made `now`, should it be free."""
    return f"{now:%Y%m%d-%H%M%S}-{_slug(title)}"


def _slug(title: str) -> str:
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "-".join(words)[:40].strip("-") or "run"


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
