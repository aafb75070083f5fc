"""The images that a model got most wrong, with their pixels where they can be had."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from hirise.data.decoding import Pixels
from hirise.errors import InputError
from hirise.mars.names import first_of_landmarks
from hirise.predictions import Predictions
from hirise.reporting.provenance import file_part
from hirise.runs import Run
from hirise.runs.images import run_images

MOST = 24
QUALITY = 75
"""Of JPEG: 24 images then take about 200 kB."""


@dataclass(frozen=True)
class WrongImage:
    """An image that was called something else than it is.

    Attributes
    ----------
    name, true, predicted : str
    p_true, p_predicted : float, optional
        Probabilities of the true and the predicted class; None with labels alone.
    source : str
        The image as a data URI, "" where it cannot be had.
    """

    name: str
    true: str
    predicted: str
    p_true: float | None = None
    p_predicted: float | None = None
    source: str = ""


@dataclass(frozen=True)
class Gallery:
    """The worst images, the most confident mistake first.

    Attributes
    ----------
    images : tuple of WrongImage
    n_wrong : int
        All images of the split that are called wrongly.
    n_absent : int
        Images shown without their pixels.
    simulated : bool
        Whether the pixels were simulated again.
    told : str
        What is shown and what is not, or why there is nothing.
    """

    images: tuple[WrongImage, ...] = ()
    n_wrong: int = 0
    n_absent: int = 0
    simulated: bool = False
    told: str = ""


def gallery_of(
    run: Run, predictions: Predictions | None, data: Path | None = None
) -> Gallery:
    """One image per landmark, at most 24, by 1 − the probability of the true class.

    Parameters
    ----------
    run : Run
    predictions : Predictions, optional
        Of the split that is reported; without truth or image names there is nothing.
    data : Path, optional
        Folder of the images, where it is not the one that the run names.

    Raises
    ------
    InputError
        `data` is no folder.
    """
    if data is not None and not data.is_dir():
        raise InputError(f"`--data` {data}: is not a folder.")
    if predictions is None or predictions.y_true is None:
        return Gallery(told="Without predictions and truth no image can be wrong.")
    wrong = _wrong_rows(predictions)
    if not len(wrong):
        return Gallery(told="No image is called wrongly.")
    if predictions.image is None:
        told = f"{len(wrong):,} images are called wrongly; their names are not known."
        return Gallery(n_wrong=len(wrong), told=told)
    names = pd.Series(np.asarray(predictions.image, dtype=object)[wrong], dtype="str")
    chosen = first_of_landmarks(names).head(MOST)
    found = run_images(_with_data(run, data), tuple(chosen))
    images = tuple(
        _wrong_image(predictions, int(row), name, found.pixels)
        for row, name in zip(wrong[chosen.index], chosen, strict=True)
    )
    absent = sum(not image.source for image in images)
    simulated = found.simulated and absent < len(images)
    told = _told(images, len(wrong), absent, simulated=simulated)
    return Gallery(images, len(wrong), absent, simulated, told)


def _told(
    images: Sequence[WrongImage], n_wrong: int, n_absent: int, *, simulated: bool
) -> str:
    many = "1 image is" if n_wrong == 1 else f"{n_wrong:,} images are"
    text = f"{many} called wrongly. Shown: {len(images)}, one per landmark"
    if images[0].p_true is not None:
        text += ", those first whose true class was held least likely"
    text += "."
    if simulated:
        text += " Simulated again from their names; no camera took these images."
    if n_absent:
        which = "None" if n_absent == len(images) else f"All but {n_absent}"
        text += (
            f" {which} of them could be had here; hirise report --data DIR, the "
            "folder of the images, brings them."
        )
    return text


def _wrong_rows(predictions: Predictions) -> np.ndarray:
    """Rows called wrongly; those whose true class was held least likely first."""
    assert predictions.y_true is not None
    wrong = predictions.labelled & (predictions.y_pred != predictions.y_true)
    rows = np.flatnonzero(wrong)
    if predictions.proba is None:
        return rows
    p_true = predictions.proba[rows, predictions.y_true[rows]]
    return rows[np.argsort(p_true, kind="stable")]


def _with_data(run: Run, data: Path | None) -> Run:
    if data is None:
        return run
    dataset = {**(run.info.dataset or {}), "path": str(data.resolve())}
    return Run(run.folder, replace(run.info, dataset=dataset))


def _wrong_image(
    predictions: Predictions, row: int, name: str, pixels: Mapping[str, Pixels]
) -> WrongImage:
    assert predictions.y_true is not None
    true, predicted = int(predictions.y_true[row]), int(predictions.y_pred[row])
    shown = WrongImage(
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
    """Grey pixels as a JPEG inside a URI, which needs no file and no request."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
