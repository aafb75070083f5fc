"""Exports as a folder that appears whole, or as a zip."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

from hirise.errors import InputError
from hirise.exporting.tensorboard import event_files
from hirise.files import disk_errors, whole_folder
from hirise.runs import Run


def export_tensorboard(run: Run, folder: Path) -> Path:
    """Write a run's event files into a folder of its own in `folder`, a log folder.

    TensorBoard shows all exports in one log folder side by side.

    Returns
    -------
    Path
        The folder that was made, called as the run's.

    Raises
    ------
    InputError
        It is there already, or cannot be written, or there is nothing to export.
    """
    name = run.folder.resolve().name
    target = folder / name
    if os.path.lexists(target):
        raise _is_there(target)
    files = event_files(run)
    try:
        with (
            disk_errors(folder, elsewhere="name another folder"),
            whole_folder(target) as unfinished,
        ):
            for path, content in files.items():
                _write(unfinished / path, content)
    except InputError as error:
        if os.path.lexists(target):  # another export was quicker
            raise _is_there(target) from error
        raise
    return target


def tensorboard_zip(run: Run) -> bytes:
    """The same as a zip file, which holds the folder of the run.

    Raises
    ------
    InputError
        A run without curves and predictions, or one that cannot be read.
    """
    name = run.folder.resolve().name
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, events in event_files(run).items():
            archive.writestr(f"{name}/{path}", events)
    return content.getvalue()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _is_there(target: Path) -> InputError:
    return InputError(
        "This is there already, and an export is never overwritten.",
        where=target,
        how="Delete it, or name another folder.",
    )
