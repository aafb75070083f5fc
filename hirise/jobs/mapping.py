"""Start, watch and stop the process that lays a run's images out: one at a time."""

from __future__ import annotations

import json
import platform
import shutil
import sys
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

from hirise.errors import InputError
from hirise.jobs.predicting import PATIENCE, State
from hirise.jobs.process import end, exit_status, is_running, spawn
from hirise.jobs.reasons import why_failed
from hirise.jobs.store import jobs_folder, locked, tail
from hirise.runs import Run
from hirise.runs.disk import disk_errors, write_json
from hirise.runs.maps import map_path

PROGRAM = (sys.executable, "-m", "hirise")
"""What is started; tests put another program in its place."""


@dataclass(frozen=True)
class MapJob:
    """The process that makes the t-SNE map of a split, while and after it runs.

    Attributes
    ----------
    id : str
    run, split : str
        The run's id, and which of its images.
    state : str
        `running`, `finished`, `failed` or `stopped`.
    pid, process_started, host
        The process.
    error : str
        Why it failed, in one line.
    """

    id: str
    run: str
    split: str
    state: State
    pid: int | None = None
    process_started: float | None = None
    host: str | None = None
    error: str = ""

    def arguments(self, artifacts: Path) -> list[str]:
        """The words after `hirise`; joined with `=`, lest one reads as an option."""
        options = [f"--split={self.split}", f"--artifacts={artifacts.resolve()}"]
        return ["map", *options, "--", self.run]


def start_map(
    artifacts: Path, run: Run, split: str, *, program: Sequence[str] | None = None
) -> MapJob:
    """Start `hirise map` as a process of its own.

    Raises
    ------
    InputError
        If scikit-learn is lacking, or one runs already.
    """
    if find_spec("sklearn") is None:
        raise InputError(
            "A map needs scikit-learn, which is not installed here. "
            "Run: python -m pip install 'hirise[train]'"
        )
    with locked(artifacts):
        running = _read(artifacts)
        if running is not None and _runs(artifacts, running):
            raise InputError(
                f"A map of {running.run} is being made already. Wait until it is done, "
                "or stop it."
            )
        with disk_errors(artifacts):
            folder = _folder(artifacts)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            job = MapJob(uuid.uuid4().hex[:12], run.info.id, split, "running")
            command = [*(program or PROGRAM), *job.arguments(artifacts)]
            pid, began = spawn(command, job.id, folder / "log.txt")
        job = replace(job, pid=pid, process_started=began, host=platform.node())
        _write(artifacts, job)
    return job


def look_map(artifacts: Path, run: Run, split: str) -> MapJob | None:
    """The job for this run and split as it now is; None if the last was another."""
    job = _read(artifacts)
    if job is not None and job.state == "running" and not _runs(artifacts, job):
        with locked(artifacts):
            job = _read(artifacts)
            if job is not None and job.state == "running":
                job = _ended(artifacts, job, run)
                _write(artifacts, job)
    return job if job and (job.run, job.split) == (run.info.id, split) else None


def stop_map(artifacts: Path, *, patience: float = PATIENCE) -> None:
    """End the job that runs; nothing of it is kept."""
    with locked(artifacts):
        job = _read(artifacts)
        if job is None or job.state != "running" or job.host != platform.node():
            return
        _write(artifacts, replace(job, state="stopped"))
    end(job, patience=patience)


def map_log(artifacts: Path) -> list[str]:
    """The last lines that it printed."""
    return tail(_folder(artifacts) / "log.txt")


def _folder(artifacts: Path) -> Path:
    return jobs_folder(artifacts) / "map"


def _runs(artifacts: Path, job: MapJob) -> bool:
    return job.state == "running" and is_running(job, _folder(artifacts))


def _write(artifacts: Path, job: MapJob) -> None:
    write_json(_folder(artifacts) / "job.json", asdict(job))


def _read(artifacts: Path) -> MapJob | None:
    """What the file says; a broken file is none."""
    try:
        text = (_folder(artifacts) / "job.json").read_text(encoding="utf-8")
        job = MapJob(**json.loads(text))
    except (OSError, ValueError, TypeError):
        return None
    sound = isinstance(job.run, str) and isinstance(job.split, str)
    return job if sound and job.state in get_args(State) else None


def _ended(artifacts: Path, job: MapJob, run: Run) -> MapJob:
    """`job` with how it ended; its map tells, where another server started it."""
    status = exit_status(job)
    there = map_path(run.folder.with_name(job.run), job.split, "tsne").is_file()
    if status == 0 or (status is None and there):
        return replace(job, state="finished")
    error = why_failed(status, map_log(artifacts))
    return replace(job, state="failed", error=error)
