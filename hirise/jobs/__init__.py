"""Start, watch and stop a training process; one trains and one may wait."""

from hirise.jobs.job import Job, Jobs, TrainRequest
from hirise.jobs.queue import drop, look, run_of, start, stop
from hirise.jobs.room import why_no_training
from hirise.jobs.store import log_tail

__all__ = [
    "Job",
    "Jobs",
    "TrainRequest",
    "drop",
    "log_tail",
    "look",
    "run_of",
    "start",
    "stop",
    "why_no_training",
]
