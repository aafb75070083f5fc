"""The run folder: create, append, finish, find, read, rename, delete."""

from hirise.runs.folder import Run, RunList, find_run, list_runs, read_run
from hirise.runs.info import FORMAT, RunInfo
from hirise.runs.manage import delete_run, rename_run
from hirise.runs.writer import RunWriter, create_run

__all__ = [
    "FORMAT",
    "Run",
    "RunInfo",
    "RunList",
    "RunWriter",
    "create_run",
    "delete_run",
    "find_run",
    "list_runs",
    "read_run",
    "rename_run",
]
