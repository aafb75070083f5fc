"""One training at a time in a folder of runs, whoever started it: the others wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from hirise.files import disk_errors
from hirise.jobs.store import jobs_folder
from hirise.runs import list_runs

SECONDS_BETWEEN = 0.5
"""Seconds between two tries."""


@contextmanager
def own_turn(artifacts: Path, tell: Callable[[str], object]) -> Iterator[None]:
    """Hold the only turn to train in `artifacts`; wait while another process has it.

    The operating system frees the turn of a process that is killed. A thread that has
    it already gets it again.

    Parameters
    ----------
    artifacts : Path
        The folder of the runs.
    tell : function
        Called with one line if there is something to wait for.

    Raises
    ------
    InputError
        If the folder cannot be written to.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as artifacts, own_turn(Path(artifacts), print):
    ...     (Path(artifacts) / ".jobs" / "turn").is_file()
    True
    """
    # Two spellings of one folder must give one lock.
    folder = jobs_folder(artifacts.resolve())
    with disk_errors(artifacts):
        folder.mkdir(parents=True, exist_ok=True)
        turn = FileLock(folder / "turn", is_singleton=True)
        try:
            turn.acquire(blocking=False)
        except Timeout:
            tell(f"Waiting for {_holder(artifacts)} in {artifacts} to end.")
            turn.acquire(poll_interval=SECONDS_BETWEEN)
    try:
        yield
    finally:
        turn.release()


def _holder(artifacts: Path) -> str:
    runs = list_runs(artifacts).runs
    titles = [run.info.title for run in runs if run.info.status == "training"]
    return f"the training '{titles[0]}'" if titles else "another training"
