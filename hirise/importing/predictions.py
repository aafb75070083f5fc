"""Predictions or curves from anywhere as a run folder."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import pandas as pd

from hirise.data import Catalog, read_catalog
from hirise.errors import shown
from hirise.history import read_curves
from hirise.predictions import Predictions, read_all_predictions
from hirise.predictions.dataset_labels import image_finder, with_truth
from hirise.predictions.decisions import Decisions
from hirise.runs import Run, RunWriter, create_run
from hirise.runs.images import store_image_features
from hirise.runs.tables import HISTORY_COLUMNS
from hirise.runs.writer import portable_path


def import_predictions(
    path: Path,
    artifacts: Path,
    *,
    title: str | None = None,
    history: Path | None = None,
    data: Path | None = None,
    label_column: str | None = None,
    logits: bool = False,
    split: str | None = None,
    class_names: tuple[str, ...] | None = None,
    columns: Mapping[str, str] | None = None,
    **decisions: Unpack[Decisions],
) -> Run:
    r"""Make a run of a predictions file; nothing is written if anything is wrong.

    Parameters
    ----------
    path : Path
        CSV, JSON, Parquet or npz; see the README for its columns.
    artifacts : Path
        Where run folders are kept.
    title : str, optional
        Defaults to the file's name.
    history : Path, optional
        Training curves, file or folder, as `history.read_curves` reads them.
    data : Path, optional
        The dataset folder. Missing ground truth is looked up in it by image name.
    label_column : str, optional
        The dataset's column of labels, where several could be it.
    logits : bool
        The scores are logits.
    split : str, optional
        Name of the split, where the file has no `split` column.
    class_names, columns, **decisions
        See `read_all_predictions`.

    Raises
    ------
    InputError
        Anything unreadable, or images that the dataset does not have.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "small-cnn.csv")
    ...     _ = path.write_text("image,y_true,y_pred\na.jpg,crater,other\n")
    ...     run = import_predictions(path, Path(folder, "artifacts"), split="val")
    ...     run.info.title, run.info.status, run.splits()
    ('small-cnn', 'imported', ('val',))
    """
    parts = read_all_predictions(
        path, logits=logits, class_names=class_names, columns=columns, **decisions
    )
    if split is not None and len(parts) == 1 and not parts[0].split:
        parts = (replace(parts[0], split=split),)
    curves = None
    if history is not None:
        curves = read_curves(history).with_classes(len(parts[0].class_names))
    catalog = None
    if data is not None:
        catalog = read_catalog(data, label_column=label_column)
    if catalog is not None and len(parts) == 1:
        parts = (with_split(parts[0], catalog),)
    parts = tuple(p if p.split else replace(p, split="all") for p in parts)
    if catalog is not None:
        parts = tuple(with_truth(part, catalog, path) for part in parts)
    writer = create_run(
        artifacts,
        title=title or title_of(path),
        class_names=parts[0].class_names,
        dataset=None if catalog is None else dataset_document(catalog, artifacts),
        status="imported",
        notes=(*parts[0].notes, *(curves.notes if curves else ())),
    )
    return write_tables(writer, parts, curves.table if curves else None, catalog)


def title_of(path: Path) -> str:
    """The default title of a run: the name of the file or folder it was made of.

    Examples
    --------
    >>> title_of(Path("results/my-model.csv"))
    'my-model'
    """
    name = path.absolute().name
    # The name of an event file ends in that of a host, which is no suffix.
    stem = name if path.is_dir() or "tfevents" in name else path.stem
    return shown(stem.strip(), most=120) or "import"


def dataset_document(catalog: Catalog, artifacts: Path) -> dict[str, object]:
    """What `run.json` says of the dataset."""
    return {
        "path": portable_path(catalog.root, artifacts),
        "fingerprint": catalog.fingerprint,
        **catalog.chosen,
        "layout": catalog.layout,
        "channels": catalog.channels,
        "n_images": len(catalog.table),
        "problems": catalog.problem_counts,
    }


def write_tables(
    writer: RunWriter,
    parts: tuple[Predictions, ...],
    curves: pd.DataFrame | None,
    catalog: Catalog | None,
) -> Run:
    """The run with all of its tables. Its folder is removed if one fails."""
    try:
        _fill(writer, parts, curves, catalog)
    except BaseException:
        shutil.rmtree(writer.folder, ignore_errors=True)
        raise
    return writer.read()


def _fill(
    writer: RunWriter,
    parts: tuple[Predictions, ...],
    curves: pd.DataFrame | None,
    catalog: Catalog | None,
) -> None:
    for part in parts:
        writer.write_predictions(part.split, part.write)
    if curves is not None:
        binary = [n for n in map(str, curves) if n.endswith("binary_accuracy")]
        columns = [*HISTORY_COLUMNS, *binary]
        writer.write_table("history.csv", curves.reindex(columns=columns))
    if catalog is not None:
        table = catalog.table
        if parts and all(part.image is not None for part in parts):
            table = table.assign(split=_splits(table, parts))
        writer.write_table("catalog.parquet", table)
        store_image_features(writer, catalog)


def with_split(part: Predictions, catalog: Catalog) -> Predictions:
    """`part` with the split that the dataset has all of its images in, if it has none.

    Examples
    --------
    >>> import numpy as np
    >>> from hirise.data.simulated import SimulatedMars, planned_catalog
    >>> catalog = planned_catalog(SimulatedMars(n_landmarks=40))
    >>> table = catalog.table[catalog.table["split"] == "val"]
    >>> y_pred = table["label"].to_numpy()
    >>> image = table["image"].to_numpy()
    >>> part = Predictions(y_pred, catalog.class_names, image=image)
    >>> with_split(part, catalog).split
    'val'
    """
    if part.split or part.image is None:
        return part
    find = image_finder(catalog.table["image"])
    known = dict(zip(catalog.table["image"], catalog.table["split"], strict=True))
    splits = {known.get(find(image) or "", "") for image in part.image}
    if len(splits) != 1 or splits == {""}:
        return part
    (split,) = splits
    note = f"All predicted images are in the split {split} of the dataset."
    return replace(part, split=split, notes=(*part.notes, note))


def _splits(table: pd.DataFrame, parts: tuple[Predictions, ...]) -> pd.Series:
    """The split of the predictions of an image, else its own in the dataset.

    Images of a predicted split without a prediction are in none: the split is what was
    predicted. The training images count for class frequencies and for leakage.
    """
    images = table["image"]
    find = image_finder(images)
    named = {
        find(image): part.split
        for part in parts
        if part.image is not None
        for image in part.image
    }
    predicted = {part.split for part in parts}
    own = table["split"].where(~table["split"].isin(predicted), "")
    return images.map(named).fillna(own).astype("str")


def import_history(
    path: Path,
    artifacts: Path,
    *,
    title: str | None = None,
    data: Path | None = None,
    label_column: str | None = None,
) -> Run:
    r"""Make a run of training curves; nothing is written if anything is wrong.

    Parameters
    ----------
    path : Path
        File or folder, as `history.read_curves` reads it.
    artifacts : Path
        Where run folders are kept.
    title : str, optional
        Defaults to the name of the file or folder.
    data : Path, optional
        The dataset folder, whose class frequencies give the baselines.
    label_column : str, optional
        Its column of labels, where several could be it.

    Raises
    ------
    InputError
        Not a history, or no dataset.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "log.csv")
    ...     _ = path.write_text("epoch,loss\n0,0.9\n1,0.7\n")
    ...     run = import_history(path, Path(folder, "artifacts"))
    ...     run.history()["loss"].tolist()
    [0.9, 0.7]
    """
    curves = read_curves(path)
    catalog = None
    if data is not None:
        catalog = read_catalog(data, label_column=label_column)
    if catalog is not None:
        curves = curves.with_classes(len(catalog.class_names))
    writer = create_run(
        artifacts,
        title=title or title_of(path),
        class_names=() if catalog is None else catalog.class_names,
        dataset=None if catalog is None else dataset_document(catalog, artifacts),
        status="imported",
        notes=curves.notes,
    )
    return write_tables(writer, (), curves.table, catalog)
