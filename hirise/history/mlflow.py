"""MLflow's run folders: a file per metric, with a line `timestamp value step` each."""

from __future__ import annotations

import re
from array import array
from pathlib import Path

import numpy as np

from hirise.errors import InputError
from hirise.history.epochs import Points
from hirise.history.names import is_epoch
from hirise.history.source import (
    MOST_POINTS,
    Logged,
    Reader,
    Source,
    TooManyFiles,
    check_link,
    plain_files,
    several_trainings,
)

FOLDER = "metrics"
_ABOUT = "meta.yaml"
_LINE = re.compile(rb"-?\d+ \S+( -?\d+( .*)?)?\s*")
_LONGEST_LINE = 2_000


def metric_folders(folder: Path) -> list[Path]:
    r"""The folders of metrics at `folder`: of a run, or of all below an experiment.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     metrics = Path(folder, "metrics")
    ...     metrics.mkdir()
    ...     _ = Path(metrics, "loss").write_text("1700000000000 0.5 1\n")
    ...     [found.name for found in metric_folders(Path(folder))]
    ['metrics']
    """
    check_link(folder / FOLDER, folder)
    if _holds_metrics(folder / FOLDER):
        return [folder / FOLDER]
    if folder.name == FOLDER and _holds_metrics(folder):
        return [folder]
    below = [*folder.glob(f"*/{FOLDER}"), *folder.glob(f"*/*/{FOLDER}")]
    inside = folder.resolve()
    return sorted(
        metrics
        for metrics in below
        if metrics.resolve().is_relative_to(inside)
        and _is_of_run(metrics)
        and _holds_metrics(metrics)
    )


def _is_of_run(folder: Path) -> bool:
    return (folder.parent / _ABOUT).is_file()


def _holds_metrics(folder: Path) -> bool:
    """Whether there are metrics, by the folder around them or the first line of one."""
    if not folder.is_dir():
        return False
    try:
        first = next(plain_files(folder), None)
    except TooManyFiles:
        return False
    if first is None:
        return False
    if _is_of_run(folder):
        return True
    with first.open("rb") as file:
        return _LINE.fullmatch(file.readline(_LONGEST_LINE)) is not None


def read_mlflow(folder: Path) -> Source:
    r"""The metrics of one run.

    Raises
    ------
    InputError
        Several runs, or a line that MLflow does not write.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     metrics = Path(folder, "metrics")
    ...     metrics.mkdir()
    ...     _ = Path(metrics, "loss").write_text("1 0.5 1\n2 0.25 2\n")
    ...     read_mlflow(Path(folder)).points("loss").values.tolist()
    [0.5, 0.25]
    """
    folders = metric_folders(folder)
    if len(folders) != 1:
        names = [found.parent.relative_to(folder).as_posix() for found in folders]
        raise several_trainings(folder, names, "metrics")
    (metrics,) = folders
    paths = {p.relative_to(metrics).as_posix(): p for p in plain_files(metrics)}
    return Source(
        "metrics",
        {name: Logged(name) for name in paths},
        lambda name: _points(paths[name]),
        epoch=next(filter(is_epoch, paths), ""),
    )


def _points(path: Path) -> Points:
    steps, values = array("q"), array("d")
    number, before = 0, b""
    with path.open("rb") as file:
        while line := file.readline(_LONGEST_LINE):
            number += 1
            if not line.endswith(b"\n") and number > 1 and not file.read(1):
                break  # it is still being written, or was cut off
            # A metric of a run and of its model stands there twice, to the millisecond.
            if not line.strip() or line == before:
                continue
            before = line
            if number > MOST_POINTS:
                raise InputError(
                    f"This has more than {MOST_POINTS:,} lines.",
                    where=path,
                    how="Log once per epoch.",
                )
            step, value = _parsed(path, line, number)
            steps.append(step)
            values.append(value)
    return Points(np.array(steps, np.int64), np.array(values, np.float64))


def _parsed(path: Path, line: bytes, number: int) -> tuple[int, float]:
    fields = line.split()
    try:
        if not _LINE.fullmatch(line):
            raise ValueError
        step = int(fields[2]) if len(fields) > 2 else 0
        # Python's whole numbers have no limit; those of `array` have.
        return max(-(2**40), min(step, 2**40)), float(fields[1])
    except ValueError as error:
        raise InputError(
            f"Line {number:,} is not `timestamp value step`, so this is not a metric "
            "of MLflow.",
            where=path,
            how="Copy the file again, or remove it from the folder.",
        ) from error


MLFLOW = Reader(lambda path: path.is_dir() and bool(metric_folders(path)), read_mlflow)
