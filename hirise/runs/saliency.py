"""Saliency maps of a run: one row per image, one file per split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.runs.folder import Run, predictions_file
from hirise.runs.writer import RunWriter

SALIENCY = "saliency"
GRID = 32
"""Height and width of a stored map."""

METHODS = ("grad-cam", "occlusion")
NUMBERS = ("border_area", "border_share")
COLUMNS = ("image", "asked", "method", *NUMBERS, "map")
"""`image`; `asked`, the class whose map it is, which is the predicted one; `method`;
`border_area`, the share of the image that is a black border without data;
`border_share`, that of the saliency which lies there (NaN without any); `map`, 32 × 32
half-precision numbers from 0 to 1, the largest being 1, as bytes."""

Map = NDArray[np.float16]


def saliency_path(folder: Path, split: str) -> Path:
    """Where the maps of a split are in a run folder.

    Examples
    --------
    >>> saliency_path(Path("my-run"), "val").as_posix()
    'my-run/saliency/val.parquet'
    """
    return folder / SALIENCY / predictions_file(split)


def read_saliency(run: Run, split: str, *, maps: bool = True) -> pd.DataFrame | None:
    """What is stored of a split, with `COLUMNS`; None if nothing is.

    Without `maps` the last column, nearly all of the file, is left out.

    Raises
    ------
    InputError
        If the file is broken, or not one of these.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     run = create_run(Path(folder), title="Small", class_names=["crater"]).read()
    ...     read_saliency(run, "val") is None
    True
    """
    path = saliency_path(run.folder, split)
    if not path.is_file():
        return None
    columns = list(COLUMNS if maps else COLUMNS[:-1])
    try:
        table = pq.read_table(path, columns=columns).to_pandas()
        rows: pd.DataFrame = table[columns].astype(dict.fromkeys(NUMBERS, "float64"))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise InputError(f"{path}: {_broken(run, ' '.join(str(error).split()))}") from (
            error
        )
    whole = (
        rows["image"].map(lambda name: isinstance(name, str)).all()
        and rows["image"].is_unique
        and rows["asked"].isin(run.info.class_names).all()
        and rows["method"].isin(METHODS).all()
        and (not maps or rows["map"].map(_is_map).all())
    )
    if not whole:
        raise InputError(f"{path}: {_broken(run, 'its columns hold other things')}")
    return rows


def write_saliency(run: Run, split: str, rows: pd.DataFrame) -> None:
    """Add rows to what is stored of a split; of an image twice, the new one stays.

    Raises
    ------
    InputError
        If the folder cannot be written to; what was stored stays as it was.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> row = {"image": "a.jpg", "asked": "crater", "method": "grad-cam"}
    >>> row |= {
    ...     "border_area": 0.0,
    ...     "border_share": np.nan,
    ...     "map": pack_map(np.eye(GRID)),
    ... }
    >>> with TemporaryDirectory() as folder:
    ...     run = create_run(Path(folder), title="Small", class_names=["crater"]).read()
    ...     write_saliency(run, "val", pd.DataFrame([row]))
    ...     list(stored_images(run, "val"))
    ['a.jpg']
    """
    before = read_saliency(run, split)
    if before is not None:
        kept = before[~before["image"].isin(rows["image"])]
        rows = pd.concat([kept, rows], ignore_index=True)
    name = saliency_path(run.folder, split).relative_to(run.folder).as_posix()
    RunWriter(run.folder).write_table(name, rows[list(COLUMNS)])


def pack_map(saliency_map: NDArray[np.floating]) -> bytes:
    """A (32, 32) map as it is stored; NaN and what is infinite become 0.

    Examples
    --------
    >>> len(pack_map(np.ones((GRID, GRID)))) // GRID**2  # bytes per cell
    2
    """
    largest = float(saliency_map.max(initial=0.0))
    scaled = (
        saliency_map / largest if 0 < largest < np.inf else np.zeros_like(saliency_map)
    )
    return np.nan_to_num(scaled, posinf=0).astype("<f2").tobytes()


def unpack_map(stored: bytes) -> Map:
    """Inverse of `pack_map`: (32, 32) numbers from 0 to 1.

    Examples
    --------
    >>> saliency = np.zeros((GRID, GRID))
    >>> saliency[0, 0] = 5.0
    >>> unpack_map(pack_map(saliency))[0, :2].tolist()
    [1.0, 0.0]
    """
    saliency_map: Map = np.frombuffer(stored, dtype="<f2").reshape(GRID, GRID)
    return np.clip(np.nan_to_num(saliency_map), 0, 1).astype(np.float16)


def stored_images(run: Run, split: str) -> Sequence[str]:
    """The images of a split whose maps are stored."""
    rows = read_saliency(run, split, maps=False)
    return [] if rows is None else rows["image"].tolist()


def _is_map(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == 2 * GRID * GRID


def _broken(run: Run, reason: str) -> str:
    return (
        f"cannot be read as maps ({reason}). Delete the file, then: "
        f"hirise saliency {run.info.id}"
    )
