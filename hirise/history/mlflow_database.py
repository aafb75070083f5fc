"""MLflow's `mlflow.db`: the metrics of one run in an SQLite file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from hirise.errors import InputError
from hirise.history.epochs import Points
from hirise.history.names import is_epoch, meaning_of
from hirise.history.source import (
    MOST_POINTS,
    Logged,
    Reader,
    Source,
    several_trainings,
)

NAME = "mlflow.db"
_MAGIC = b"SQLite format 3\0"
_MOST_RUNS = 1_000
_MOST_METRICS = 10_000
_STEPS = 50_000_000
"""Instructions of SQLite that one reading may take; a second or two."""
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_RUNS = """
    SELECT run_uuid, name FROM runs WHERE lifecycle_stage = 'active'
    AND run_uuid IN (SELECT run_uuid FROM latest_metrics)
    ORDER BY start_time LIMIT ?
"""
_KEYS = "SELECT key FROM latest_metrics WHERE run_uuid = ? ORDER BY key LIMIT ?"
_POINTS = """
    SELECT step, CASE WHEN is_nan THEN NULL ELSE value END FROM metrics
    WHERE run_uuid = ? AND key = ? ORDER BY timestamp, step LIMIT ?
"""


def database_at(path: Path) -> Path | None:
    """The database that `path` is, or that a folder holds as `mlflow.db`.

    Examples
    --------
    >>> database_at(Path("nowhere")) is None
    True
    """
    file = path / NAME if path.is_dir() else path
    if file.is_symlink() or not file.is_file():
        return None
    try:
        with file.open("rb") as opened:
            return file if opened.read(len(_MAGIC)) == _MAGIC else None
    except OSError:
        return None


def read_database(path: Path) -> Source:
    """The metrics of the one run in a database that has curves.

    Raises
    ------
    InputError
        Several runs with curves, none, or a file that MLflow did not write.

    Examples
    --------
    >>> read_database(Path("nowhere"))
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: nowhere: This is not a database of MLflow. Give its
    mlflow.db, or a run folder below mlruns.
    """
    file = database_at(path)
    if file is None:
        raise _no_database(path)
    try:
        with closing(_opened(file)) as database:
            return _source(file, database)
    except sqlite3.Error as error:
        raise _no_database(file) from error


def _no_database(path: Path) -> InputError:
    return InputError(
        "This is not a database of MLflow.",
        where=path,
        how=f"Give its {NAME}, or a run folder below mlruns.",
    )


def _opened(file: Path) -> sqlite3.Connection:
    # `immutable` writes nothing beside it, also where a journal was left.
    database = sqlite3.connect(f"{file.resolve().as_uri()}?immutable=1", uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    left = _STEPS // 1_000

    def is_over() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    database.set_progress_handler(is_over, 1_000)
    return database


def _source(file: Path, database: sqlite3.Connection) -> Source:
    tables = {name for (name,) in database.execute(_TABLES)}
    if not {"runs", "metrics", "latest_metrics"} <= tables:
        raise _no_database(file)
    names = dict(database.execute(_RUNS, (_MOST_RUNS,)).fetchall())
    keys = {
        run: [str(k) for (k,) in database.execute(_KEYS, (run, _MOST_METRICS))]
        for run in names
    }
    with_curves = [run for run in names if any(map(meaning_of, keys[run]))]
    if len(with_curves) > 1:
        titles = [str(names[run] or run) for run in with_curves]
        raise several_trainings(file, titles, "metrics")
    run = with_curves[0] if with_curves else next(iter(names), "")
    metrics = keys.get(run, [])
    read = [key for key in metrics if meaning_of(key) or is_epoch(key)]
    points = {key: _points(file, database, run, key) for key in read}
    return Source(
        "metrics",
        {key: Logged(key) for key in metrics},
        points.__getitem__,
        epoch=next(filter(is_epoch, metrics), ""),
    )


def _points(file: Path, database: sqlite3.Connection, run: str, key: str) -> Points:
    rows = database.execute(_POINTS, (run, key, MOST_POINTS + 1)).fetchall()
    if len(rows) > MOST_POINTS:
        raise InputError(
            f"A curve has more than {MOST_POINTS:,} values.",
            where=file,
            how="Log once per epoch.",
        )
    try:
        steps = [max(-(2**40), min(int(step), 2**40)) for step, _ in rows]
        values = [np.nan if value is None else float(value) for _, value in rows]
    except (TypeError, ValueError) as error:
        raise _no_database(file) from error
    return Points(np.array(steps, np.int64), np.array(values, np.float64))


DATABASE = Reader(lambda path: database_at(path) is not None, read_database)
