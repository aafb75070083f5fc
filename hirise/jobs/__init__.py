"""Start, watch and stop a training or a cure; one runs and one may wait."""

from hirise.jobs.job import Job, Jobs
from hirise.jobs.queue import drop, look, run_of, start, stop
from hirise.jobs.requests import CureRequest, Request, ResumeRequest, TrainRequest
from hirise.jobs.room import why_no_training, why_not_started
from hirise.jobs.store import log_tail

__all__ = [
    "CureRequest",
    "Job",
    "Jobs",
    "Request",
    "ResumeRequest",
    "TrainRequest",
    "drop",
    "log_tail",
    "look",
    "run_of",
    "start",
    "stop",
    "why_no_training",
    "why_not_started",
]
