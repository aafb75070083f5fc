"""Place the images of a run in the plane by the features of its network."""

from __future__ import annotations

import time
from dataclasses import KW_ONLY, dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from hirise.actions import RunLike, StrPath, resolve_run
from hirise.errors import InputError
from hirise.progress import Progress
from hirise.runs import Run
from hirise.runs.embeddings import EmbeddingMap, embeddings_path, write_map

Method = Literal["tsne", "pca"]


@dataclass(frozen=True)
class MapRequest:
    """A map to be made.

    Attributes
    ----------
    run : str, path or Run
        Id or folder of the run, or the run.
    split : str, optional
        val by default, else test.
    method : {"tsne", "pca"}
        t-SNE keeps neighbours together and takes a while; PCA is quick and linear.
    seed : int
    keep : bool
        Write the map into the run.
    artifacts : path
        Folder of the runs.
    """

    run: RunLike
    _: KW_ONLY
    split: str | None = None
    method: Method = "tsne"
    seed: int = 0
    keep: bool = True
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True)
class MapResult:
    """The map of a split, and the file of the run that holds it, if one does."""

    run: Run
    split: str
    path: Path | None
    map: EmbeddingMap
    seconds: float


def image_map(request: MapRequest, *, progress: Progress | None = None) -> MapResult:
    """Place images that are alike to the network of a run close together.

    The map is kept in the run, unless `keep` is False.

    Raises
    ------
    InputError
        If there is no such run or split, it keeps no features, or all are the same.
    """
    from hirise.evaluation.image_map import TITLES, make_map

    progress = progress or Progress()
    run = resolve_run(request.run, request.artifacts)
    split = run.choose_split(request.split)
    started = time.perf_counter()
    if request.keep and run.is_example and embeddings_path(run.folder, split).is_file():
        raise InputError(
            f"{run.info.id} is an example that ships with hirise; it stays as it is."
        )
    made = make_map(
        run,
        split,
        request.method,
        seed=request.seed,
        report=partial(progress.update, TITLES[request.method], unit="steps"),
    )
    path = write_map(run, split, made) if request.keep else None
    return MapResult(run, split, path, made, time.perf_counter() - started)
