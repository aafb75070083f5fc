"""Start, watch and stop the process that predicts with a model: one at a time."""

from __future__ import annotations

import json
import platform
import shutil
import sys
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from hirise.errors import InputError
from hirise.jobs.process import end, exit_status, is_running, spawn
from hirise.jobs.reasons import why_failed
from hirise.jobs.room import why_no_training
from hirise.jobs.store import jobs_folder, locked, tail
from hirise.runs import Run, delete_run, list_runs
from hirise.runs.disk import disk_errors, write_json

State = Literal["running", "finished", "failed", "stopped"]

PROGRAM = (sys.executable, "-m", "hirise")
"""What is started; tests put another program in its place."""

PATIENCE = 5.0
"""Seconds that a process gets to end by itself."""


@dataclass(frozen=True)
class PredictRequest:
    """A prediction to be made, as `hirise predict` takes it.

    Attributes
    ----------
    model, data : str
        Absolute paths of the model's file or folder and of the folder of images.
    scale, class_order : str
    title : str
        The name of the model's file if empty.
    """

    model: str
    data: str
    scale: str = "auto"
    class_order: str = "auto"
    title: str = ""

    def arguments(self, artifacts: Path) -> list[str]:
        """The words after `hirise`; joined with `=`, lest one reads as an option."""
        words = asdict(self) | {"artifacts": artifacts.resolve()}
        options = {key.replace("_", "-"): text for key, text in words.items() if text}
        return ["predict", *(f"--{key}={text}" for key, text in options.items())]


@dataclass(frozen=True)
class PredictJob:
    """The process that predicts, while and after it runs; see `Job`."""

    id: str
    request: PredictRequest
    state: State
    pid: int | None = None
    process_started: float | None = None
    host: str | None = None
    error: str = ""

    @property
    def title(self) -> str:
        """What the run is, or will be, called."""
        return self.request.title or Path(self.request.model).stem


def start_prediction(
    artifacts: Path,
    request: PredictRequest,
    *,
    keep_model: bool = False,
    program: Sequence[str] | None = None,
) -> PredictJob:
    """Start a prediction as a process of its own.

    Parameters
    ----------
    artifacts : Path
        Where its run folder will be.
    request : PredictRequest
    keep_model : bool
        Copy the model first: its file may go while the process reads it.
    program : sequence of str, optional
        `python -m hirise` by default.

    Raises
    ------
    InputError
        If TensorFlow or space is lacking, or one runs already.
    """
    reason = why_no_training(artifacts, "Predicting")
    if reason:
        raise InputError(reason)
    with locked(artifacts):
        running = _read(artifacts)
        if running is not None and _runs(artifacts, running):
            raise InputError(
                f"'{running.title}' is being predicted already. Wait until it is done, "
                f"or stop it."
            )
        with disk_errors(artifacts):
            folder = _folder(artifacts)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            if keep_model:
                copy = folder / Path(request.model).name
                shutil.copyfile(request.model, copy)
                request = replace(request, model=str(copy.resolve()))
            job = PredictJob(uuid.uuid4().hex[:12], request, "running")
            command = [*(program or PROGRAM), *request.arguments(artifacts)]
            pid, began = spawn(command, job.id, folder / "log.txt")
        job = replace(job, pid=pid, process_started=began, host=platform.node())
        _write(artifacts, job)
    return job


def look_prediction(artifacts: Path) -> PredictJob | None:
    """The prediction as it now is: running, or how it ended; None if there is none."""
    job = _read(artifacts)
    if job is None or job.state != "running" or _runs(artifacts, job):
        return job
    with locked(artifacts):
        job = _read(artifacts)
        if job is not None and job.state == "running" and not _runs(artifacts, job):
            job = _ended(artifacts, job)
            _write(artifacts, job)
    return job


def stop_prediction(artifacts: Path, *, patience: float = PATIENCE) -> None:
    """End the prediction that runs; nothing of it is kept."""
    with locked(artifacts):
        job = _read(artifacts)
        if job is None or job.state != "running" or job.host != platform.node():
            return
        _write(artifacts, replace(job, state="stopped"))
    end(job, patience=patience)
    run = predicted_run(artifacts, job)
    if run is not None:
        delete_run(run)


def forget_prediction(artifacts: Path) -> None:
    """Forget the prediction that ended, and what it printed."""
    with locked(artifacts):
        job = _read(artifacts)
        if job is not None and job.state != "running":
            shutil.rmtree(_folder(artifacts), ignore_errors=True)


def prediction_log(artifacts: Path) -> list[str]:
    """The last lines that it printed."""
    return tail(_folder(artifacts) / "log.txt")


def predicted_run(artifacts: Path, job: PredictJob) -> Run | None:
    """The run that it made; None until it is there."""
    runs = list_runs(artifacts).runs
    return next((run for run in runs if run.info.job == job.id), None)


def _folder(artifacts: Path) -> Path:
    return jobs_folder(artifacts) / "predict"


def _runs(artifacts: Path, job: PredictJob) -> bool:
    return job.state == "running" and is_running(job, _folder(artifacts))


def _write(artifacts: Path, job: PredictJob) -> None:
    write_json(_folder(artifacts) / "job.json", asdict(job))


def _read(artifacts: Path) -> PredictJob | None:
    """What the file says; a broken file is none."""
    try:
        text = (_folder(artifacts) / "job.json").read_text(encoding="utf-8")
        values = json.loads(text)
        job = PredictJob(**values | {"request": PredictRequest(**values["request"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return job if job.state in get_args(State) else None


def _ended(artifacts: Path, job: PredictJob) -> PredictJob:
    status = exit_status(job)
    if status == 0 or predicted_run(artifacts, job) is not None:
        return replace(job, state="finished")
    error = why_failed(status, prediction_log(artifacts))
    return replace(job, state="failed", error=error)
