"""One training or cure at a time, and one that waits: started by whoever looks."""

from __future__ import annotations

import platform
import sys
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hirise.errors import InputError
from hirise.files import disk_errors
from hirise.jobs.job import Job, Jobs
from hirise.jobs.process import end, exit_status, is_running, spawn
from hirise.jobs.requests import Request, ResumeRequest
from hirise.jobs.room import why_not_started
from hirise.jobs.store import (
    jobs_folder,
    locked,
    log_path,
    log_tail,
    read_jobs,
    write_jobs,
)
from hirise.runs import Run, list_runs

PROGRAM = (sys.executable, "-m", "hirise")
"""What is started; tests put another program in its place."""

PATIENCE = 10.0
"""Seconds that a process gets to end by itself."""


def start(
    artifacts: Path, request: Request, *, program: Sequence[str] | None = None
) -> Job:
    """Start a process for a training or a cure, or let it wait for the one that runs.

    Parameters
    ----------
    artifacts : Path
        Where its run folder will be.
    request : TrainRequest or CureRequest
    program : sequence of str, optional
        `python -m hirise` by default.

    Raises
    ------
    InputError
        If TensorFlow or space is lacking, one waits already, or the same training is
        already asked for.
    """
    jobs = look(artifacts, program=program)
    reason = why_not_started(artifacts, request)
    if reason:
        raise InputError(reason)
    with locked(artifacts):
        jobs = read_jobs(artifacts)
        for job in (jobs.running, jobs.waiting):
            if job is not None and job.request == request:
                raise InputError(
                    f"This very {request.kind} {_doing(job)} already. Another one "
                    "needs another setting."
                )
        if jobs.waiting is not None:
            raise InputError(
                f"'{jobs.waiting.title}' waits already, and only one job can. "
                "Take it back, or wait until it has begun."
            )
        job = Job(uuid.uuid4().hex[:12], request, "waiting")
        jobs = _with_waiting_started(artifacts, jobs._replace(waiting=job), program)
        write_jobs(artifacts, jobs)
    return next(one for one in jobs if one is not None and one.id == job.id)


def look(artifacts: Path, *, program: Sequence[str] | None = None) -> Jobs:
    """The jobs as they now are; if one has ended, the one that waits is started."""
    jobs = read_jobs(artifacts)
    if not _is_due(artifacts, jobs):
        return jobs
    with locked(artifacts):
        jobs = read_jobs(artifacts)
        if _is_due(artifacts, jobs):
            if jobs.running is not None:
                ended = _ended(artifacts, jobs.running)
                jobs = jobs._replace(running=None, ended=ended)
            jobs = _with_waiting_started(artifacts, jobs, program)
            write_jobs(artifacts, jobs)
    return jobs


def stop(artifacts: Path, job_id: str, *, patience: float = PATIENCE) -> Jobs:
    """End the job that runs, if it is this one; its run keeps what it has."""
    with locked(artifacts):
        jobs = read_jobs(artifacts)
        if jobs.running is None or jobs.running.id != job_id:
            return jobs
        if jobs.running.host != platform.node():
            raise InputError(
                f"'{jobs.running.title}' runs on another machine, {jobs.running.host}. "
                "Stop it there."
            )
        stopping = replace(jobs.running, stopping=True)
        write_jobs(artifacts, jobs._replace(running=stopping))
    if is_running(stopping, jobs_folder(artifacts)):
        end(stopping, patience=patience)
    return look(artifacts)


def drop(artifacts: Path, job_id: str) -> None:
    """Take back the job that waits, or forget the one that ended."""
    with locked(artifacts):
        jobs = read_jobs(artifacts)
        kept = [
            job if name == "running" or job is None or job.id != job_id else None
            for name, job in jobs._asdict().items()
        ]
        write_jobs(artifacts, Jobs(*kept))


def run_of(artifacts: Path, job: Job) -> Run | None:
    """The run that a job makes or made; None until its folder appears.

    That of a resumed training is there from the beginning.
    """
    runs = list_runs(artifacts).runs
    made = next((run for run in runs if run.info.job == job.id), None)
    if made is None and isinstance(job.request, ResumeRequest):
        return next((run for run in runs if run.info.id == job.request.run), None)
    return made


def _doing(job: Job) -> str:
    return "runs" if job.state == "running" else "waits"


def _is_due(artifacts: Path, jobs: Jobs) -> bool:
    """Whether a job has ended unnoticed, or may begin."""
    if jobs.running is None:
        return jobs.waiting is not None
    return not _runs(artifacts, jobs.running)


def _runs(artifacts: Path, job: Job) -> bool:
    """Whether the process of `job` is there; elsewhere, the heartbeat of its run."""
    if job.host != platform.node():
        run = run_of(artifacts, job)
        if run is not None and run.info.job == job.id:
            return run.info.status == "training"
    return is_running(job, jobs_folder(artifacts))


def _with_waiting_started(
    artifacts: Path, jobs: Jobs, program: Sequence[str] | None
) -> Jobs:
    job = jobs.waiting
    if job is None or jobs.running is not None:
        return jobs
    reason = why_not_started(artifacts, job.request)
    if reason:
        return jobs._replace(
            waiting=None, ended=replace(job, state="failed", error=reason)
        )
    command = [*(program or PROGRAM), *job.request.arguments(artifacts)]
    with disk_errors(artifacts):
        pid, began = spawn(command, job.id, log_path(artifacts, job.id))
    running = replace(
        job, state="running", pid=pid, process_started=began, host=platform.node()
    )
    return jobs._replace(waiting=None, running=running)


def _ended(artifacts: Path, job: Job) -> Job:
    """`job` with how it ended, which only the process that started it knows exactly."""
    status = exit_status(job)
    if job.stopping:
        return replace(job, state="stopped")
    if status is None:
        run = run_of(artifacts, job)
        status = 0 if run is not None and run.info.status == "finished" else None
    if status == 0:
        return replace(job, state="finished")
    return replace(job, state="failed", error=_reason(artifacts, job, status))


def _reason(artifacts: Path, job: Job, status: int | None) -> str:
    if status is not None and status < 0:
        return (
            f"The process was ended from outside (signal {-status}), as happens when "
            "memory runs out."
        )
    lines = log_tail(artifacts, job.id)
    said = [line for line in lines if line.startswith("hirise: ")]
    if said:
        return said[-1].removeprefix("hirise: ")
    how = "without a word" if not lines else f"after: {lines[-1]}"
    exit_ = "The process ended" if status is None else f"It ended with status {status}"
    return f"{exit_} {how}"
