"""Predictions from anywhere -> a run folder, so that every page can show them."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.dataset import Catalog, read_catalog
from hirise.errors import InputError
from hirise.history import read_history
from hirise.predictions import Predictions, read_all_predictions
from hirise.predictions.table import UNLABELLED
from hirise.runs import Run, RunWriter, create_run
from hirise.runs.tables import HISTORY_COLUMNS
from hirise.runs.writer import portable_path


def import_predictions(
    path: Path,
    artifacts: Path,
    *,
    title: str | None = None,
    history: Path | None = None,
    data: Path | None = None,
    logits: bool = False,
    split: str | None = None,
) -> Run:
    """Make a run of a predictions file; nothing is written if anything is wrong.

    Parameters
    ----------
    path : Path
        CSV, Parquet or npz; see the README for its columns.
    artifacts : Path
        Where run folders are kept.
    title : str, optional
        Defaults to the file's name.
    history : Path, optional
        Training curves, as `history.read_history` reads them.
    data : Path, optional
        The dataset folder. Truth that the file lacks is taken from it by image name.
    logits : bool
        The scores are logits.
    split : str, optional
        Name of the split, where the file has no `split` column.

    Raises
    ------
    InputError
        Anything unreadable, or images that the dataset does not have.
    """
    parts = read_all_predictions(path, logits=logits)
    if split is not None and len(parts) == 1 and not parts[0].split:
        parts = (replace(parts[0], split=split),)
    parts = tuple(p if p.split else replace(p, split="all") for p in parts)
    curves = read_history(history) if history is not None else None
    catalog = read_catalog(data) if data is not None else None
    if catalog is not None:
        parts = tuple(_with_truth(part, catalog, path) for part in parts)
    writer = create_run(
        artifacts,
        title=title or path.stem,
        class_names=parts[0].class_names,
        dataset=None if catalog is None else _dataset(catalog, artifacts),
        status="imported",
        notes=parts[0].notes,
    )
    try:
        _fill(writer, parts, curves, catalog)
    except BaseException:
        shutil.rmtree(writer.folder, ignore_errors=True)
        raise
    return writer.read()


def _dataset(catalog: Catalog, artifacts: Path) -> dict[str, object]:
    return {
        "path": portable_path(catalog.root, artifacts),
        "fingerprint": catalog.fingerprint,
        "layout": catalog.layout,
        "n_images": len(catalog.table),
        "problems": _problem_counts(catalog),
    }


def _problem_counts(catalog: Catalog) -> dict[str, int]:
    counts = catalog.problems["problem"].value_counts()
    found = {str(problem): int(n) for problem, n in counts.items()}
    return found | ({"absent": catalog.n_absent} if catalog.n_absent else {})


def _fill(
    writer: RunWriter,
    parts: tuple[Predictions, ...],
    curves: pd.DataFrame | None,
    catalog: Catalog | None,
) -> None:
    for part in parts:
        writer.write_predictions(part.split, part.write)
    if curves is not None:
        writer.write_table("history.csv", curves.reindex(columns=list(HISTORY_COLUMNS)))
    if catalog is not None:
        table = catalog.table
        if all(part.image is not None for part in parts):
            table = table.assign(split=_splits(table["image"], parts))
        writer.write_table("catalog.parquet", table)


def _splits(images: pd.Series, parts: tuple[Predictions, ...]) -> pd.Series:
    named = {
        _bare(image): part.split
        for part in parts
        if part.image is not None
        for image in part.image
    }
    return images.map(lambda image: named.get(_bare(image), ""))


def _bare(image: str) -> str:
    return str(image).rsplit("/", 1)[-1]


def _with_truth(part: Predictions, catalog: Catalog, path: Path) -> Predictions:
    if part.y_true is not None:
        return part
    if part.image is None:
        raise InputError(
            f"{path}: there is neither `y_true` nor `image`, so the truth cannot be "
            f"looked up in {catalog.root}. Add one of these columns."
        )
    truth = dict(zip(catalog.table["image"], catalog.table["class_name"], strict=True))
    labels = [truth.get(_bare(image)) for image in part.image]
    ids = {name: i for i, name in enumerate(part.class_names)}
    unknown = {label for label in labels if label is not None} - set(ids)
    if unknown:
        raise InputError(
            f"{path}: the dataset's class {sorted(unknown)[0]!r} is not among the "
            "classes of the predictions "
            f"({', '.join(map(repr, part.class_names[:6]))})."
        )
    found = np.array([ids.get(label or "", UNLABELLED) for label in labels])
    if (found == UNLABELLED).all():
        raise InputError(
            f"{path}: none of its images is in {catalog.root}; the first is "
            f"{part.image[0]!r}."
        )
    return replace(part, y_true=found)
