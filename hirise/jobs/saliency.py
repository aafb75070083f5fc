"""Start, poll and stop the process that computes saliency maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import numpy as np

from hirise.diagnosis.collapse import KIND_RULES
from hirise.jobs import single
from hirise.jobs.room import why_no_room
from hirise.predictions import Predictions
from hirise.runs import Run
from hirise.runs.images import why_none_can_be_had

FLOOR = 1e-7
"""Of a probability before its logarithm is taken, as in the log-loss."""


def is_constant(predictions: Predictions) -> bool:
    """Whether the probabilities hardly differ from image to image, in every class."""
    if predictions.proba is None or len(predictions) < 2:
        return False
    logs = np.log(np.maximum(predictions.proba, FLOOR))
    return bool((logs.std(axis=0) < KIND_RULES.logit_std).all())


def why_no_saliency(run: Run, predictions: Predictions) -> str:
    """Why it cannot be seen where the model of `run` looks, in one line, or ""."""
    name = run.info.id
    if run.info.status == "training":
        return f"{name} is still training (process {run.info.pid}). Wait until it ends."
    if run.is_example:
        return f"{name} is an example that ships with hirise; it stays as it is."
    if predictions.image is None:
        return f"{name} does not say which images it predicted."
    if is_constant(predictions):
        return (
            f"{name} gives all images the same probabilities, wherever it looks: there "
            f"is nothing to explain."
        )
    return ""


def why_no_model(run: Run) -> str:
    """Why there is no model to ask, and what to do, in one line, or ""."""
    name, path = run.info.id, run.model_path
    if path is not None and path.exists():
        return ""
    if path is not None:
        return (
            f"{name} was predicted by {path}, which is gone. If it lies elsewhere: "
            f"hirise saliency {name} --model FILE"
        )
    if run.info.parent is not None:
        return (
            f"{name} has no network of its own; it changes what that of "
            f"{run.info.parent} said. See where that one looks."
        )
    return (
        f"{name} came without the model that predicted it. If it is at hand: "
        f"hirise saliency {name} --model FILE"
    )


_NEEDS = {
    ".onnx": ("onnxruntime", "models"),
    ".tflite": ("ai_edge_litert", "models"),
}
"""What runs a model, and the extra that brings it, where that is not TensorFlow."""


@dataclass(frozen=True)
class LookRequest(single.SingleRequest):
    """Maps to be computed, as `hirise saliency` takes it.

    Attributes
    ----------
    run : str
        Id of a run.
    split, image : str
    """

    kind: ClassVar[str] = "saliency"

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

    @property
    def busy(self) -> str:
        """Why no other can be started while this one runs, and what to do."""
        return (
            f"{self.image} is being looked at already. Wait until that is done, or "
            "stop it."
        )


LookJob = single.SingleJob[LookRequest]
"""The process that looks."""


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
    return single.start(artifacts, request, program=program)


def look_at_looking(artifacts: Path) -> LookJob | None:
    """The job as it now is: running, or how it ended; None if there is none."""
    return single.look(artifacts, LookRequest)


def stop_looking(artifacts: Path, *, patience: float = single.PATIENCE) -> None:
    """End the job that runs; the maps that it has kept stay."""
    single.stop(artifacts, LookRequest, patience=patience)


def looking_log(artifacts: Path) -> list[str]:
    """The last lines that it printed."""
    return single.log(artifacts, LookRequest)
