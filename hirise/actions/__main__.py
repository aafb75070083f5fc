"""`python -m hirise.actions NAME FOLDER`: carry out an action in a job's process.

FOLDER holds `request.json`, or is that file. What happens is written beside it:
`progress.json` meanwhile, `result.json` or `error.json` in the end.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import msgspec

from hirise.actions import ACTIONS, action_named
from hirise.errors import InputError, Refusal, error_line, nearest, worded
from hirise.files import TEMPORARY, write_json
from hirise.jobs.control import own_turn
from hirise.jobs.store import locked, read_job, write_job
from hirise.progress import Progress
from hirise.runs import Run
from hirise.runs.process import heartbeat

BAD_INPUT, CRASHED, INTERRUPTED = 2, 1, 130

SECONDS_BETWEEN = 1.0
"""Between two writes of `progress.json`, unless the step or the message changes."""

Act = Callable[[Any, Progress], Any]
"""Given the fields of a request and where to report, the result of an action."""


class FileProgress(Progress):
    """Keeps its status in `progress.json` of a folder, and prints its messages."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.path = folder / "progress.json"
        self._written, self._step = 0.0, ""

    def show(self, done: int, total: int) -> None:
        is_new = self.status.step != self._step or (total and done == total)
        if is_new or time.monotonic() - self._written >= SECONDS_BETWEEN:
            self._write()

    def tell(self, message: str) -> None:
        sys.stdout.write(f"{worded(message)}\n")
        sys.stdout.flush()
        self._write()

    def _write(self) -> None:
        self._written, self._step = time.monotonic(), self.status.step
        # Replaced as a whole, as a page may read it at any moment.
        new = self.path.with_name(f"{TEMPORARY}{self.path.name}")
        # A full disk, or a deleted folder, is for the action itself to report.
        with suppress(OSError):
            new.write_bytes(msgspec.json.encode(self.status))
            new.replace(self.path)


def main(arguments: Sequence[str]) -> int:
    """Carry out an action; the exit status of the process."""
    name, place = arguments
    path = Path(place).resolve()
    folder = path if path.is_dir() else path.parent
    file = folder / "request.json" if path.is_dir() else path
    return carry_out(folder, lambda progress: run_action(name, file, progress))


def run_action(name: str, file: Path, progress: Progress) -> dict[str, Any]:
    """Restore a request, carry its action out, and name the run that it made.

    Raises
    ------
    InputError
        If there is no such action, or the file holds no request of it; and what the
        action itself refuses.
    """
    if name not in ACTIONS:
        raise InputError(
            f"There is no action '{name}'.{nearest(name, ACTIONS)}",
            how=f"Choose one of: {', '.join(ACTIONS)}.",
        )
    request_type, action = action_named(name)
    result = action(restore_request(request_type, file), progress=progress)
    run = result if isinstance(result, Run) else getattr(result, "run", None)
    return {"run": run.info.id} if isinstance(run, Run) else {}


def restore_request(kind: type[Any], file: Path) -> Any:
    """The request of this `kind` that a JSON file holds.

    Raises
    ------
    InputError
        If the file cannot be read, or holds anything else.
    """
    try:
        document = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
        # msgspec passes over unknown fields: a misspelt one would change nothing.
        unknown = document.keys() - {field.name for field in fields(kind)}
        if unknown:
            raise msgspec.ValidationError(f"unknown field {min(unknown)!r}")
        return msgspec.convert(document, kind)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(
            f"This is no request for {kind.__name__}: {error}.", where=file
        ) from error


def carry_out(folder: Path, act: Callable[[Progress], Mapping[str, Any]]) -> int:
    """Carry out the action of the job in `folder`, and write how it ended.

    Parameters
    ----------
    folder : Path
        Of a job, or any other to write to.
    act : function
        Given a `Progress`, what becomes of `result.json`.

    Returns
    -------
    int
        0, or 1 after a crash, 2 after a refusal, 130 after Ctrl-C.
    """
    progress = FileProgress(folder)
    try:
        with heartbeat(folder), _turn(folder, progress):
            result = act(progress)
            write_json(folder / "result.json", result)
    except KeyboardInterrupt:
        return INTERRUPTED
    except InputError as error:
        _write_error(folder, error.refusal)
        sys.stdout.write(f"{error}\n")
        return BAD_INPUT
    except Exception as error:
        traceback.print_exc()
        _write_error(folder, Refusal(f"{type(error).__name__}: {error_line(error)}"))
        return CRASHED
    return 0


def _write_error(folder: Path, refusal: Refusal) -> None:
    # Without space for it, the log tells.
    with suppress(InputError):
        write_json(folder / "error.json", msgspec.to_builtins(refusal))


@contextmanager
def _turn(folder: Path, progress: Progress) -> Iterator[None]:
    """The turn of the job in `folder`, where it takes one; its state meanwhile."""
    job, artifacts = read_job(folder), folder.parent.parent
    if job is None or not job.takes_turn:
        yield
        return

    def wait(message: str) -> None:
        _set_state(folder, "waiting")
        progress.say(message)

    with own_turn(artifacts, wait):
        _set_state(folder, "running")
        yield


def _set_state(folder: Path, state: Any) -> None:
    artifacts = folder.parent.parent
    with locked(artifacts):
        # Read again under the lock, as a stop may have been written meanwhile.
        job = read_job(folder)
        if job is not None:
            write_job(artifacts, replace(job, state=state))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
