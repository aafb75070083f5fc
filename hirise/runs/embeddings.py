"""Embeddings of a run's images, and maps made of them."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from hirise.errors import InputError, unreadable
from hirise.runs.folder import Run, predictions_file
from hirise.runs.writer import RunWriter

EMBEDDINGS = "embeddings"
Halves = NDArray[np.float16]


def embeddings_path(folder: Path, split: str) -> Path:
    """Where the features of a split are in a run folder.

    Examples
    --------
    >>> embeddings_path(Path("my-run"), "val").as_posix()
    'my-run/embeddings/val.npy'
    """
    return folder / EMBEDDINGS / f"{split}.npy"


def write_embeddings(
    writer: RunWriter, split: str, features: NDArray[np.floating]
) -> None:
    """Store (n_images, d) features, one row per row of the split in `catalog.parquet`.

    Half precision: three digits are more than a classifier sees, at half the size.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> catalog = pd.DataFrame({"image": ["a.jpg"], "split": "val"})
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     writer.write_table("catalog.parquet", catalog)
    ...     write_embeddings(writer, "val", np.array([[0.5, 2.0]]))
    ...     read_embeddings(writer.read(), "val").tolist()
    [[0.5, 2.0]]
    """
    limit = np.finfo(np.float16).max
    # Half precision ends at 65,504: anything larger would become infinite.
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
        features: Halves = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise unreadable(error, where=path, how="Retrain.") from error
    catalog = run.catalog()
    n = 0 if catalog is None else int((catalog["split"] == split).sum())
    if features.ndim != 2 or len(features) != n:
        raise InputError(
            f"This has the shape {features.shape}, but the run has {n:,} images in "
            f"{split}.",
            where=path,
            how="Retrain.",
        )
    return np.array(features)


COLUMNS = ("image", "x", "y")
_ABOUT = b"map"


@dataclass(frozen=True, eq=False)
class EmbeddingMap:
    """Images in the plane: near each other where their embeddings are similar.

    Attributes
    ----------
    points : DataFrame
        `image`, `x` and `y`, one row per image.
    method : {"pca", "tsne"}
    seed : int
    about : dict
        Of PCA `explained`: the fractions of the variance that the two axes hold. Of
        t-SNE `perplexity` and `divergence`, in nats.
    """

    points: pd.DataFrame
    method: str
    seed: int = 0
    about: dict[str, Any] = field(default_factory=dict)

    def join(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table of images that have a place, with their `x` and `y`.

        Images without features, such as files that could not be decoded, have none.

        Examples
        --------
        >>> points = pd.DataFrame({"image": ["a.jpg"], "x": [0.5], "y": [-1.0]})
        >>> table = pd.DataFrame({"image": ["a.jpg", "b.jpg"], "true": "dune"})
        >>> EmbeddingMap(points, "pca").join(table)
           image  true    x    y
        0  a.jpg  dune  0.5 -1.0
        """
        points = self.points.drop_duplicates("image")
        return table.merge(points, on="image", how="inner")

    def mark(self, run_id: str, split: str) -> str:
        """Eight digits: a region of one map means nothing on another.

        Examples
        --------
        >>> points = pd.DataFrame({"image": ["a.jpg"], "x": [0.5], "y": [-1.0]})
        >>> EmbeddingMap(points, "pca").mark("my-run", "val")
        '05d92935'
        >>> EmbeddingMap(points, "pca").mark("my-run", "test")
        'dd41a490'
        """
        text = f"{run_id}|{split}|{self.method}|{self.seed}|{len(self.points)}"
        return f"{zlib.crc32(text.encode()):08x}"


def map_path(folder: Path, split: str, method: str) -> Path:
    """Where the map of a split is stored in a run folder.

    Examples
    --------
    >>> map_path(Path("my-run"), "val", "pca").as_posix()
    'my-run/embeddings/val-pca.parquet'
    """
    stem = predictions_file(split).removesuffix(".parquet")
    return folder / EMBEDDINGS / f"{stem}-{method}.parquet"


def write_map(run: Run, split: str, image_map: EmbeddingMap) -> Path:
    """Store a map in the run folder; the file appears whole.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> points = pd.DataFrame({"image": ["a.jpg"], "x": [0.5], "y": [-1.0]})
    >>> about = {"explained": [0.7, 0.2]}
    >>> with TemporaryDirectory() as folder:
    ...     run = create_run(Path(folder), title="Map", class_names=["a", "b"]).read()
    ...     path = write_map(run, "val", EmbeddingMap(points, "pca", about=about))
    ...     read_map(run, "val", "pca").about
    {'explained': [0.7, 0.2]}
    """
    path = map_path(run.folder, split, image_map.method)
    table = pa.Table.from_pandas(image_map.points[list(COLUMNS)], preserve_index=False)
    about = {**image_map.about, "method": image_map.method, "seed": image_map.seed}
    table = table.replace_schema_metadata({_ABOUT: json.dumps(about)})
    name = path.relative_to(run.folder).as_posix()
    RunWriter(run.folder).write_file(name, lambda new: pq.write_table(table, new))
    return path


def read_map(run: Run, split: str, method: str) -> EmbeddingMap | None:
    """The stored map of a split; None if there is none.

    Raises
    ------
    InputError
        If the file is broken.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     run = create_run(Path(folder), title="Map", class_names=["a", "b"]).read()
    ...     read_map(run, "val", "pca") is None
    True
    """
    path = map_path(run.folder, split, method)
    if not path.is_file():
        return None
    try:
        table = pq.read_table(path, columns=list(COLUMNS))
        about = json.loads((table.schema.metadata or {})[_ABOUT])
        points = table.to_pandas(ignore_metadata=True)
        points = points.astype({"image": "str", "x": "float64", "y": "float64"})
        seed, about = int(about["seed"]), _checked(about)
    except (OSError, ValueError, TypeError, KeyError, pa.ArrowException) as error:
        raise unreadable(
            error, where=path, how="Delete it, and make it again with `hirise map`."
        ) from error
    if not np.isfinite(points[["x", "y"]].to_numpy()).all():
        raise InputError(
            "This holds points that are not finite.", where=path, how="Delete it."
        )
    return EmbeddingMap(points, method, seed, about)


def _checked(about: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a map without the fields of `EmbeddingMap` itself."""
    if about["method"] == "pca":
        first, second = map(float, about["explained"])
        return {"explained": [first, second]}
    return {key: float(about[key]) for key in ("perplexity", "divergence")}
