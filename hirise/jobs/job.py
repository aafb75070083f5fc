"""What is asked of a training process, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

State = Literal["waiting", "running", "finished", "failed", "stopped"]


@dataclass(frozen=True)
class TrainRequest:
    """A training to be done, as `hirise train` takes it.

    The request is kept, not the command: a file that others may write to must not be
    able to start anything else.

    Attributes
    ----------
    data, split : str
        Absolute path of the images, or the name of a `SimulatedMars`; a kind of split,
        or absolute path of a CSV file.
    recipe, title : str
    settings : dict
        What differs from the recipe, as text.
    seed : int
    fractions : str
        Shares of train, val and test with commas between; "" for the usual ones.
    """

    data: str
    recipe: str
    split: str = "observation"
    settings: dict[str, str] = field(default_factory=dict)
    seed: int = 0
    title: str = ""
    fractions: str = ""

    def arguments(self, artifacts: Path) -> list[str]:
        """The words after `hirise`; joined with `=`, lest one reads as an option."""
        words = {
            "data": self.data,
            "recipe": self.recipe,
            "split": self.split,
            "seed": self.seed,
            "title": self.title or self.recipe,
            "artifacts": artifacts.resolve(),
        }
        if self.fractions:
            words["fractions"] = self.fractions
        changes = [f"--set={key}={value}" for key, value in self.settings.items()]
        return [
            "train",
            *(f"--{key}={value}" for key, value in words.items()),
            *changes,
        ]


@dataclass(frozen=True)
class Job:
    """A training process, before, while and after it runs.

    Attributes
    ----------
    id : str
        Also in `RunInfo.job` of the run that it makes.
    request : TrainRequest
    state : str
        `waiting`, `running`, `finished`, `failed` or `stopped` (on request).
    pid, process_started, host
        The process, once there is one.
    stopping : bool
        Whether it was asked to stop.
    error : str
        Why it failed, in one line.
    """

    id: str
    request: TrainRequest
    state: State
    pid: int | None = None
    process_started: float | None = None
    host: str | None = None
    stopping: bool = False
    error: str = ""

    @property
    def title(self) -> str:
        """What the run is, or will be, called."""
        return self.request.title or self.request.recipe


class Jobs(NamedTuple):
    """The job that runs, the one that waits for it, and the last one that ended."""

    running: Job | None = None
    waiting: Job | None = None
    ended: Job | None = None


def jobs_document(jobs: Jobs) -> dict[str, Any]:
    """`jobs` as JSON keeps them."""
    return {name: job and asdict(job) for name, job in jobs._asdict().items()}


def parse_jobs(document: Mapping[str, Any]) -> Jobs:
    """`jobs_document`, backwards.

    Raises
    ------
    ValueError, TypeError
        If it is not such a document.
    """
    return Jobs(*(_job(document.get(name)) for name in Jobs._fields))


def _job(values: Mapping[str, Any] | None) -> Job | None:
    if values is None:
        return None
    known = {item.name for item in fields(Job)}
    request = TrainRequest(**values["request"])
    texts = (
        *(request.data, request.recipe, request.split),
        *(request.title, request.fractions),
    )
    pairs = request.settings.items()
    if not all(
        isinstance(text, str) for text in (*texts, *(t for p in pairs for t in p))
    ):
        raise TypeError("`request` of a job must hold text.")
    job = Job(**{**{k: v for k, v in values.items() if k in known}, "request": request})
    if job.state not in get_args(State):
        raise ValueError(f"`state` of a job must not be {job.state!r}.")
    return job
