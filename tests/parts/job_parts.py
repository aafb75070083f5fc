"""Small stand-ins for the program that carries out a job, and waiting for jobs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hirise.jobs import Job, Jobs, poll

PYTHON = (sys.executable, "-S", "-c")
_WRITE = "import pathlib, sys; folder = pathlib.Path(sys.argv[-1])\n"

STAYS = (*PYTHON, "import time; print('here'); time.sleep(600)")
ENDS = (*PYTHON, f"{_WRITE}(folder / 'result.json').write_text('{{}}'); print('done')")
FAILS = (
    *PYTHON,
    f"{_WRITE}print('a warning')\n"
    '(folder / "error.json").write_text(\'{"what": "no such folder."}\')\n'
    "sys.exit(2)",
)
"""Programs that go on, finish, and fail with a reason."""


def reporting(**status: object) -> tuple[str, ...]:
    """A program that goes on, with this status in its `progress.json`."""
    code = f"(folder / 'progress.json').write_text({json.dumps(status)!r})"
    return (*PYTHON, f"{_WRITE}{code}\nimport time; time.sleep(600)")


def waiting_for(gate: Path) -> tuple[str, ...]:
    """A program that finishes once `gate` is there."""
    code = (
        "import time\n"
        f"while not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.05)\n"
        "(folder / 'result.json').write_text('{}')"
    )
    return (*PYTHON, f"{_WRITE}{code}")


THIRD_EPOCH = reporting(
    step="Epoch 3 of 3",
    fraction=0.75,
    done=180,
    total=240,
    unit="batches",
    seconds_left=120,
)
THIRD_EPOCH_TEXT = "Epoch 3 of 3: 180 of 240 batches, about 2 min left"


@dataclass(frozen=True)
class Wish:
    """A request; one with `queue` takes turns."""

    word: str = "hi"
    queue: bool = False
    artifacts: str = "artifacts"


def wait_for(condition: Callable[[], object], *, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_for_end(artifacts: Path, job: Job) -> Job:
    """The job once it has ended."""
    wait_for(lambda: (now := poll(artifacts).get(job.id)) is None or now.has_ended)
    ended = poll(artifacts).get(job.id)
    assert ended is not None
    return ended


def states(jobs: Jobs) -> list[str]:
    return [job.state for job in jobs.jobs]
