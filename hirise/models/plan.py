"""A prediction with its model, images and split, checked before anything slow loads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.arrays import Ints
from hirise.data import Catalog, assign_split, read_catalog, read_split_file
from hirise.data.resizing import STRETCH, Resizing, parse_resizing
from hirise.errors import InputError, nearest, parameter, shown
from hirise.models.input_spec import ALPHABETICAL, AUTO, DATASET, class_orders
from hirise.models.inspection import ModelFile, inspect_model
from hirise.models.pixel_scales import CHANNELS, SCALES, scale_named
from hirise.models.predictor import check_installed
from hirise.models.preprocessing import (
    Preprocessing,
    preprocessing_of_run,
    read_preprocessing,
    told,
)
from hirise.models.sandbox import Limits
from hirise.runs import Run

ALL = "all"


@dataclass(frozen=True, eq=False)
class PredictionPlan:
    """A prediction that can be carried out.

    Attributes
    ----------
    about : ModelFile
        The description in the model's file.
    split : Series of str, with the index of `Catalog.table`
        The split that each image is predicted in, "" for none.
    split_name : str
        A kind of split, the path of a CSV file, or `all`.
    scales : tuple of str
        Possible ones; several are tried.
    channels : str
        One of `CHANNELS`, or "auto".
    resizings : tuple of Resizing
        Possible ones; () for those that are usual.
    interpolation : str
    orders : dict of name to (n_classes,) int
        Possible class orders; see `find_input_spec`.
    relabel : bool
        Whether any other order is possible.
    size : int or None
        Of the images, for models that take any.
    limits : Limits
    """

    model: Path
    about: ModelFile
    catalog: Catalog
    split: pd.Series[str]
    split_name: str
    scales: tuple[str, ...]
    channels: str
    resizings: tuple[Resizing, ...]
    interpolation: str
    orders: dict[str, Ints]
    relabel: bool
    size: int | None
    limits: Limits
    notes: tuple[str, ...]


def make_plan(
    model: Path | Run,
    data: Path,
    *,
    label_column: str | None = None,
    split: str | None = None,
    scale: str = AUTO,
    channels: str = AUTO,
    resize: str = AUTO,
    interpolation: str = AUTO,
    class_order: str = AUTO,
    size: int | None = None,
    limits: Limits | None = None,
) -> PredictionPlan:
    """Inspect the model's file and read the folder; no runtime is imported.

    What is "auto" is taken from a file beside the model, see `read_preprocessing`,
    else found by trying.

    Parameters
    ----------
    model : Path or Run
        A `.keras`, `.h5`, `.tflite`, `.onnx` or `.pt2` file, a SavedModel folder, or a
        run, which is predicted with its own settings.
    data : Path
        A folder of images that `read_catalog` knows.
    label_column : str, optional
        The column of labels, where several could be it.
    split : str, optional
        A kind that `assign_split` knows, or a CSV of image and split. By default the
        one that came with the images, else all of them are one split.
    scale : str
        See `scale_named`, or "auto".
    channels : str
        "rgb", "bgr", "grey", or "auto".
    resize, interpolation : str
        See `parse_resizing`, or "auto".
    class_order : str
        "dataset", "alphabetical", the names of the classes in the order of the model's
        outputs with commas between them, or "auto": found by trying.
    size : int, optional
        Width and height of the images, for models that take any.
    limits : Limits, optional
        Of the process in which the model runs.

    Raises
    ------
    InputError
        If file, folder or split are no good, or what runs the model is not installed.
    """
    if scale != AUTO:
        scale_named(scale)
    if channels not in (AUTO, *CHANNELS):
        raise InputError(
            f"{parameter('channels')}: '{shown(channels)}' is unknown.",
            how=f"Expected: one of {', '.join((AUTO, *CHANNELS))}."
            f"{nearest(channels, CHANNELS)}",
        )
    resizings = _resizings(resize, interpolation)
    beside: Preprocessing | None
    if isinstance(model, Run):
        beside = preprocessing_of_run(model)
        model = model_of(model)
    else:
        beside = read_preprocessing(model)
    about = inspect_model(model)
    check_installed(about.form)
    catalog = read_catalog(data, label_column=label_column)
    split_of, name, notes = _split_images(catalog, split)
    scales = tuple(SCALES) if scale == AUTO else (scale,)
    if beside is not None:
        scales = (beside.scale,) if beside.scale and scale == AUTO else scales
        if beside.channels and channels == AUTO:
            channels = beside.channels
        if beside.resizing and (resize, interpolation) == (AUTO, AUTO):
            resizings = (beside.resizing,)
        if class_order == AUTO:
            class_order = _order_beside(beside, catalog.class_names)
        size = size or beside.size
        notes = (*notes, told(beside))
    return PredictionPlan(
        model=model,
        about=about,
        catalog=catalog,
        split=split_of,
        split_name=name,
        scales=scales,
        channels=channels,
        resizings=resizings,
        interpolation="bilinear" if interpolation == AUTO else interpolation,
        orders=_orders(class_order, catalog.class_names),
        relabel=class_order == AUTO,
        size=size,
        limits=limits or Limits(),
        notes=notes,
    )


def model_of(run: Run) -> Path:
    """The file of a run's model.

    Raises
    ------
    InputError
        If it is gone, or the run never had one.
    """
    path = run.model_path
    if path is None or not path.exists():
        raise InputError(
            f"Run {run.info.id} has no model here.",
            how="Name the model's file, or a run that keeps its model.",
        )
    return path


def _resizings(resize: str, interpolation: str) -> tuple[Resizing, ...]:
    method = "bilinear" if interpolation == AUTO else interpolation
    if resize != AUTO:
        return (parse_resizing(resize, method),)
    parse_resizing(STRETCH, method)  # refuses an unknown interpolation
    return ()


def _order_beside(beside: Preprocessing, class_names: tuple[str, ...]) -> str:
    """The class order that a file says, where its classes are those of the images."""
    if sorted(beside.class_names) != sorted(class_names):
        return AUTO
    return ",".join(beside.class_names)


def _orders(text: str, class_names: tuple[str, ...]) -> dict[str, Ints]:
    """The class orders that `text` allows."""
    orders = class_orders(class_names)
    if text == AUTO:
        return orders
    if text in (DATASET, ALPHABETICAL):
        # Where they are the same, there is only one.
        return {text: orders.get(text, orders[DATASET])}
    given = [name.strip() for name in text.split(",")]
    if sorted(given) != sorted(class_names):
        raise InputError(
            f"{parameter('class_order')}: expected {AUTO}, {DATASET}, {ALPHABETICAL}, "
            f"or each of the classes once ({', '.join(class_names)}), got "
            f"'{shown(text)}'."
        )
    columns = [given.index(name) for name in class_names]
    return {"as given": np.array(columns, dtype=np.int64)}


def _split_images(
    catalog: Catalog, split: str | None
) -> tuple[pd.Series[str], str, tuple[str, ...]]:
    """The split of each image, its name, and notes on it."""
    published = catalog.table["split"]
    if split is None and (published == "").all():
        return published.replace("", ALL), ALL, ()
    if split is None:
        split = "published"
    if split.endswith(".csv") or Path(split).is_file():
        result = read_split_file(Path(split), catalog)
    else:
        result = assign_split(catalog, split)
    return result.split, split, result.notes
