"""What will be predicted with what, checked before anything slow is loaded."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hirise.dataset import Catalog, assign_split, read_catalog, read_split_file
from hirise.errors import InputError, nearest
from hirise.modelfile import ModelFile, inspect_model

ALL = "all"
SCALES = {"0-255": (1.0, 0.0), "0-1": (1 / 255, 0.0), "-1-1": (1 / 127.5, -1.0)}
"""What pixels from 0 to 255 are multiplied by, and what is added then."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A prediction that can be carried out.

    Attributes
    ----------
    about : ModelFile
        What the model's file says of itself.
    split : Series of str, with the index of `Catalog.table`
        The split that each image is predicted in, "" for none.
    split_name : str
        A kind of split, the path of a CSV file, or `all`.
    scale : str
        A key of `SCALES`.
    """

    model: Path
    about: ModelFile
    catalog: Catalog
    split: pd.Series[str]
    split_name: str
    scale: str
    notes: tuple[str, ...]


def make_plan(
    model: Path, data: Path, *, split: str | None = None, scale: str = "0-255"
) -> Plan:
    """Look at the model's file and read the folder; TensorFlow is not imported.

    Parameters
    ----------
    model : Path
        A `.keras` or `.h5` file.
    data : Path
        A folder of images that `read_catalog` knows.
    split : str, optional
        A kind that `assign_split` knows, or a CSV of image and split. By default the
        one that came with the images, else all of them are one split.
    scale : {"0-255", "0-1", "-1-1"}
        What the model takes.

    Raises
    ------
    InputError
        If file, folder or split are no good, or TensorFlow is not installed.
    """
    if importlib.util.find_spec("tensorflow") is None:
        raise InputError(
            "Predicting needs TensorFlow, which is not installed. "
            "Install it with: pip install 'hirise[train]'"
        )
    if scale not in SCALES:
        raise InputError(
            f"Unknown scale '{scale}': expected {', '.join(SCALES)}."
            f"{nearest(scale, SCALES)}"
        )
    about = inspect_model(model)
    catalog = read_catalog(data)
    sides, name, notes = _sides(catalog, split)
    return Plan(model, about, catalog, sides, name, scale, notes)


def _sides(
    catalog: Catalog, split: str | None
) -> tuple[pd.Series[str], str, tuple[str, ...]]:
    """The split of each image, its name, and notes on it."""
    published = catalog.table["split"]
    if split is None and (published == "").all():
        return published.replace("", ALL), ALL, ()
    if split is None:
        split = "published"
    if split.endswith(".csv") or Path(split).is_file():
        found = read_split_file(Path(split), catalog)
    else:
        found = assign_split(catalog, split)
    return found.split, split, found.notes
