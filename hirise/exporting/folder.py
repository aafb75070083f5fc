"""Exports as a folder that appears whole, or as a zip."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from pathlib import Path

from hirise.errors import InputError
from hirise.exporting.tensorboard import event_files
from hirise.files import TEMPORARY
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
    beside = folder / f"{TEMPORARY}{os.getpid()}-{name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            _write(beside / path, content)
        beside.rename(target)
    except OSError as error:
        if os.path.lexists(target):  # another export was quicker
            raise _is_there(target) from error
        raise InputError(
            f"{folder}: cannot be written ({error.strerror or error}). Free some "
            f"space there, or name another folder."
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
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
        f"{target}: is there already, and an export is never overwritten. Delete it, "
        f"or name another folder."
    )
