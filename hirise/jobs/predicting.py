"""Start, watch and stop the process that predicts with a model: one at a time."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import ClassVar

from hirise.errors import InputError
from hirise.jobs import single
from hirise.jobs.room import why_no_training
from hirise.runs import Run, delete_run, list_runs


@dataclass(frozen=True)
class PredictRequest(single.SingleRequest):
    """A prediction to be made, as `hirise predict` takes it.

    Attributes
    ----------
    model, data : str
        Absolute paths of the model's file or folder and of the folder of images.
    scale, class_order : str
    title : str
        The name of the model's file if empty.
    """

    kind: ClassVar[str] = "predict"

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

    @property
    def name(self) -> str:
        """What the run will be called."""
        return self.title or Path(self.model).stem

    @property
    def busy(self) -> str:
        """Why no other can be started while this one runs, and what to do."""
        return (
            f"'{self.name}' is being predicted already. Wait until it is done, or stop "
            "it."
        )


PredictJob = single.SingleJob[PredictRequest]
"""The process that predicts."""


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
    prepare = _with_own_model if keep_model else None
    return single.start(artifacts, request, program=program, prepare=prepare)


def look_prediction(artifacts: Path) -> PredictJob | None:
    """The prediction as it now is: running, or how it ended; None if there is none."""
    return single.look(artifacts, PredictRequest, has_finished=_has_finished)


def stop_prediction(artifacts: Path, *, patience: float = single.PATIENCE) -> None:
    """End the prediction that runs; nothing of it is kept."""
    job = single.stop(artifacts, PredictRequest, patience=patience)
    run = predicted_run(artifacts, job) if job is not None else None
    if run is not None:
        delete_run(run)


def forget_prediction(artifacts: Path) -> None:
    """Forget the prediction that ended, and what it printed."""
    single.forget(artifacts, PredictRequest)


def prediction_log(artifacts: Path) -> list[str]:
    """The last lines that it printed."""
    return single.log(artifacts, PredictRequest)


def predicted_run(artifacts: Path, job: PredictJob) -> Run | None:
    """The run that it made; None until it is there."""
    runs = list_runs(artifacts).runs
    return next((run for run in runs if run.info.job == job.id), None)


def _with_own_model(request: PredictRequest, folder: Path) -> PredictRequest:
    copy = folder / Path(request.model).name
    shutil.copyfile(request.model, copy)
    return replace(request, model=str(copy.resolve()))


def _has_finished(artifacts: Path, job: PredictJob, status: int | None) -> bool:
    return status == 0 or predicted_run(artifacts, job) is not None
