"""A file of another tool, or a run folder from elsewhere, as a run."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pandas as pd

from hirise.archives import open_zip
from hirise.data import Catalog, read_catalog
from hirise.errors import InputError
from hirise.files import disk_errors, scratch_folder
from hirise.history import predictions_in
from hirise.importing.kinds import Corrections, kind_of
from hirise.importing.predictions import (
    dataset_document,
    import_history,
    import_predictions,
    title_of,
)
from hirise.predictions import read_predictions
from hirise.runs import Run, read_run
from hirise.runs.info import INFO_FILE, parse_info, read_document
from hirise.runs.tables import HISTORY_COLUMNS
from hirise.runs.writer import amend_info, check_title, new_id, place_run, portable_path

MOST_BYTES = 4_000_000_000
MOST_INFO_BYTES = 10_000_000
_KNOWN = re.compile(
    r"run\.json|history\.csv|predicted_counts\.csv|labels_seen\.parquet"
    r"|catalog\.parquet|image_features\.parquet|activations\.json|model\.keras|log\.txt"
    r"|predictions/[^/]+\.parquet|embeddings/[^/]+\.(npy|parquet)"
    r"|saliency/[^/]+\.(png|jpg|npy|parquet|json)"
)
_ID = re.compile(r"\d{8}-\d{6}-[a-z0-9][a-z0-9-]{0,60}")


class UnpackedRun(NamedTuple):
    """A run in a hidden folder beside the others, checked but not yet placed."""

    run: Run
    ignored: tuple[str, ...]


def import_run(
    path: Path,
    artifacts: Path,
    *,
    title: str | None = None,
    data: Path | None = None,
    label_column: str | None = None,
) -> Run:
    """Copy a run folder, or a zip of one, into `artifacts`.

    It keeps its id if that is free, and gets a new one otherwise. A training in it
    becomes interrupted: its process is not here.

    Parameters
    ----------
    path : Path
        The folder that holds `run.json`, or a zip of it.
    artifacts : Path
        Where run folders are kept.
    title : str, optional
        Another title than its own.
    data : Path, optional
        Where its images are on this machine.
    label_column : str, optional
        The dataset's column of labels, where several could be it; that of the run by
        default.

    Raises
    ------
    InputError
        A path in it that leaves the folder, a link, too many bytes, or a file that
        cannot be read. Nothing is kept then.
    """
    with unpacked(path, artifacts) as unpacked_run:
        run = unpacked_run.run
        catalog = None
        if data is not None:
            column = label_column or run.label_column
            catalog = read_catalog(data, label_column=column)
        changes = _changes(run, path, artifacts, title=title, catalog=catalog)
        with disk_errors(artifacts):
            return read_run(_placed(run, artifacts, changes))


@contextmanager
def unpacked(path: Path, artifacts: Path) -> Iterator[UnpackedRun]:
    """The run at `path`, copied into a hidden folder of `artifacts` and checked.

    The copy is removed at the end, unless it was moved.
    """
    with disk_errors(artifacts), scratch_folder(artifacts) as beside:
        folder = beside / "run"
        folder.mkdir()
        copy = _copy_folder if path.is_dir() else _unzip
        ignored = copy(path, folder)
        yield UnpackedRun(_check_run(folder, path), ignored)


def _copy_folder(source: Path, target: Path) -> tuple[str, ...]:
    ignored = []
    size = 0
    for file in sorted(source.rglob("*")):
        name = file.relative_to(source).as_posix()
        # A link may lead to any file of this machine.
        if file.is_symlink():
            raise InputError(
                "This is a link.", where=file, how="A run holds plain files only."
            )
        if file.is_dir():
            continue
        if not _KNOWN.fullmatch(name) or not file.is_file():
            ignored.append(name)
            continue
        size += file.stat().st_size
        if size > MOST_BYTES:
            raise InputError(
                f"This is larger than {MOST_BYTES / 1e9:.0f} GB, the limit.",
                where=source,
            )
        (target / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(file, target / name)
    return tuple(ignored)


def _unzip(source: Path, target: Path) -> tuple[str, ...]:
    with open_zip(source, most_bytes=MOST_BYTES) as archive:
        top = _top(source, archive)
        ignored = []
        for member in archive.infolist():
            name = member.filename.removeprefix(top)
            if member.is_dir():
                continue
            if not member.filename.startswith(top) or not _KNOWN.fullmatch(name):
                ignored.append(member.filename)
                continue
            (target / name).parent.mkdir(exist_ok=True)
            # `x`, as a zip may hold the same name twice.
            with archive.open(member) as packed, (target / name).open("xb") as file:
                shutil.copyfileobj(packed, file)
    return tuple(ignored)


def _top(source: Path, archive: zipfile.ZipFile) -> str:
    """The folder in the archive that holds the run, with its `/`."""
    folders = [
        PurePosixPath(name).parent
        for name in archive.namelist()
        # macOS adds a folder that repeats the names and holds none of the data.
        if PurePosixPath(name).name == INFO_FILE and not name.startswith("__MACOSX/")
    ]
    if len(folders) != 1:
        number = "no run" if not folders else f"{len(folders)} runs"
        raise InputError(
            f"This holds {number}.", where=source, how="Zip one run folder."
        )
    return "" if folders[0] == PurePosixPath() else f"{folders[0]}/"


def _check_run(folder: Path, source: Path) -> Run:
    """The run in `folder`, once all of its tables could be read."""
    try:
        if (folder / INFO_FILE).stat().st_size > MOST_INFO_BYTES:
            raise InputError(
                "This is larger than 10 MB, so it is not a run.", where=INFO_FILE
            )
        info = parse_info(read_document(folder / INFO_FILE), folder / INFO_FILE)
        run = Run(folder, replace(info, title=check_title(info.title)))
        for split in run.splits():
            read_predictions(run.predictions_path(split))
        _check_table("history.csv", run.history(), numbers=HISTORY_COLUMNS)
        _check_table("predicted_counts.csv", run.predicted_counts(), numbers=("n",))
        for name, table in (
            ("labels_seen.parquet", run.labels_seen()),
            ("catalog.parquet", run.catalog()),
        ):
            if table is not None:
                _check_table(name, table, texts=("image", "split"))
        run.image_features()
    except (InputError, RecursionError) as error:
        # People know the source, not the hidden copy.
        reason = str(error).replace(f"{folder}{os.sep}", "")
        raise InputError(f"This cannot be imported: {reason}", where=source) from error
    return run


def _check_table(
    name: str,
    table: pd.DataFrame,
    *,
    numbers: tuple[str, ...] = (),
    texts: tuple[str, ...] = (),
) -> None:
    for column in (*numbers, *texts):
        if column not in table:
            raise InputError(f"There is no column `{column}`.", where=name)
    for column in numbers:
        if not pd.api.types.is_numeric_dtype(table[column]):
            raise InputError(f"`{column}` is not all numbers.", where=name)


def _placed(run: Run, artifacts: Path, changes: dict[str, Any]) -> Path:
    """Move the run's folder to a free id, its own if possible."""
    wanted = run.info.id
    if not _ID.fullmatch(wanted):
        wanted = new_id(run.info.title, datetime.now().astimezone())
    amend_info(run.folder, changes)
    return place_run(run.folder, artifacts, wanted)


