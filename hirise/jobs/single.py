"""One process of a kind at a time in a folder of runs: started, watched, stopped.

What differs between the kinds is the request, and what shows that it was fulfilled.
"""

from __future__ import annotations

import json
import platform
import shutil
import sys
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import ClassVar, Generic, Literal, TypeVar, get_args

from hirise.errors import InputError
from hirise.files import disk_errors, write_json
from hirise.jobs.process import end, exit_status, is_running, spawn
from hirise.jobs.store import jobs_folder, locked, tail


def why_failed(status: int | None, lines: Sequence[str]) -> str:
    """In one line; `status` is None where another process started it."""
    said = [line for line in lines if line.startswith("hirise: ")]
    if said:
        return said[-1].removeprefix("hirise: ")
    if status is not None and status < 0:
        return f"It was ended from outside (signal {-status}); out of memory, perhaps."
    return f"It ended after: {lines[-1]}" if lines else "It ended without a word."


State = Literal["running", "finished", "failed", "stopped"]

PROGRAM = (sys.executable, "-m", "hirise")
"""What is started; tests put another program in its place."""

PATIENCE = 5.0
"""Seconds that a process gets to end by itself."""


@dataclass(frozen=True)
class SingleRequest(ABC):
    """What is asked of a process of its `kind`; every field is text.

    The request is kept, not the command, as of a training.
    """

    kind: ClassVar[str]
    """Name of the folder in `artifacts/.jobs` that holds the job and its log."""

    @abstractmethod
    def arguments(self, artifacts: Path) -> list[str]:
        """The words after `hirise`; joined with `=`, lest one reads as an option."""

    @property
    @abstractmethod
    def busy(self) -> str:
        """Why no other can be started while this one runs, and what to do."""


R = TypeVar("R", bound=SingleRequest)


@dataclass(frozen=True)
class SingleJob(Generic[R]):
    """A process, while and after it runs.

    Attributes
    ----------
    id : str
        Also in `RunInfo.job` of a run that it makes.
    request : SingleRequest
    state : str
        `running`, `finished`, `failed` or `stopped` (on request).
    pid, process_started, host
        The process.
    error : str
        Why it failed, in one line.
    """

    id: str
    request: R
    state: State
    pid: int | None = None
    process_started: float | None = None
    host: str | None = None
    error: str = ""


def _by_status(artifacts: Path, job: SingleJob[R], status: int | None) -> bool:
    return status == 0


def start(
    artifacts: Path,
    request: R,
    *,
    program: Sequence[str] | None = None,
    prepare: Callable[[R, Path], R] | None = None,
) -> SingleJob[R]:
    """Start what is asked for as a process of its own; the last one is forgotten.

    Parameters
    ----------
    artifacts : Path
        The folder of the runs.
    request : SingleRequest
    program : sequence of str, optional
        `python -m hirise` by default.
    prepare : function, optional
        Given the request and the job's empty folder, the request to be kept.

    Raises
    ------
    InputError
        If one of this kind runs already, or the folder cannot be written to.
    """
    with locked(artifacts):
        running = _read(artifacts, type(request))
        if running is not None and _runs(artifacts, running):
            raise InputError(running.request.busy)
        with disk_errors(artifacts):
            folder = _folder(artifacts, type(request))
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            if prepare is not None:
                request = prepare(request, folder)
            job = SingleJob(uuid.uuid4().hex[:12], request, "running")
            command = [*(program or PROGRAM), *request.arguments(artifacts)]
            pid, began = spawn(command, job.id, folder / "log.txt")
        job = replace(job, pid=pid, process_started=began, host=platform.node())
        _write(artifacts, job)
    return job


def look(
    artifacts: Path,
    asked: type[R],
    *,
    has_finished: Callable[[Path, SingleJob[R], int | None], bool] = _by_status,
) -> SingleJob[R] | None:
    """The job as it now is: running, or how it ended; None if there is none.

    Parameters
    ----------
    artifacts : Path
        The folder of the runs.
    asked : type
        The kind of request.
    has_finished : function, optional
        Given `artifacts`, a job whose process is gone, and its exit status (None if
        another process started it): whether it did what was asked for. By default, if
        the status is 0.
    """
    job = _read(artifacts, asked)
    if job is None or job.state != "running" or _runs(artifacts, job):
        return job
    with locked(artifacts):
        job = _read(artifacts, asked)
        if job is not None and job.state == "running" and not _runs(artifacts, job):
            status = exit_status(job)
            if has_finished(artifacts, job, status):
                job = replace(job, state="finished")
            else:
                error = why_failed(status, log(artifacts, asked))
                job = replace(job, state="failed", error=error)
            _write(artifacts, job)
    return job


def stop(artifacts: Path, asked: type[R], *, patience: float) -> SingleJob[R] | None:
    """End the job that runs, and return it; None if none does on this machine."""
    with locked(artifacts):
        job = _read(artifacts, asked)
        if job is None or job.state != "running" or job.host != platform.node():
            return None
        _write(artifacts, replace(job, state="stopped"))
    end(job, patience=patience)
    return job


def forget(artifacts: Path, asked: type[SingleRequest]) -> None:
    """Forget the job that ended, and what it printed."""
    with locked(artifacts):
        job = _read(artifacts, asked)
        if job is not None and job.state != "running":
            shutil.rmtree(_folder(artifacts, asked), ignore_errors=True)


def log(artifacts: Path, asked: type[SingleRequest]) -> list[str]:
    """The last lines that the job printed."""
    return tail(_folder(artifacts, asked) / "log.txt")


def _folder(artifacts: Path, asked: type[SingleRequest]) -> Path:
    return jobs_folder(artifacts) / asked.kind


def _runs(artifacts: Path, job: SingleJob[R]) -> bool:
    folder = _folder(artifacts, type(job.request))
    return job.state == "running" and is_running(job, folder)


def _write(artifacts: Path, job: SingleJob[R]) -> None:
    write_json(_folder(artifacts, type(job.request)) / "job.json", asdict(job))


def _read(artifacts: Path, asked: type[R]) -> SingleJob[R] | None:
    """What the file says; a broken file is none."""
    try:
        path = _folder(artifacts, asked) / "job.json"
        values = json.loads(path.read_text(encoding="utf-8"))
        job = SingleJob(**values | {"request": asked(**values["request"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    texts = (*asdict(job.request).values(), job.error)
    whole = job.state in get_args(State) and all(isinstance(t, str) for t in texts)
    return job if whole else None
