"""One training at a time in a folder of runs, whoever started it: the others wait."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from hirise.files import disk_errors
from hirise.jobs.store import jobs_folder
from hirise.runs import list_runs

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

WAITS = "Waits for"
"""How the line begins that tells of a wait; pages look for it."""

BETWEEN = 0.5
"""Seconds between two tries."""


@contextmanager
def own_turn(artifacts: Path, tell: Callable[[str], object]) -> Iterator[None]:
    """Hold the only turn to train in `artifacts`; wait while another process has it.

    The operating system frees the turn of a process that is killed.

    Parameters
    ----------
    artifacts : Path
        The folder of the runs.
    tell : function
        Given one line when there is something to wait for.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    folder = jobs_folder(artifacts)
    with disk_errors(artifacts):
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "turn").open("a+b")
    with file:
        told = False
        while not _is_taken(file):
            if not told:
                tell(
                    f"{WAITS} {_who(artifacts)} in {artifacts} to end. Ctrl-C gives "
                    "up; --no-queue trains beside it."
                )
            told = True
            time.sleep(BETWEEN)
        yield


def _who(artifacts: Path) -> str:
    runs = list_runs(artifacts).runs
    titles = [run.info.title for run in runs if run.info.status == "training"]
    return f"the training '{titles[0]}'" if titles else "another training"


def _is_taken(file: BinaryIO) -> bool:
    """Try to lock the file: whether the turn is now ours."""
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
