"""Start, watch and stop the process that lays a run's images out: one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from hirise.errors import InputError
from hirise.jobs import single
from hirise.runs import Run
from hirise.runs.embeddings import map_path


@dataclass(frozen=True)
class MapRequest(single.SingleRequest):
    """A t-SNE map to be made, as `hirise map` takes it.

    Attributes
    ----------
    run, split : str
        The run's id, and which of its images.
    """

    kind: ClassVar[str] = "map"

    run: str
    split: str

    def arguments(self, artifacts: Path) -> list[str]:
        """The words after `hirise`; joined with `=`, lest one reads as an option."""
        options = [f"--split={self.split}", f"--artifacts={artifacts.resolve()}"]
        return ["map", *options, "--", self.run]

    @property
    def busy(self) -> str:
        """Why no other can be started while this one runs, and what to do."""
        return (
            f"A map of {self.run} is being made already. Wait until it is done, or "
            "stop it."
        )


MapJob = single.SingleJob[MapRequest]
"""The process that makes the map."""


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
    return single.start(artifacts, MapRequest(run.info.id, split), program=program)


def look_map(artifacts: Path, run: Run, split: str) -> MapJob | None:
    """The job for this run and split as it now is; None if the last was another."""
    job = single.look(artifacts, MapRequest, has_finished=_has_finished)
    return job if job and job.request == MapRequest(run.info.id, split) else None


def stop_map(artifacts: Path, *, patience: float = single.PATIENCE) -> None:
    """End the job that runs; nothing of it is kept."""
    single.stop(artifacts, MapRequest, patience=patience)


def map_log(artifacts: Path) -> list[str]:
    """The last lines that it printed."""
    return single.log(artifacts, MapRequest)


def _has_finished(artifacts: Path, job: MapJob, status: int | None) -> bool:
    """Its map tells, where another server started it."""
    path = map_path(artifacts / job.request.run, job.request.split, "tsne")
    return status == 0 or (status is None and path.is_file())