def _changes(
    run: Run,
    source: Path,
    artifacts: Path,
    *,
    title: str | None,
    catalog: Catalog | None,
) -> dict[str, Any]:
    """What changes in `run.json`: no process, and where the images are."""
    changes: dict[str, Any] = dict.fromkeys(("pid", "process_started", "host", "job"))
    if run.info.status == "training":
        changes["status"] = "interrupted"
    changes["title"] = check_title(run.info.title if title is None else title)
    dataset = dict(run.info.dataset or {})
    if catalog is not None:
        dataset |= dataset_document(catalog, artifacts)
    elif source.is_dir() and (there := read_run(source).dataset_path) is not None:
        dataset["path"] = portable_path(there, artifacts)
    elif dataset:
        dataset["path"] = None  # a path of the machine that zipped it
    return changes | {"dataset": dataset or None}


def import_file(
    path: Path,
    artifacts: Path,
    *,
    title: str | None = None,
    history: Path | None = None,
    data: Path | None = None,
    label_column: str | None = None,
    corrections: Corrections | None = None,
) -> Run:
    """Make a run of predictions, of a history alone, or of a run folder or its zip.

    Parameters
    ----------
    path : Path
    artifacts : Path
        Where run folders are kept.
    title : str, optional
        Defaults to the file's name, or the run's own title.
    history : Path, optional
        Training curves beside predictions.
    data : Path, optional
        The dataset folder.
    label_column : str, optional
        Its column of labels, where several could be it.
    corrections : Corrections, optional
        How to read a predictions file.

    Raises
    ------
    InputError
        Anything unreadable or hostile; nothing is written then.
    """
    kind = kind_of(path)
    corrections = corrections or Corrections()
    if kind == "model":
        raise InputError(
            "This is a model, but an import takes the predictions of a model.",
            where=path,
            how="Predict images with it: `hirise predict`.",
        )
    if kind == "predictions":
        return import_predictions(
            path,
            artifacts,
            title=title,
            history=history,
            data=data,
            label_column=label_column,
            logits=corrections.logits,
            split=corrections.split,
            class_names=corrections.class_names,
            columns=corrections.columns,
            **corrections.decisions,
        )
    beside = predictions_in(path) if kind == "history" and path.is_dir() else ()
    if history is None and len(beside) == 1:
        return import_predictions(
            beside[0],
            artifacts,
            title=title or title_of(path),
            history=path,
            data=data,
            label_column=label_column,
            logits=corrections.logits,
            split=corrections.split,
            class_names=corrections.class_names,
            columns=corrections.columns,
        )
    if history is not None:
        raise InputError(
            f"A history goes with predictions, but {path} is a {kind}.",
            where=history,
        )
    import_kind = import_run if kind == "run" else import_history
    return import_kind(
        path, artifacts, title=title, data=data, label_column=label_column
    )
