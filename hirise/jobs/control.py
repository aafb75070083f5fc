"""Start, poll, stop and forget jobs."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from hirise.errors import InputError, Refusal
from hirise.files import disk_errors
from hirise.jobs.job import Job, Jobs
from hirise.jobs.process import end, exit_status, is_running, spawn
from hirise.jobs.store import (
    delete_job,
    has_result,
    job_folder,
    jobs_folder,
    locked,
    log_tail,
    read_error,
    read_jobs,
    write_job,
)
from hirise.runs import Run, list_runs

PROGRAM = (sys.executable, "-m", "hirise.actions")
"""What is started, with the action and the job's folder; tests put another here."""

PATIENCE = 10.0
"""Seconds that a process has to end by itself."""


def start(
    artifacts: Path,
    action: str,
    request: Any,
    *,
    title: str = "",
    copied: Sequence[str] = (),
    program: Sequence[str] | None = None,
) -> Job:
    """Start an action as a separate process.

    One that waits for others (its request has `queue`) begins when no other trains in
    the folder. Of the rest, one of each action runs at a time.

    Parameters
    ----------
    artifacts : Path
        The folder of the runs.
    action : str
        A key of `hirise.actions.ACTIONS`.
    request : dataclass
        Its request; `artifacts` of it is set.
    title : str
        What people call the job.
    copied : sequence of str
        Fields of `request` that name a file which may go before it is read; it is
        copied into the job's folder.
    program : sequence of str, optional
        `python -m hirise.actions` by default.

    Raises
    ------
    InputError
        If one waits already, one of this action runs, the very same is under way, or
        the folder cannot be written to.
    """
    fields = request_fields(artifacts, request)
    job = Job(
        id=uuid.uuid4().hex[:12],
        action=action,
        request=fields,
        title=title or action,
        takes_turn=bool(fields.get("queue")),
        created=time.time(),
        host=platform.node(),
    )
    with locked(artifacts):
        jobs = _settle(artifacts)
        _refuse_another(jobs, job)
        if job.takes_turn and jobs.running is not None:
            job = replace(job, state="waiting")
        for old in jobs.jobs:
            if old.action == action and old.has_ended and not job.takes_turn:
                delete_job(artifacts, old.id)
        try:
            return _launch(artifacts, job, copied, program or PROGRAM)
        except BaseException:
            delete_job(artifacts, job.id)
            raise


def _launch(
    artifacts: Path, job: Job, copied: Sequence[str], program: Sequence[str]
) -> Job:
    """The job, its folder made and its process started."""
    folder = job_folder(artifacts.resolve(), job.id)
    with disk_errors(artifacts):
        folder.mkdir()
        for name in copied:
            copy = shutil.copy(job.request[name], folder)
            job = replace(job, request={**job.request, name: str(copy)})
        # Before the process starts, which reads its request from there.
        write_job(artifacts, job)
        pid, started = spawn([*program, job.action], folder)
    job = replace(job, pid=pid, process_started=started)
    write_job(artifacts, job)
    return job


def request_fields(artifacts: Path, request: Any) -> dict[str, Any]:
    """The fields of a request as JSON, as a job in `artifacts` keeps them.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> request = make_dataclass("Request", ["run", "classes"])("a", ("b", "c"))
    >>> fields = request_fields(Path("artifacts"), request)
    >>> fields["run"], fields["classes"], Path(fields["artifacts"]).is_absolute()
    ('a', ['b', 'c'], True)
    """
    text = msgspec.json.encode(request, enc_hook=os.fspath)
    fields: dict[str, Any] = msgspec.json.decode(text)
    return fields | {"artifacts": str(artifacts.resolve())}


def poll(artifacts: Path) -> Jobs:
    """The jobs as they now are; those that have ended since are marked so.

    Examples
    --------
    >>> poll(Path("no-such-folder")).running is None
    True
    """
    jobs = read_jobs(artifacts)
    # First without the lock: pages poll often, and mostly nothing has ended.
    if not any(_is_due(artifacts, job) for job in jobs.jobs):
        return jobs
    with locked(artifacts):
        return _settle(artifacts)


def stop(artifacts: Path, job_id: str, *, patience: float = PATIENCE) -> Jobs:
    """End a job that runs or waits; its run keeps what is written.

    Raises
    ------
    InputError
        If it runs on another machine.
    """
    with locked(artifacts):
        job = read_jobs(artifacts).get(job_id)
        if job is not None and not job.has_ended:
            if job.host != platform.node():
                raise InputError(
                    f"'{job.title}' runs on another machine, {job.host}.",
                    how="Stop it there.",
                )
            # Before the process ends, so that whoever polls then sees no failure.
            write_job(artifacts, replace(job, is_stopping=True))
    # Not under the lock: it may take seconds, in which others must be able to poll.
    if job is not None and not job.has_ended:
        end(job, job_folder(artifacts, job.id), patience=patience)
    return poll(artifacts)


