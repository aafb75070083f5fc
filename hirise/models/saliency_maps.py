"""The saliency maps of a run: computed image by image, and kept in the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from hirise.arrays import Bools, Maps, Pixels
from hirise.data.decoding import luminance
from hirise.errors import InputError
from hirise.models.input_spec import InputSpec
from hirise.models.inspection import inspect_model
from hirise.models.predictor import check_installed
from hirise.models.resolve_input import input_of_run
from hirise.models.saliency import GRAD_CAM, no_data_border
from hirise.models.sandbox import Limits, SandboxedPredictor
from hirise.predictions import Predictions
from hirise.progress import Progress
from hirise.runs import Run
from hirise.runs.images import run_images
from hirise.runs.saliency import COLUMNS, GRID, pack_map, write_saliency

TRIED = 32
"""Images with which pixel scale and class order are found."""
AT_ONCE = 16
"""Images of one request for Grad-CAM; occlusion takes them one by one."""
KEEP_EVERY = 64
"""Images after which the maps so far are written."""


class ComputedMaps(NamedTuple):
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


def compute_saliency(
    run: Run,
    predictions: Predictions,
    images: Sequence[str],
    *,
    model: Path,
    data: Path | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> ComputedMaps:
    """Compute the saliency maps of `images`, and write them into the folder of `run`.

    The maps explain the predicted class. The model runs in a sandbox, whoever made it.

    Parameters
    ----------
    run : Run
    predictions : Predictions
        Of the split, with the names of its images.
    images : sequence of str
        Some of them.
    model : Path
        The model that made the predictions.
    data : Path, optional
        The folder of the images, where it is not the one that the run names.

    Raises
    ------
    InputError
        No images, a model that cannot be loaded, breaks its limits or is not that of
        the run, or no disk. What was written until then stays.
    """
    progress = progress or Progress()
    about = inspect_model(model)
    check_installed(about.form)
    progress.update("Loading the model")
    sandbox = SandboxedPredictor(
        model, about.form, size=_recorded_size(run), limits=limits
    )
    with closing(sandbox) as predictor:
        found = run_images(run, images, size=predictor.facts.size, root=data)
        if not found.pixels:
            raise InputError(found.reason or f"{run.info.id}: has none of the images.")
        explained = _predictions_for(predictions, list(found.pixels))
        pixels = np.stack(list(found.pixels.values()))
        tried = slice(TRIED)
        spec = input_of_run(
            run,
            predictor,
            pixels[tried],
            _predictions_for(predictions, list(found.pixels)[tried]),
        )
        rows: list[Row] = []
        for row in _rows(predictor, spec, explained, pixels):
            rows.append(row)
            if len(rows) % KEEP_EVERY == 0 or len(rows) == len(explained):
                table = pd.DataFrame(rows[-KEEP_EVERY:], columns=list(COLUMNS))
                write_saliency(run, predictions.split, table)
            progress.update("Computing saliency maps", len(rows), len(explained))
    left_out = len(images) - len(rows)
    notes = (f"{left_out:,} images are left out: {found.reason}",) if left_out else ()
    return ComputedMaps(Counter(row.method for row in rows), notes)


def _recorded_size(run: Run) -> int | None:
    """The size that a model which takes any size was given."""
    size = (run.info.model or {}).get("size")
    return size or (run.info.recipe or {}).get("image_size")


def _predictions_for(predictions: Predictions, images: Sequence[str]) -> Predictions:
    """The predictions for some images, in their order."""
    assert predictions.image is not None
    at = pd.Index(predictions.image).get_indexer(pd.Index(images))
    return predictions.take(at)


def _rows(
    predictor: SandboxedPredictor,
    spec: InputSpec,
    predictions: Predictions,
    pixels: Pixels,
) -> Iterator[Row]:
    """Each image as it is stored; the first by itself, as it tells the method."""
    assert predictions.image is not None
    start, at_once = 0, 1
    while start < len(predictions):
        batch = slice(start, start + at_once)
        outputs = spec.columns[predictions.y_pred[batch]]
        method, maps = predictor.explain(pixels[batch], outputs, spec.form.encoding)
        for offset, image in enumerate(predictions.image[batch]):
            border = no_data_border(luminance(pixels[start + offset]))
            name = predictions.class_names[predictions.y_pred[start + offset]]
            yield _row(str(image), name, method, maps[offset], border)
        start += at_once
        at_once = AT_ONCE if method == GRAD_CAM else 1


def _row(image: str, class_name: str, method: str, values: Maps, border: Bools) -> Row:
    clean = np.nan_to_num(values, posinf=0).astype(np.float64)
    total = clean.sum()
    at_border = float(clean[border].sum() / total) if total > 0 else float("nan")
    small = Image.fromarray(clean.astype(np.float32)).resize(
        (GRID, GRID), Image.Resampling.BOX
    )
    area = float(border.mean())
    return Row(image, class_name, method, area, at_border, pack_map(np.asarray(small)))
