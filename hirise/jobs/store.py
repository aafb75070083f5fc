"""The folders of the jobs, one each below `.jobs`, and the lock that guards them.

A folder holds `job.json`, `request.json`, `progress.json` and `log.txt`, and in the end
`result.json` or `error.json`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from filelock import FileLock

from hirise.errors import Refusal
from hirise.files import disk_errors, write_json
from hirise.jobs.job import JOB_ID, Job, Jobs
from hirise.progress import Status

MOST_BYTES = 1_000_000
"""Of a file of a job that is read."""

TAIL_BYTES = 20_000

T = TypeVar("T")


def jobs_folder(artifacts: Path) -> Path:
    """Where the folders of the jobs and their locks are.

    Examples
    --------
    >>> jobs_folder(Path("artifacts")).as_posix()
    'artifacts/.jobs'
    """
    return artifacts / ".jobs"


def job_folder(artifacts: Path, job_id: str) -> Path:
    """The folder of a job.

    Raises
    ------
    ValueError
        If `job_id` is not twelve hexadecimal digits, as a path would not be.

    Examples
    --------
    >>> job_folder(Path("artifacts"), "0123456789ab").as_posix()
    'artifacts/.jobs/0123456789ab'
    """
    if not re.match(JOB_ID, job_id):
        raise ValueError(f"`job_id` must be 12 hexadecimal digits, got {job_id!r}.")
    return jobs_folder(artifacts) / job_id


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
        lock = FileLock(folder / "lock")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def read_jobs(artifacts: Path) -> Jobs:
    """The jobs as their files say; what is broken or of another form is left out.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as artifacts:
    ...     read_jobs(Path(artifacts)).jobs
    ()
    """
    try:
        folders = [path for path in jobs_folder(artifacts).iterdir() if path.is_dir()]
    except OSError:
        return Jobs()
    jobs = [
        job
        for path in folders
        if re.match(JOB_ID, path.name) and not path.is_symlink()
        if (job := read_job(path)) is not None
    ]
    return Jobs(tuple(sorted(jobs, key=lambda job: (job.created, job.id))))


def read_job(folder: Path) -> Job | None:
    """The job of a folder; None if there is none, or its files are broken."""
    document = _read(folder / "job.json", dict[str, Any])
    request = _read(folder / "request.json", dict[str, Any])
    if document is None or request is None or document.get("id") != folder.name:
        return None
    try:
        return msgspec.convert(document | {"request": request}, Job)
    except msgspec.ValidationError:
        return None


def write_job(artifacts: Path, job: Job) -> None:
    """Write `job.json`; `request.json` too, if it is not there yet."""
    folder = job_folder(artifacts, job.id)
    document = msgspec.to_builtins(job)
    request = document.pop("request")
    if not (folder / "request.json").exists():
        write_json(folder / "request.json", request)
    write_json(folder / "job.json", document)


def delete_job(artifacts: Path, job_id: str) -> None:
    """Delete the folder of a job."""
    shutil.rmtree(job_folder(artifacts, job_id), ignore_errors=True)


def read_progress(artifacts: Path, job_id: str) -> Status:
    """How far a job is; an empty status until it has said so.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as artifacts:
    ...     folder = job_folder(Path(artifacts), "0123456789ab")
    ...     folder.mkdir(parents=True)
    ...     write_json(folder / "progress.json", {"step": "Epoch 3 of 12"})
    ...     read_progress(Path(artifacts), folder.name).step
    'Epoch 3 of 12'
    """
    path = job_folder(artifacts, job_id) / "progress.json"
    return _read(path, Status) or Status()


def read_error(artifacts: Path, job_id: str) -> Refusal | None:
    """Why the action of a job failed, if it said so.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as artifacts:
    ...     folder = job_folder(Path(artifacts), "0123456789ab")
    ...     folder.mkdir(parents=True)
    ...     write_json(folder / "error.json", {"what": "The disk is full."})
    ...     read_error(Path(artifacts), folder.name).what
    'The disk is full.'
    """
    return _read(job_folder(artifacts, job_id) / "error.json", Refusal)


def has_result(artifacts: Path, job_id: str) -> bool:
    """Whether the action of a job came to its end.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as artifacts:
    ...     folder = job_folder(Path(artifacts), "0123456789ab")
    ...     folder.mkdir(parents=True)
    ...     before = has_result(Path(artifacts), folder.name)
    ...     Path(folder, "result.json").touch()
    ...     before, has_result(Path(artifacts), folder.name)
    (False, True)
    """
    return (job_folder(artifacts, job_id) / "result.json").is_file()


def log_tail(artifacts: Path, job_id: str, *, n_lines: int = 200) -> list[str]:
    r"""The last lines that the process of a job printed; none if it printed nothing.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as artifacts:
    ...     folder = job_folder(Path(artifacts), "0123456789ab")
    ...     folder.mkdir(parents=True)
    ...     _ = Path(folder, "log.txt").write_bytes(b"10%\r100%\ndone\n")
    ...     log_tail(Path(artifacts), folder.name)
    ['100%', 'done']
    """
    try:
        with (job_folder(artifacts, job_id) / "log.txt").open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - TAIL_BYTES))
            # The place where the tail begins may lie within a character.
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    # What a progress bar drew last stands after the last carriage return.
    lines = (line.rpartition("\r")[2].rstrip() for line in text.split("\n"))
    return [line for line in lines if line][-n_lines:]


def _read(path: Path, kind: type[T]) -> T | None:
    """A JSON file; None if it is absent, broken or no regular file."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return None
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError, RecursionError):
        return None
