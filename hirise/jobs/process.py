"""The process of a job: it outlives whoever started it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from hirise.jobs.job import Job
from hirise.runs.process import is_alive
from hirise.runs.writer import JOB

_CHILDREN: dict[str, subprocess.Popen[bytes]] = {}
"""Processes started by this one, by job; polled, lest they stay as zombies."""


def spawn(command: Sequence[str], folder: Path) -> tuple[int, float]:
    """Start `command` for the job in `folder`; its pid and when it started.

    It runs in a session of its own, so it survives the page, the server and Ctrl-C.
    What it prints goes to `log.txt`.
    """
    environment = {
        **os.environ,
        JOB: folder.name,
        # The log is shown while the process runs.
        "PYTHONUNBUFFERED": "1",
        # Without a terminal Python takes the encoding of the locale, perhaps ASCII.
        "PYTHONIOENCODING": "utf-8",
    }
    with (folder / "log.txt").open("wb") as log:
        child = subprocess.Popen(
            [*command, str(folder)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=_creation_flags(),
        )
    _CHILDREN[folder.name] = child
    try:
        return child.pid, psutil.Process(child.pid).create_time()
    except psutil.NoSuchProcess:
        return child.pid, time.time()


def is_running(job: Job, folder: Path) -> bool:
    """Whether the process of `job`, whose folder this is, is still there.

    On another machine it is known by its heartbeat in the folder.
    """
    if not is_alive(job, folder):
        return False
    return job.host != platform.node() or _names_job(job) is not False


def exit_status(job: Job) -> int | None:
    """How the process of `job` ended; None if another process started it."""
    child = _CHILDREN.get(job.id)
    if child is None or child.poll() is None:
        return None
    return _CHILDREN.pop(job.id).returncode


def end(job: Job, folder: Path, *, patience: float) -> None:
    """Ask the process of `job` and its children to end; after `patience`, kill them.

    No signal is sent unless pid, start time, host and command line are those of the
    job: `job.json` may be old, or written by anyone.
    """
    if job.host != platform.node() or not is_alive(job, folder) or not _names_job(job):
        return
    with suppress(psutil.NoSuchProcess):
        # Listed first, as the children of a process that has ended are not found.
        process = psutil.Process(job.pid)
        processes = [process, *process.children(recursive=True)]
        for member in processes:
            with suppress(psutil.Error):
                member.terminate()
        _, alive = psutil.wait_procs(processes, timeout=patience)
        for member in alive:
            with suppress(psutil.Error):
                member.kill()
        psutil.wait_procs(alive, timeout=patience)


def _names_job(job: Job) -> bool | None:
    """Whether the command line ends with the folder of `job`; None if it is hidden.

    Linux shows an empty one for a moment after a process began.
    """
    try:
        command = psutil.Process(job.pid).cmdline()
    except psutil.AccessDenied:
        return None
    except psutil.NoSuchProcess:
        return False
    return Path(command[-1]).name == job.id if command else None


def _creation_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0
