"""A process that outlives the one that started it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from hirise.runs.process import Owned, is_alive
from hirise.runs.writer import JOB

_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}
"""Processes started by this one; asked after, lest they stay as zombies."""


def spawn(command: Sequence[str], job_id: str, log: Path) -> tuple[int, float]:
    """Start `command` in a session of its own; its pid and when it began.

    What it prints goes to `log`. It survives the page, the server and Ctrl-C.
    """
    environment = {
        **os.environ,
        JOB: job_id,
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    with log.open("wb") as file:
        child = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=_creation_flags(),
        )
    _CHILDREN[child.pid] = child
    try:
        return child.pid, psutil.Process(child.pid).create_time()
    except psutil.NoSuchProcess:
        return child.pid, time.time()


def is_running(job: Owned, folder: Path) -> bool:
    """Whether the process of `job` is still there."""
    return is_alive(job, folder)


def exit_status(job: Owned) -> int | None:
    """How the process of `job` ended; None if another process started it."""
    child = _CHILDREN.get(job.pid or 0)
    if child is None or child.poll() is None:
        return None
    return _CHILDREN.pop(child.pid).returncode


def end(job: Owned, *, patience: float) -> None:
    """Ask the process of `job`, with what it started, to end; then make it."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(job.pid)
        all_of_it = [process, *process.children(recursive=True)]
        for one in all_of_it:
            with suppress(psutil.NoSuchProcess):
                one.terminate()
        _, stubborn = psutil.wait_procs(all_of_it, timeout=patience)
        for one in stubborn:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(stubborn, timeout=patience)


def _creation_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0
