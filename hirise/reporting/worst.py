"""The most confident mistakes, with their pixels where they are available."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.arrays import Pixels
from hirise.errors import InputError, parameter
from hirise.mars.names import first_of_landmarks
from hirise.predictions import Predictions
from hirise.reporting.provenance import file_part
from hirise.runs import Run
from hirise.runs.images import picture_of, run_images

MOST = 24
QUALITY = 75
"""Of JPEG: 24 images then take about 200 kB."""


@dataclass(frozen=True)
class Mistake:
    """A misclassified image.

    Attributes
    ----------
    name, true, predicted : str
    p_true, p_predicted : float, optional
        Probabilities of the true and the predicted class; None with labels alone.
    source : str
        The image as a data URI, "" where it is not available.
    """

    name: str
    true: str
    predicted: str
    p_true: float | None = None
    p_predicted: float | None = None
    source: str = ""


@dataclass(frozen=True)
class Gallery:
    """Misclassified images, the most confident first.

    Attributes
    ----------
    images : tuple of Mistake
    n_wrong : int
        All misclassified images of the split.
    n_absent : int
        Images shown without their pixels.
    simulated : bool
        Whether the pixels were simulated again.
    summary : str
        What is shown and what is not, or why there is nothing.
    """

    images: tuple[Mistake, ...] = ()
    n_wrong: int = 0
    n_absent: int = 0
    simulated: bool = False
    summary: str = ""


def gallery_of(
    run: Run, predictions: Predictions | None, data: Path | None = None
) -> Gallery:
    """One image per landmark, at most 24, by the probability of the predicted class.

    Parameters
    ----------
    run : Run
    predictions : Predictions, optional
        Of the split that is reported; without ground truth or image names there are
        none.
    data : Path, optional
        Folder of the images, if not the one that the run names.

    Raises
    ------
    InputError
        `data` is no folder.
    """
    if data is not None and not data.is_dir():
        raise InputError(
            f"{parameter('data')} is not a folder.",
            where=data,
            how="Name the folder that holds the images.",
        )
    if predictions is None or predictions.y_true is None:
        return Gallery(summary="There are no predictions with ground truth.")
    wrong = _wrong_rows(predictions)
    if not len(wrong):
        return Gallery(summary="No image is misclassified.")
    if predictions.image is None:
        summary = f"{len(wrong):,} images are misclassified. Their names are unknown."
        return Gallery(n_wrong=len(wrong), summary=summary)
    names = pd.Series(np.asarray(predictions.image, dtype=object)[wrong], dtype="str")
    chosen = first_of_landmarks(names).head(MOST)
    if data is not None:
        dataset = {**(run.info.dataset or {}), "path": str(data.resolve())}
        run = Run(run.folder, replace(run.info, dataset=dataset))
    available = run_images(run, tuple(chosen))
    images = tuple(
        _mistake(predictions, int(row), name, available.pixels)
        for row, name in zip(wrong[chosen.index], chosen, strict=True)
    )
    absent = sum(not image.source for image in images)
    simulated = available.simulated and absent < len(images)
    summary = _summary(images, len(wrong), absent, simulated=simulated)
    return Gallery(images, len(wrong), absent, simulated, summary)


def _summary(
    images: Sequence[Mistake], n_wrong: int, n_absent: int, *, simulated: bool
) -> str:
    many = "1 image is" if n_wrong == 1 else f"{n_wrong:,} images are"
    text = f"{many} misclassified. Shown: {len(images)}, one per landmark"
    if images[0].p_true is not None:
        text += ", the most confident first"
    text += "."
    if simulated:
        text += " Simulated again from their names; no camera took these images."
    if n_absent:
        which = "None" if n_absent == len(images) else f"All but {n_absent}"
        text += (
            f" {which} of them are available here. A report made with the "
            "folder of the images adds them."
        )
    return text


def _wrong_rows(predictions: Predictions) -> np.ndarray:
    """Misclassified rows, the most confident first."""
    assert predictions.y_true is not None
    wrong = predictions.labelled & (predictions.y_pred != predictions.y_true)
    rows = np.flatnonzero(wrong)
    if predictions.proba is None:
        return rows
    confidence = predictions.proba[rows, predictions.y_pred[rows]]
    return rows[np.argsort(-confidence, kind="stable")]


def _mistake(
    predictions: Predictions, row: int, name: str, pixels: Mapping[str, Pixels]
) -> Mistake:
    assert predictions.y_true is not None
    true, predicted = int(predictions.y_true[row]), int(predictions.y_pred[row])
    shown = Mistake(
        name=file_part(name),
        true=predictions.class_names[true],
        predicted=predictions.class_names[predicted],
        source=data_uri(pixels[name]) if name in pixels else "",
    )
    if predictions.proba is None:
        return shown
    proba = predictions.proba[row]
    return replace(
        shown, p_true=float(proba[true]), p_predicted=float(proba[predicted])
    )


def data_uri(pixels: Pixels) -> str:
    """(height, width, channels) pixels as a JPEG inside a URI: no file, no request.

    Examples
    --------
    >>> data_uri(np.zeros((2, 2, 1), dtype=np.uint8))[:23]
    'data:image/jpeg;base64,'
    """
    file = io.BytesIO()
    picture_of(pixels).save(file, "JPEG", quality=QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
