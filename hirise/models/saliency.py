"""Saliency maps: Grad-CAM where feature maps exist, else occlusion; kept in the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from hirise.arrays import Bools, Floats, Ints, Pixels
from hirise.errors import InputError
from hirise.models.formats.image_model import ImageModel
from hirise.models.input_spec import InputSpec, as_input
from hirise.models.inspection import inspect_model
from hirise.models.outputs import decode_outputs
from hirise.models.predictor import check_installed
from hirise.models.resolve_input import input_of_run
from hirise.models.sandbox import Limits, SandboxedPredictor
from hirise.predictions import Predictions
from hirise.progress import Progress
from hirise.runs import Run
from hirise.runs.images import run_images
from hirise.runs.saliency import COLUMNS, GRID, pack_map, write_saliency

Maps = NDArray[np.float32]

GRAD_CAM, OCCLUSION = "grad-cam", "occlusion"
EXPLAINED_AT_ONCE = 64
PATCHES = 8
"""Patches per side of an image; they overlap by half."""
BLACK = 4
"""Grey levels up to this count as black: compression makes some of the zeros so."""


def explain(
    model: ImageModel, pixels: Pixels, outputs: Ints, scale: str
) -> tuple[str, Maps]:
    """How much each place of an image is evidence for one of the model's outputs.

    Parameters
    ----------
    model : ImageModel
    pixels : (n_images, size, size) uint8
    outputs : (n_images,) int
        The output that is explained; 0 or 1 where a single one separates two classes.
    scale : str
        A key of `SCALES`.

    Returns
    -------
    str
        "grad-cam"; "occlusion" for networks without feature maps, and for those of
        which the layers are not known.
    (n_images, size, size) float32
        As `grad_cam` and `occlusion` return them.
    """
    # Grad-CAM averages over axes 1 and 2, which are places in NHWC alone.
    if model.keras is not None and model.layout == "NHWC":
        from hirise.models.grad_cam import NoFeatureMap, grad_cam

        try:
            images = as_input(pixels, model.channels, scale)
            return GRAD_CAM, grad_cam(model.keras, images, outputs)
        except NoFeatureMap:
            pass
    return OCCLUSION, occlusion(
        lambda covered: _probabilities(model, covered, scale), pixels, outputs
    )


def _probabilities(model: ImageModel, pixels: Pixels, scale: str) -> Floats:
    parts = [
        model.predict(
            as_input(pixels[start : start + EXPLAINED_AT_ONCE], model.channels, scale)
        )
        for start in range(0, len(pixels), EXPLAINED_AT_ONCE)
    ]
    outputs = np.concatenate(parts)
    proba = decode_outputs(outputs, ("", "")).proba
    # One sigmoid per class: each is a probability by itself.
    finite: Floats = np.nan_to_num(outputs if proba is None else proba)
    return finite


def normalise_maps(maps: Maps) -> Maps:
    """(n_images, height, width) maps, each divided by its sum; 0 stays 0.

    Examples
    --------
    >>> normalise_maps(np.array([[[1.0, 3.0]], [[0.0, 0.0]]], dtype=np.float32))
    array([[[0.25, 0.75]],
    <BLANKLINE>
           [[0.  , 0.  ]]], dtype=float32)
    """
    total = maps.sum(axis=(1, 2), keepdims=True, dtype=np.float64)
    normalised: Maps = np.divide(maps, total, out=np.zeros_like(maps), where=total > 0)
    return normalised


def occlusion(
    probabilities: Callable[[Pixels], Floats],
    images: Pixels,
    classes: Ints,
    *,
    patches: int = PATCHES,
) -> Maps:
    """How much of a class' probability is lost when each place is covered.

    Each patch of an eighth of a side, in steps of half of it, is painted in the image's
    mean grey. The loss is spread over its pixels; gains count as nothing.

    Parameters
    ----------
    probabilities : callable
        (n, height, width) bytes to (n, n_classes).
    images : (n_images, height, width) uint8
    classes : (n_images,) int
    patches : int

    Returns
    -------
    (n_images, height, width) float32
        Not negative; each image sums to 1, or is 0 everywhere.

    References
    ----------
    Zeiler and Fergus (2014), Visualizing and Understanding Convolutional Networks,
    arXiv:1311.2901.

    Examples
    --------
    >>> images = np.array([[[0, 0, 0, 0], [0, 0, 0, 200]]], dtype=np.uint8)
    >>> bright = lambda x: x.max(axis=(1, 2))[:, None] / 255
    >>> occlusion(bright, images, np.array([0]), patches=2)[0].round(2)
    array([[0. , 0. , 0. , 0. ],
           [0. , 0. , 0.5, 0.5]], dtype=float32)
    """
    places = _places(images.shape[1:3], patches)
    maps = np.zeros(images.shape, dtype=np.float32)
    for number, image in enumerate(images):
        covered = np.repeat(image[None], len(places) + 1, axis=0)
        for copy, (rows, columns) in zip(covered[1:], places, strict=True):
            copy[rows, columns] = round(float(image.mean()))
        of_class = probabilities(covered)[:, classes[number]]
        losses = of_class[0] - of_class[1:]
        for loss, (rows, columns) in zip(losses, places, strict=True):
            maps[number, rows, columns] += max(float(loss), 0.0)
    return normalise_maps(maps)


def _places(shape: tuple[int, ...], patches: int) -> list[tuple[slice, slice]]:
    height, width = shape
    tall, wide = (-(-side // patches) for side in (height, width))
    tops = range(0, max(height - tall, 0) + 1, max(1, tall // 2))
    lefts = range(0, max(width - wide, 0) + 1, max(1, wide // 2))
    return [
        (slice(top, top + tall), slice(left, left + wide))
        for top in tops
        for left in lefts
    ]


def no_data_border(image: Pixels, *, black: int = BLACK) -> Bools:
    """The black pixels from which black leads to the edge of the image.

    Steps go up, down, left and right. Dark places that touch no edge are no border; a
    dark landform at the edge is one, if it is as dark as that.

    Parameters
    ----------
    image : (height, width) uint8
        Brightness, 0 to 255.
    black : int
        The brightest level that counts as black.

    Returns
    -------
    (height, width) bool

    Examples
    --------
    >>> image = np.array([[0, 9, 9, 9], [9, 9, 0, 9], [9, 9, 9, 9]], dtype=np.uint8)
    >>> no_data_border(image).astype(int)
    array([[1, 0, 0, 0],
           [0, 0, 0, 0],
           [0, 0, 0, 0]])
    """
    dark = image <= black
    reached = np.zeros_like(dark)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        reached[edge] = dark[edge]
    n_before = -1
    # One round follows a straight path; a winding border takes several.
    while (n := int(reached.sum())) > n_before:
        n_before = n
        for view, allowed in ((reached, dark), (reached.T, dark.T)):
            _sweep(view, allowed)
            _sweep(view[::-1], allowed[::-1])
    return reached


def _sweep(reached: Bools, dark: Bools) -> None:
    """Go on from each row to the next, as far as it is dark; changes `reached`."""
    for above, row, allowed in zip(reached[:-1], reached[1:], dark[1:], strict=True):
        row |= above & allowed


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
    return Predictions(
        y_pred=predictions.y_pred[at],
        class_names=predictions.class_names,
        proba=None if predictions.proba is None else predictions.proba[at],
        image=np.array(images, dtype=object),
        split=predictions.split,
    )


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
        method, maps = predictor.explain(pixels[batch], outputs, spec.scale)
        for offset, image in enumerate(predictions.image[batch]):
            border = no_data_border(pixels[start + offset])
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
