"""What is known of a process that trains or cures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, NamedTuple, get_args

from hirise.jobs.requests import Request, parse_request, request_document

State = Literal["waiting", "running", "finished", "failed", "stopped"]


@dataclass(frozen=True)
class Job:
    """A process, before, while and after it runs.

    Attributes
    ----------
    id : str
        Also in `RunInfo.job` of the run that it makes.
    request : TrainRequest or CureRequest
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
    request: Request
    state: State
    pid: int | None = None
    process_started: float | None = None
    host: str | None = None
    stopping: bool = False
    error: str = ""

    @property
    def title(self) -> str:
        """What the run is, or will be, called."""
        return self.request.name


class Jobs(NamedTuple):
    """The job that runs, the one that waits for it, and the last one that ended."""

    running: Job | None = None
    waiting: Job | None = None
    ended: Job | None = None


def jobs_document(jobs: Jobs) -> dict[str, Any]:
    """`jobs` as JSON keeps them."""
    return {name: job and _document(job) for name, job in jobs._asdict().items()}


def parse_jobs(document: Mapping[str, Any]) -> Jobs:
    """`jobs_document`, backwards.

    Raises
    ------
    ValueError, TypeError
        If it is not such a document.
    """
    return Jobs(*(_job(document.get(name)) for name in Jobs._fields))


def _document(job: Job) -> dict[str, Any]:
    return {**asdict(job), "request": request_document(job.request)}


def _job(values: Mapping[str, Any] | None) -> Job | None:
    if values is None:
        return None
    known = {item.name for item in fields(Job)}
    request = parse_request(values["request"])
    job = Job(**{**{k: v for k, v in values.items() if k in known}, "request": request})
    if job.state not in get_args(State):
        raise ValueError(f"`state` of a job must not be {job.state!r}.")
    return job
