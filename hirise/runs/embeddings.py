"""Features of a run's images: what its last layer gets, one file per split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.runs.folder import Run
from hirise.runs.writer import RunWriter

EMBEDDINGS = "embeddings"
Halves = NDArray[np.float16]


def embeddings_path(folder: Path, split: str) -> Path:
    """Where the features of a split are in a run folder."""
    return folder / EMBEDDINGS / f"{split}.npy"


def write_embeddings(
    writer: RunWriter, split: str, features: NDArray[np.floating]
) -> None:
    """Keep (n_images, d) features, one row per row of the split in `catalog.parquet`.

    Half precision: three digits are more than a classifier sees, at half the size.
    """
    limit = np.finfo(np.float16).max
    halves = np.clip(features, -limit, limit).astype(np.float16)
    name = embeddings_path(writer.folder, split).relative_to(writer.folder).as_posix()
    writer.write_file(name, lambda path: np.save(path, halves, allow_pickle=False))


def read_embeddings(run: Run, split: str) -> Halves:
    """The features of a split, (n_images, d).

    Raises
    ------
    InputError
        If the file is absent, broken, or of other images.
    """
    path = embeddings_path(run.folder, split)
    try:
        # A mapped file cannot claim more than it holds.
        found: Halves = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read ({reason}). Train again.") from error
    catalog = run.catalog()
    n = 0 if catalog is None else int((catalog["split"] == split).sum())
    if found.ndim != 2 or len(found) != n:
        raise InputError(
            f"{path}: has the shape {found.shape}, but the run has {n:,} images in "
            f"{split}. Train again."
        )
    return np.array(found)
