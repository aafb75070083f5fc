"""Renaming, annotating and deleting runs."""

from __future__ import annotations

import shutil

from hirise.errors import InputError
from hirise.runs.folder import Run, read_run
from hirise.runs.writer import amend_info, checked_title

LONGEST_NOTE = 2_000
"""Characters of a note."""


def rename_run(run: Run, title: str) -> Run:
    """Give `run` another title; its id and folder stay."""
    _refuse_example(run)
    amend_info(run.folder, {"title": checked_title(title)})
    return read_run(run.folder)


def annotate_run(run: Run, note: str) -> Run:
    """Write a note of one's own beside `run`; an empty one takes it away.

    Raises
    ------
    InputError
        If it has more than 2,000 characters, or the run is an example.
    """
    _refuse_example(run)
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise InputError(
            f"A run's note has at most {LONGEST_NOTE:,} characters, got {len(note):,}. "
            "Keep longer texts in a file of their own."
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
    """
    _refuse_example(run)
    current = read_run(run.folder)
    if current.info.status == "training":
        raise InputError(
            f"{run.folder}: is training (process {current.info.pid}). "
            "Stop the training first."
        )
    if run.folder.is_symlink() or run.folder.resolve().name != current.info.id:
        raise InputError(
            f"{run.folder}: is a link, or is not named {current.info.id} like its run, "
            "so it may hold other things. Delete it by hand."
        )
    try:
        shutil.rmtree(run.folder)
    except OSError as error:
        raise InputError(
            f"{run.folder}: cannot be deleted ({error.strerror})."
        ) from error


def _refuse_example(run: Run) -> None:
    if run.is_example:
        raise InputError(
            f"{run.info.id} is an example that ships with hirise, so it stays as it "
            "is. `hirise runs hide-examples` leaves the examples out of all lists."
        )
