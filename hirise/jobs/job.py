"""A job: an action of hirise in a separate process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from msgspec import Meta

from hirise.errors import Refusal

State = Literal["waiting", "running", "finished", "failed", "stopped"]

JOB_ID = r"\A[0-9a-f]{12}\Z"


@dataclass(frozen=True, kw_only=True)
class Job:
    """A process that carries out an action: before, while and after it runs.

    What is kept is the request and never a command line, so that a file that others
    may write to cannot start anything else.

    Attributes
    ----------
    id : str
        Twelve hexadecimal digits, also in `RunInfo.job` of the run that it makes.
    action : str
        A key of `hirise.actions.ACTIONS`.
    request : mapping
        The fields of the action's request, as JSON.
    title : str
        What people call it.
    takes_turn : bool
        Whether it runs only while no other such job does, as trainings do.
    state : str
        `waiting` for its turn, `running`, `finished`, `failed` or `stopped`.
    created : float
        When it was started, in seconds since 1970.
    pid, process_started, host
        The process, once there is one.
    is_stopping : bool
        Whether it was asked to stop.
    error : Refusal, optional
        Why it failed.
    """

    id: Annotated[str, Meta(pattern=JOB_ID)]
    action: Annotated[str, Meta(pattern=r"\A[a-z_]{1,40}\Z")]
    request: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    takes_turn: bool = False
    state: State = "running"
    created: float = 0.0
    # A signal to process 0 or to a negative number would reach a group of processes.
    pid: Annotated[int, Meta(gt=1, lt=2**31)] | None = None
    process_started: float | None = None
    host: str | None = None
    is_stopping: bool = False
    error: Refusal | None = None

    @property
    def has_ended(self) -> bool:
        """Whether it finished, failed or was stopped."""
        return self.state not in ("waiting", "running")


@dataclass(frozen=True)
class Jobs:
    """The jobs of a folder of runs, oldest first.

    Examples
    --------
    >>> training = Job(id="0" * 12, action="train", takes_turn=True)
    >>> jobs = Jobs((training, Job(id="1" * 12, action="map")))
    >>> jobs.running is training, jobs.waiting, jobs.newest("map").id
    (True, None, '111111111111')
    """

    jobs: tuple[Job, ...] = ()

    @property
    def running(self) -> Job | None:
        """The job that has the turn."""
        return self._newest(lambda job: job.takes_turn and job.state == "running")

    @property
    def waiting(self) -> Job | None:
        """The job that waits for the turn."""
        return self._newest(lambda job: job.takes_turn and job.state == "waiting")

    @property
    def ended(self) -> Job | None:
        """The last job that had the turn and has ended."""
        return self._newest(lambda job: job.takes_turn and job.has_ended)

    def newest(self, action: str) -> Job | None:
        """The job of this action that was started last."""
        return self._newest(lambda job: job.action == action)

    def get(self, job_id: str) -> Job | None:
        """The job with this id."""
        return self._newest(lambda job: job.id == job_id)

    def _newest(self, is_wanted: Callable[[Job], bool]) -> Job | None:
        return next((job for job in reversed(self.jobs) if is_wanted(job)), None)
