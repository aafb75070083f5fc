"""Start, watch and stop the process that computes where a model looks."""

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
from typing import Literal, get_args

from hirise.diagnosis.looks import why_no_model, why_no_saliency
from hirise.errors import InputError
from hirise.jobs.process import end, exit_status, is_running, spawn
from hirise.jobs.reasons import why_failed
from hirise.jobs.room import why_no_room
from hirise.jobs.store import jobs_folder, locked, tail
from hirise.predictions import Predictions
from hirise.runs import Run
from hirise.runs.disk import disk_errors, write_json
from hirise.runs.images import why_none_can_be_had

State = Literal["running", "finished", "failed", "stopped"]

PROGRAM = (sys.executable, "-m", "hirise")
"""What is started; tests put another program in its place."""

PATIENCE = 5.0
"""Seconds that a process gets to end by itself."""


_NEEDS = {
    ".onnx": ("onnxruntime", "models"),
    ".tflite": ("ai_edge_litert", "models"),
}
"""What runs a model, and the extra that brings it, where that is not TensorFlow."""


@dataclass(frozen=True)
class LookRequest:
    """Maps to be computed, as `hirise saliency` takes it.

    Attributes
    ----------
    run : str
        Id of a run.
    split, image : str
    """

    run: str
    split: str
    image: str

    def arguments(self, artifacts: Path) -> list[str]:
        """The words after `hirise`; joined with `=`, lest one reads as an option."""
        return [
            "saliency",
            f"--split={self.split}",
            f"--image={self.image}",
            f"--artifacts={artifacts.resolve()}",
            "--",
            self.run,
        ]


@dataclass(frozen=True)
class LookJob:
    """The process that looks, while and after it runs; see `Job`."""

    id: str
    request: LookRequest
    state: State
    pid: int | None = None
    process_started: float | None = None
    host: str | None = None
    error: str = ""


def why_not_looked(artifacts: Path, run: Run, said: Predictions) -> str:
    """Why it cannot be computed here where the model of `run` looks, or ""."""
    reason = why_no_saliency(run, said) or why_no_model(run) or why_none_can_be_had(run)
    if reason:
        return reason
    assert run.model_path is not None
    package, extra = _NEEDS.get(run.model_path.suffix.lower(), ("tensorflow", "train"))
    if find_spec(package) is None:
        return (
            f"Its model needs {package}, which is not installed here. "
            f"Run: python -m pip install 'hirise[{extra}]'"
        )
    return why_no_room(artifacts, "Looking")


def start_looking(
    artifacts: Path, request: LookRequest, *, program: Sequence[str] | None = None
) -> LookJob:
    """Start it as a process of its own.

    Raises
    ------
    InputError
        If one runs already, or the folder cannot be written to.
    """
    with locked(artifacts):
        running = _read(artifacts)
        if running is not None and _runs(artifacts, running):
            raise InputError(
                f"{running.request.image} is being looked at already. Wait until that "
                f"is done, or stop it."
            )
        with disk_errors(artifacts):
            folder = _folder(artifacts)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            job = LookJob(uuid.uuid4().hex[:12], request, "running")
            command = [*(program or PROGRAM), *request.arguments(artifacts)]
            pid, began = spawn(command, job.id, folder / "log.txt")
        job = replace(job, pid=pid, process_started=began, host=platform.node())
        _write(artifacts, job)
    return job


def look_at_looking(artifacts: Path) -> LookJob | None:
    """The job as it now is: running, or how it ended; None if there is none."""
    job = _read(artifacts)
    if job is None or job.state != "running" or _runs(artifacts, job):
        return job
    with locked(artifacts):
        job = _read(artifacts)
        if job is not None and job.state == "running" and not _runs(artifacts, job):
            status = exit_status(job)
            error = why_failed(status, looking_log(artifacts)) if status != 0 else ""
            job = replace(job, state="failed" if error else "finished", error=error)
            _write(artifacts, job)
    return job


def stop_looking(artifacts: Path, *, patience: float = PATIENCE) -> None:
    """End the job that runs; the maps that it has kept stay."""
    with locked(artifacts):
        job = _read(artifacts)
        if job is None or job.state != "running" or job.host != platform.node():
            return
        _write(artifacts, replace(job, state="stopped"))
    end(job, patience=patience)


def looking_log(artifacts: Path) -> list[str]:
    """The last lines that it printed."""
    return tail(_folder(artifacts) / "log.txt")


def _folder(artifacts: Path) -> Path:
    return jobs_folder(artifacts) / "saliency"


def _runs(artifacts: Path, job: LookJob) -> bool:
    return job.state == "running" and is_running(job, _folder(artifacts))


def _write(artifacts: Path, job: LookJob) -> None:
    write_json(_folder(artifacts) / "job.json", asdict(job))


def _read(artifacts: Path) -> LookJob | None:
    """What the file says; a broken file is none."""
    try:
        text = (_folder(artifacts) / "job.json").read_text(encoding="utf-8")
        values = json.loads(text)
        job = LookJob(**values | {"request": LookRequest(**values["request"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    texts = (job.request.run, job.request.split, job.request.image, job.error)
    whole = job.state in get_args(State) and all(isinstance(t, str) for t in texts)
    return job if whole else None
