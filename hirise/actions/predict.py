"""Predict a folder of images with a model from elsewhere."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hirise.actions import StrPath
from hirise.actions.simulate import image_folder
from hirise.errors import InputError
from hirise.progress import Progress
from hirise.runs import Run, find_run
from hirise.runs.info import INFO_FILE

if TYPE_CHECKING:
    from hirise.models.sandbox import Limits


@dataclass(frozen=True, kw_only=True)
class PredictRequest:
    """A prediction to be made.

    Attributes
    ----------
    model : path
        A `.keras`, `.h5`, `.tflite`, `.onnx` or `.pt2` file, a SavedModel folder, or
        the id or folder of a run, which is predicted with its own settings.
    data : path
        Folder of the images; `simulated` as for a training.
    label_column : str, optional
        The dataset's column of labels, where several could be it.
    split : str, optional
        `random`, `landmark`, `observation`, `published`, or the path of a CSV of image
        and split. By default the one that came with the images, else all of them are
        one split.
    scale : str
        `auto`, `0-255`, `0-1`, `-1-1`, `imagenet`, `imagenet-caffe`, or
        `mean=R,G,B;std=R,G,B` in fractions of 255.
    channels : str
        `auto`, `rgb`, `bgr` or `grey`.
    resize : str
        `auto`, `stretch`, `crop`, `crop:R` (R pixels of the shorter side before the
        centre is cropped) or `letterbox`.
    interpolation : str
        `auto`, `bilinear`, `bicubic`, `nearest` or `lanczos`.
    class_order : str
        `auto`, `dataset`, `alphabetical`, or class names with commas between them.
    size : int, optional
        Width and height of the images, for a model that takes any.
    memory_limit : float, optional
        Gigabytes that the model's process may hold; by default 8, or four fifths of
        this machine's.
    time_limit : float
        Minutes after which that process is ended.
    title : str, optional
        The name of the model's file by default.
    artifacts : path
        Folder of the runs.
    """

    model: StrPath
    data: StrPath
    label_column: str | None = None
    split: str | None = None
    scale: str = "auto"
    channels: str = "auto"
    resize: str = "auto"
    interpolation: str = "auto"
    class_order: str = "auto"
    size: int | None = None
    memory_limit: float | None = None
    time_limit: float = 60.0
    title: str | None = None
    artifacts: StrPath = "artifacts"


def predict(request: PredictRequest, *, progress: Progress | None = None) -> Run:
    """Predict the images of a folder with a model from elsewhere, as a run.

    What is `auto` is taken from a file beside the model (`preprocessor_config.json`,
    `config.json`, `args.yaml`) where it says so, else found by trying.

    The model runs in a separate process with limits of memory and time and, where the
    system allows it, without internet access.

    Raises
    ------
    InputError
        If the model cannot be loaded, does not fit the images or breaks its limits, or
        folder or split cannot be used.
    """
    from hirise.models.plan import make_plan
    from hirise.models.prediction import predict as predict_plan

    progress = progress or Progress()
    plan = make_plan(
        _model(request),
        image_folder(request.data, progress),
        label_column=request.label_column,
        split=request.split,
        scale=request.scale,
        channels=request.channels,
        resize=request.resize,
        interpolation=request.interpolation,
        class_order=request.class_order,
        size=request.size,
        limits=limits_of(request.memory_limit, request.time_limit),
    )
    return predict_plan(
        plan,
        artifacts=Path(request.artifacts),
        title=request.title,
        progress=progress,
    )


def _model(request: PredictRequest) -> Path | Run:
    """The model's file or folder; the run, where it is one."""
    path = Path(request.model)
    is_run = (path / INFO_FILE).is_file()
    if path.exists() and not is_run:
        return path
    try:
        return find_run(Path(request.artifacts), os.fspath(request.model))
    except InputError:
        if is_run:
            raise
        return path  # whose absence is told with what a model may be


def limits_of(gigabytes: float | None, minutes: float) -> Limits:
    """The limits of a model's process."""
    from hirise.models.sandbox import Limits

    return Limits(memory=gigabytes or Limits.memory, seconds=60 * minutes)
