"""The file that tells every tab and server which training runs and which waits."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from hirise.files import disk_errors, write_json
from hirise.jobs.job import Jobs, jobs_document, parse_jobs

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_TAIL_BYTES = 20_000


def jobs_folder(artifacts: Path) -> Path:
    """Where the file, its lock and what the processes print are."""
    return artifacts / ".jobs"


def log_path(artifacts: Path, job_id: str) -> Path:
    """What the process of a job prints."""
    return jobs_folder(artifacts) / f"{job_id}.log"


def log_tail(artifacts: Path, job_id: str, *, n_lines: int = 200) -> list[str]:
    """The last lines that the process of a job printed; none if it printed nothing."""
    return tail(log_path(artifacts, job_id), n_lines=n_lines)


def tail(path: Path, *, n_lines: int = 200) -> list[str]:
    """The last lines of a log; none if it is not there."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    lines = (line.rpartition("\r")[2].rstrip() for line in text.split("\n"))
    return [line for line in lines if line][-n_lines:]


def read_jobs(artifacts: Path) -> Jobs:
    """What the file says; a broken file is none."""
    try:
        text = (jobs_folder(artifacts) / "jobs.json").read_text(encoding="utf-8")
        return parse_jobs(json.loads(text))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Jobs()


def write_jobs(artifacts: Path, jobs: Jobs) -> None:
    """Write the file, whole, and forget what jobs printed that are in it no more."""
    folder = jobs_folder(artifacts)
    write_json(folder / "jobs.json", jobs_document(jobs))
    kept = {f"{job.id}.log" for job in jobs if job is not None}
    for path in folder.glob("*.log"):
        if path.name not in kept:
            with disk_errors(folder):
                path.unlink(missing_ok=True)


@contextmanager
def locked(artifacts: Path) -> Iterator[None]:
    """Hold the jobs alone, among threads and processes; freed even by a kill.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    folder = jobs_folder(artifacts)
    with disk_errors(artifacts):
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("a+b")
    with file:
        with disk_errors(artifacts):
            _lock(file)
        yield


def _lock(file: BinaryIO) -> None:
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX)
