"""Renaming, annotating, deleting and reopening runs."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

from hirise.errors import InputError, Refusal
from hirise.files import TEMPORARY, disk_errors, scratch_folder
from hirise.runs.folder import Run, read_run
from hirise.runs.process import BEAT, last_beat, this_process
from hirise.runs.writer import JOB, RunWriter, amend_info, check_title

CHECKPOINT = "checkpoint.npz"
"""State of a training after its last finished epoch; gone once the run is finished."""

LONGEST_NOTE = 2_000
"""Characters of a note."""


def rename_run(run: Run, title: str) -> Run:
    """Give `run` another title; its id and folder stay.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     run = create_run(Path(folder), title="Small", class_names=["a", "b"]).read()
    ...     rename_run(run, "First try").info.title
    'First try'
    """
    refuse_example(run)
    amend_info(run.folder, {"title": check_title(title)})
    return read_run(run.folder)


def annotate_run(run: Run, note: str) -> Run:
    """Write a note of one's own beside `run`; an empty one takes it away.

    Raises
    ------
    InputError
        If it has more than 2,000 characters, or the run is an example.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     run = create_run(Path(folder), title="Small", class_names=["a", "b"]).read()
    ...     annotate_run(run, "Learning rate too high.").info.note
    'Learning rate too high.'
    """
    refuse_example(run)
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise InputError(
            f"The note has {len(note):,} characters. At most {LONGEST_NOTE:,} fit.",
            how="Keep longer texts in a separate file.",
        )
    amend_info(run.folder, {"note": note})
    return read_run(run.folder)


def delete_run(run: Run) -> None:
    """Delete the folder of `run`.

    Raises
    ------
    InputError
        If it is training, is an example, or the folder may be more than a run: a link,
        or not named by the run's id, as when a `run.json` was copied elsewhere.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     writer.finish("finished")
    ...     delete_run(writer.read())
    ...     list(Path(folder).iterdir())
    []
    """
    refuse_example(run)
    # Read anew: it may have been resumed since.
    current = read_run(run.folder)
    if current.info.status == "training":
        raise InputError(
            f"This run is training (process {current.info.pid}).",
            where=run.folder,
            how="Stop the training first.",
        )
    if run.folder.is_symlink() or run.folder.resolve().name != current.info.id:
        raise InputError(
            f"This is a link, or is not named {current.info.id} like its run. It may "
            "hold other things.",
            where=run.folder,
            how="Delete it by hand.",
        )
    # Moved first: a kill leaves the run whole, or out of all lists.
    try:
        with scratch_folder(run.folder.parent) as beside:
            run.folder.rename(beside / run.info.id)
    except OSError as error:
        raise InputError(
            f"This cannot be deleted ({error.strerror}).",
            where=run.folder,
            how="Change its rights.",
        ) from error


def refuse_example(run: Run) -> None:
    """Refuse to change an example that ships."""
    if run.is_example:
        raise InputError(
            f"{run.info.id} is an example that ships with hirise and stays as it is.",
            how="`hirise runs hide-examples` leaves the examples out of all lists.",
        )


def check_resumable(run: Run) -> Refusal | None:
    """Why the training of `run` cannot be resumed; None if it can.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     writer.finish("finished")
    ...     check_resumable(writer.read()) is None
    False
    """
    name, status = run.info.id, run.info.status
    if run.is_example:
        return Refusal(
            f"{name} is an example that ships with hirise, so it stays as it is.",
            how="Train a run of your own.",
        )
    if status == "finished":
        return Refusal(f"{name} is finished.", how="There is nothing to resume.")
    if status == "training":
        return Refusal(
            f"{name} is still training (process {run.info.pid}).", how="Stop it first."
        )
    if status == "imported" or not _is_by_recipe(run):
        return Refusal(
            f"{name} was not trained by `hirise train`, so it cannot be resumed.",
            how="Retrain.",
        )
    # Before the first epoch ends there is none, and nothing to lose.
    if not (run.folder / CHECKPOINT).is_file() and not run.history().empty:
        return Refusal(
            f"{name} has no {CHECKPOINT}: it was trained by an older version, or the "
            "file was deleted.",
            how="Retrain.",
        )
    return None


def await_silence(run: Run, *, seconds: float = 3 * BEAT) -> None:
    """Watch for a heartbeat where the process itself cannot be seen from here.

    Clocks of two machines may differ, so that a living training reads as interrupted.

    Raises
    ------
    InputError
        If there is one.
    """
    info = run.info
    if info.host is None or info.host == platform.node():
        return
    before = last_beat(run.folder)
    if before is None:
        return
    time.sleep(seconds)
    if last_beat(run.folder) != before:
        raise InputError(
            f"{info.id} is still training on another machine, {info.host}.",
            how="Stop it there first.",
        )


def reopen_run(folder: Path) -> RunWriter:
    """Make this process the one that trains the run in `folder`.

    Whoever calls holds a lock, lest two processes do so at once.

    Raises
    ------
    InputError
        If the run cannot be resumed; see `check_resumable`.
    """
    refusal = check_resumable(read_run(folder))
    if refusal is not None:
        raise refusal.error()
    writer = RunWriter(folder)
    writer.update(
        **this_process(),
        status="training",
        error=None,
        seconds=None,
        epoch=None,
        job=os.environ.get(JOB),
    )
    with disk_errors(folder):
        (folder / "progress.json").unlink(missing_ok=True)
        for place in (folder, folder / "predictions"):
            for left in place.glob(f"{TEMPORARY}*"):
                left.unlink(missing_ok=True)
    return writer


def _is_by_recipe(run: Run) -> bool:
    """Whether the run holds every setting of a training by `hirise train`."""
    recipe, dataset = run.info.recipe or {}, run.info.dataset or {}
    return "filters" in recipe and "split" in dataset and run.info.seed is not None