def forget(artifacts: Path, job_id: str, *, patience: float = PATIENCE) -> None:
    """Take back a job that waits, or forget one that has ended and what it printed."""
    job = poll(artifacts).get(job_id)
    if job is None or job.state == "running":
        return
    if job.state == "waiting":
        stop(artifacts, job_id, patience=patience)
    with locked(artifacts):
        delete_job(artifacts, job_id)


def run_of(artifacts: Path, job: Job) -> Run | None:
    """The run that a job makes or made; None until its folder appears."""
    runs = list_runs(artifacts).runs
    return next((run for run in runs if run.info.job == job.id), None)


def _refuse_another(jobs: Jobs, job: Job) -> None:
    for other in jobs.jobs:
        if other.has_ended or other.action != job.action:
            continue
        if not job.takes_turn:
            raise InputError(
                f"'{other.title}' is under way already, and only one such job runs at "
                "a time.",
                how="Wait until it has ended, or stop it.",
            )
        if other.request == job.request:
            raise InputError(
                f"'{other.title}' is {other.state} already, with the same settings.",
                how="Change a setting, or wait until it has ended.",
            )
    if job.takes_turn and jobs.waiting is not None:
        raise InputError(
            f"'{jobs.waiting.title}' waits already, and only one job can.",
            how="Take it back, or wait until it has begun.",
        )


def _is_due(artifacts: Path, job: Job) -> bool:
    """Whether a job has ended unnoticed."""
    return not job.has_ended and not is_running(job, job_folder(artifacts, job.id))


def _settle(artifacts: Path) -> Jobs:
    """Write down how jobs ended; of those that had the turn, the last one is kept."""
    for job in read_jobs(artifacts).jobs:
        if not _is_due(artifacts, job):
            continue
        write_job(artifacts, _ended(artifacts, job))
        for other in read_jobs(artifacts).jobs:
            is_older = other.takes_turn and other.has_ended and other.id != job.id
            if job.takes_turn and is_older:
                delete_job(artifacts, other.id)
    return read_jobs(artifacts)


def _ended(artifacts: Path, job: Job) -> Job:
    """`job` with how it ended; a signal is known to the process that started it."""
    # Always asked, as this also reaps a process that has ended.
    status = exit_status(job)
    if has_result(artifacts, job.id):
        return replace(job, state="finished")
    if job.is_stopping:
        return replace(job, state="stopped")
    error = read_error(artifacts, job.id) or _reason(artifacts, job, status)
    return replace(job, state="failed", error=error)


def _reason(artifacts: Path, job: Job, status: int | None) -> Refusal:
    """Why a job failed that did not say so itself."""
    if status is not None and status < 0:
        return Refusal(
            f"The process was ended from outside (signal {-status}), as happens when "
            "memory runs out."
        )
    lines = log_tail(artifacts, job.id, n_lines=1)
    how = "" if status is None else f" with status {status}"
    last = f" The last line that it printed: {lines[0]}" if lines else ""
    return Refusal(f"The process ended{how} before it gave a result.{last}")


SECONDS_BETWEEN = 0.5
"""Seconds between two tries."""


@contextmanager
def own_turn(artifacts: Path, tell: Callable[[str], object]) -> Iterator[None]:
    """Hold the only turn to train in `artifacts`; wait while another process has it.

    The operating system frees the turn of a process that is killed. A thread that has
    it already gets it again.

    Parameters
    ----------
    artifacts : Path
        The folder of the runs.
    tell : function
        Called with one line if there is something to wait for.

    Raises
    ------
    InputError
        If the folder cannot be written to.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as artifacts, own_turn(Path(artifacts), print):
    ...     (Path(artifacts) / ".jobs" / "turn").is_file()
    True
    """
    # Two spellings of one folder must give one lock.
    folder = jobs_folder(artifacts.resolve())
    with disk_errors(artifacts):
        folder.mkdir(parents=True, exist_ok=True)
        turn = FileLock(folder / "turn", is_singleton=True)
        try:
            turn.acquire(blocking=False)
        except Timeout:
            tell(f"Waiting for {_holder(artifacts)} in {artifacts} to end.")
            turn.acquire(poll_interval=SECONDS_BETWEEN)
    try:
        yield
    finally:
        turn.release()


def _holder(artifacts: Path) -> str:
    runs = list_runs(artifacts).runs
    titles = [run.info.title for run in runs if run.info.status == "training"]
    return f"the training '{titles[0]}'" if titles else "another training"
