"""Where the model of a run looks: computed image by image, and kept in the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from hirise.errors import InputError
from hirise.models.inspection import inspect_model
from hirise.models.matching import WayIn, way_in
from hirise.models.predictor import check_installed
from hirise.models.saliency import GRAD_CAM, no_data_border
from hirise.models.sandbox import Limits, PredictorApart
from hirise.predictions import Predictions
from hirise.progress import Progress
from hirise.runs import Run
from hirise.runs.images import run_images
from hirise.runs.saliency import COLUMNS, GRID, as_bytes, write_saliency

Pixels = NDArray[np.uint8]
Map = NDArray[np.float32]

TRIED = 32
"""Images with which the way into the model is found."""
AT_ONCE = 16
"""Images of one request for Grad-CAM; occlusion takes them one by one."""
KEEP_EVERY = 64
"""Images after which those that are done are kept."""


class Looked(NamedTuple):
    """Images by method, and notes on what was left out."""

    methods: Mapping[str, int]
    notes: tuple[str, ...]


class Row(NamedTuple):
    """One image as it is stored, see `COLUMNS`."""

    image: str
    asked: str
    method: str
    border_area: float
    border_share: float
    map: bytes


def look(
    run: Run,
    said: Predictions,
    images: Sequence[str],
    *,
    model: Path,
    data: Path | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Looked:
    """Compute where the model looks in `images`, and keep it in the folder of `run`.

    The class that is asked about is the predicted one. The model runs in a process of
    its own, whoever made it.

    Parameters
    ----------
    run : Run
    said : Predictions
        Of the split, with the names of its images.
    images : sequence of str
        Some of them.
    model : Path
        What made the predictions.
    data : Path, optional
        The folder of the images, where it is not the one that the run names.

    Raises
    ------
    InputError
        No images, a model that cannot be loaded, breaks its limits or is not that of
        the run, or no disk. What was kept until then stays.
    """
    about = inspect_model(model)
    check_installed(about.form)
    progress = progress or Progress()
    progress.update("Loading the model")
    apart = PredictorApart(model, about.form, size=_size(run), limits=limits)
    with closing(apart) as predictor:
        found = run_images(run, images, size=predictor.facts.size, root=data)
        if not found.pixels:
            raise InputError(found.reason or f"{run.info.id}: has none of the images.")
        asked = _part(said, list(found.pixels))
        pixels = np.stack(list(found.pixels.values()))
        some = slice(TRIED)
        tried = _part(said, list(found.pixels)[some])
        way = way_in(run, predictor, pixels[some], tried)
        done: list[Row] = []
        for row in _rows(predictor, way, asked, pixels):
            done.append(row)
            if len(done) % KEEP_EVERY == 0 or len(done) == len(asked):
                _keep(run, said.split, done[-KEEP_EVERY:])
            progress.update("Computing saliency maps", len(done), len(asked))
    left_out = len(images) - len(done)
    notes = (f"{left_out:,} images are left out: {found.reason}",) if left_out else ()
    return Looked(Counter(row.method for row in done), notes)


def _size(run: Run) -> int | None:
    """For a model that takes any size: the size that it was given."""
    recorded = (run.info.model or {}).get("size")
    return recorded or (run.info.recipe or {}).get("image_size")


def _part(said: Predictions, images: Sequence[str]) -> Predictions:
    """What is said of some images, in their order."""
    assert said.image is not None
    at = pd.Index(said.image).get_indexer(pd.Index(images))
    return Predictions(
        y_pred=said.y_pred[at],
        class_names=said.class_names,
        proba=None if said.proba is None else said.proba[at],
        image=np.array(images, dtype=object),
        split=said.split,
    )


def _rows(
    predictor: PredictorApart, way: WayIn, asked: Predictions, pixels: Pixels
) -> Iterator[Row]:
    """Each image as it is stored; the first by itself, as it tells the method."""
    assert asked.image is not None
    start, at_once = 0, 1
    while start < len(asked):
        some = slice(start, start + at_once)
        outputs = way.columns[asked.y_pred[some]]
        method, maps = predictor.explain(pixels[some], outputs, way.scale)
        for one, image in enumerate(asked.image[some]):
            border = no_data_border(pixels[start + one])
            name = asked.class_names[asked.y_pred[start + one]]
            yield _row(str(image), name, method, maps[one], border)
        start += at_once
        at_once = AT_ONCE if method == GRAD_CAM else 1


def _row(
    image: str, asked: str, method: str, found: Map, border: NDArray[np.bool_]
) -> Row:
    clean = np.nan_to_num(found, posinf=0).astype(np.float64)
    total = clean.sum()
    share = float(clean[border].sum() / total) if total > 0 else float("nan")
    small = Image.fromarray(clean.astype(np.float32)).resize(
        (GRID, GRID), Image.Resampling.BOX
    )
    return Row(
        image, asked, method, float(border.mean()), share, as_bytes(np.asarray(small))
    )


def _keep(run: Run, split: str, rows: Sequence[Row]) -> None:
    write_saliency(run, split, pd.DataFrame(rows, columns=list(COLUMNS)))
