"""Write a run for TensorBoard."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from pathlib import Path

from hirise.actions import RunLike, StrPath, resolve_run
from hirise.errors import InputError
from hirise.files import disk_errors, write_whole
from hirise.progress import Progress


@dataclass(frozen=True)
class ExportRequest:
    """An export to be made.

    Attributes
    ----------
    run : str, path or Run
        Id or folder of the run, or the run.
    tensorboard : path
        Log folder; each run gets a folder of its own in it. A new file that ends in
        .zip holds that folder instead.
    artifacts : path
        Folder of the runs.
    """

    run: RunLike
    tensorboard: StrPath
    _: KW_ONLY
    artifacts: StrPath = "artifacts"


def export(request: ExportRequest, *, progress: Progress | None = None) -> Path:
    r"""Write curves, scores and verdicts of a run as event files; where they are.

    Raises
    ------
    InputError
        If there is no such run, nothing to export, or the folder exists or cannot be
        written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.actions.import_ import ImportRequest, import_
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "log.csv")
    ...     _ = file.write_text("epoch,loss\n0,0.9\n1,0.7\n")
    ...     run = import_(ImportRequest(file, artifacts=folder))
    ...     request = ExportRequest(run.info.id, Path(folder, "logs"), artifacts=folder)
    ...     logs = export(request)
    ...     [path.name for path in logs.iterdir()]
    ['train']
    """
    from hirise.exporting import export_tensorboard, tensorboard_zip

    run, place = resolve_run(request.run, request.artifacts), Path(request.tensorboard)
    if place.suffix.lower() != ".zip" or place.is_dir():
        return export_tensorboard(run, place)
    if place.exists():
        raise InputError("This file exists.", where=place, how="Name a new one.")
    content = tensorboard_zip(run)
    with disk_errors(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, lambda path: path.write_bytes(content))
    return place
