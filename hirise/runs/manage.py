"""Renaming and deleting runs."""

from __future__ import annotations

import shutil

from hirise.errors import InputError
from hirise.runs.folder import Run, read_run
from hirise.runs.writer import amend_info, checked_title


def rename_run(run: Run, title: str) -> Run:
    """Give `run` another title; its id and folder stay."""
    amend_info(run.folder, {"title": checked_title(title)})
    return read_run(run.folder)


def delete_run(run: Run) -> None:
    """Delete the folder of `run`.

    Raises
    ------
    InputError
        If it is training, or the folder may be more than a run: a link, or not named
        by the run's id, as when a `run.json` was copied into some other folder.
    """
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
