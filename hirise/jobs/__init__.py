"""Run an action as a separate process: start, poll and stop it; trainings queue."""

from hirise.jobs.control import forget, poll, request_fields, run_of, start, stop
from hirise.jobs.job import Job, Jobs
from hirise.jobs.store import log_tail, read_progress

__all__ = [
    "Job",
    "Jobs",
    "forget",
    "log_tail",
    "poll",
    "read_progress",
    "request_fields",
    "run_of",
    "start",
    "stop",
]
