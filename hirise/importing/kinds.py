"""The kind of a file, by its content, and how its reading is corrected."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

from hirise.errors import InputError, parameter
from hirise.history import is_history
from hirise.history.reading import FORMS
from hirise.history.tensorboard import is_event_file
from hirise.models.inspection import is_model
from hirise.predictions.decisions import Decisions
from hirise.runs.info import INFO_FILE

Kind = Literal["predictions", "history", "run", "model"]

_HDF5 = b"\x89HDF\r\n\x1a\n"
_SUFFIXES = {
    "Parquet": (".parquet", ".pq"),
    "HDF5": (".h5", ".hdf5"),
    "npz": (".npz",),
    "Keras": (".keras",),
}
_CHECKED = (".keras", ".h5", ".hdf5")
"""Suffixes of models whose content must fit them."""


def kind_of(path: Path) -> Kind:
    r"""Predictions, a history (file or folder), a run (or its zip), or a model.

    Raises
    ------
    InputError
        Nothing there, or a content that does not fit the name.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "log.csv")
    ...     _ = path.write_text("epoch,loss\n0,0.9\n")
    ...     kind_of(path)
    'history'
    """
    if path.is_dir():
        if (path / INFO_FILE).is_file():
            return "run"
        if is_model(path):
            return "model"
        if is_history(path):
            return "history"
        raise InputError(
            f"This folder holds no {INFO_FILE}, so it is not a run, and it holds no "
            "training curves of another tool.",
            where=path,
            how=f"{FORMS} Give a dataset as {parameter('data')}.",
        )
    if not path.is_file():
        raise InputError("There is no such file.", where=path)
    checked = path.suffix.lower() in _CHECKED
    # The name of an event file may end in that of a host, such as uni.pt.
    if is_model(path) and not checked and not is_event_file(path):
        return "model"
    form = _format(path)
    if form == "run":
        return "run"
    if form and path.suffix.lower() not in _SUFFIXES[form]:
        raise InputError(
            f"This is {form} by its content, but its name has another suffix.",
            where=path,
            how=f"Rename it to end in {_SUFFIXES[form][0]}.",
        )
    if form in ("HDF5", "Keras") or checked:
        return "model"
    return "history" if is_history(path) else "predictions"


def _format(path: Path) -> str:
    """`Parquet`, `HDF5`, `npz`, `Keras`, `run`, or "" for text."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"PAR1"):
        return "Parquet"
    if head == _HDF5:
        return "HDF5"
    if not head.startswith(b"PK"):
        return ""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(
            f"This is a damaged zip file ({error}).",
            where=path,
            how="Make or fetch it again.",
        ) from error
    return _zip_format(path, names)


def _zip_format(path: Path, names: list[str]) -> str:
    if names and all(name.endswith(".npy") for name in names):
        return "npz"
    if "config.json" in names and path.suffix.lower() != ".zip":
        return "Keras"
    if path.suffix.lower() in (".npz", ".keras"):
        return "npz" if path.suffix.lower() == ".npz" else "Keras"
    if any(name.rsplit("/", 1)[-1] == INFO_FILE for name in names):
        return "run"
    raise InputError(
        f"This zip file holds no run ({INFO_FILE}).",
        where=path,
        how="Zip one run folder, or give the predictions themselves.",
    )


@dataclass(frozen=True)
class Corrections:
    """How to read a predictions file where it does not say so itself.

    Attributes
    ----------
    logits : bool
        The scores are logits.
    class_names : tuple of str or None
        Names of the classes, in the order of their ids or numbered columns.
    columns : mapping of role to column
        Roles are `image`, `y_true`, `y_pred`, `split` and `group`; "" means no column.
    split : str or None
        Name of the split, where the file has no column for it.
    decisions : Decisions
        How predictions are made of what the file holds.
    """

    logits: bool = False
    class_names: tuple[str, ...] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    split: str | None = None
    decisions: Decisions = field(default_factory=Decisions)


def _no_rows(*columns: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})


@dataclass(frozen=True, eq=False)
class Understood:
    """How a file is understood.

    Attributes
    ----------
    kind : {"predictions", "history", "run", "model"}
    columns : DataFrame, one row per column of the file
        `column`, `role` (`image`, `truth`, `prediction`, `probability of X`, `split`,
        `group`, `training loss`…, `ignored`) and `examples`.
    class_names : tuple of str
        In the order of the ids.
    splits : DataFrame, one row per split
        `split`, `n_images` and `n_labelled` (with a true label).
    facts : DataFrame
        `what` and `value`: such as epochs, or a run's title and recipe.
    notes : tuple of str
        What was assumed.
    head : DataFrame
        The first rows, as they are in the file.
    given : mapping of role to column
        Roles of columns of other names, corrected or found.
    numbered : bool
        The classes have numbers instead of names, so names can be given.
    scored : bool
        There are scores, which may be logits.
    doubt : str
        What seems wrong with that; "" if nothing does.
    problem : str
        Why it cannot be imported so; "" if it can. It may hold
        `hirise.errors.parameter(...)`.
    """

    kind: Kind
    columns: pd.DataFrame = field(
        default_factory=lambda: _no_rows("column", "role", "examples")
    )
    class_names: tuple[str, ...] = ()
    splits: pd.DataFrame = field(
        default_factory=lambda: _no_rows("split", "n_images", "n_labelled")
    )
    facts: pd.DataFrame = field(default_factory=lambda: _no_rows("what", "value"))
    notes: tuple[str, ...] = ()
    head: pd.DataFrame = field(default_factory=pd.DataFrame)
    given: Mapping[str, str] = field(default_factory=dict)
    numbered: bool = False
    scored: bool = False
    doubt: str = ""
    problem: str = ""

    @property
    def n_rows(self) -> int:
        """Rows of predictions, over all splits."""
        return int(self.splits["n_images"].sum()) if len(self.splits) else 0
