"""Predictions: images, true and predicted classes and probabilities of a split."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from hirise.arrays import Bools, Floats, Ints
from hirise.errors import InputError, nearest, parameter
from hirise.mars.names import parse_names

Texts = Any  # a sequence of str; pandas has no public type for its string array

SUM_TOLERANCE = 1e-3
UNLABELLED = -1
_ROWS = 10_000
_DIAGNOSED_FIRST = ("val", "validation", "valid", "test")


@dataclass(frozen=True)
class Predictions:
    """What a classifier predicted for the images of one split.

    Parameters
    ----------
    y_pred : (n_images,) int
        Predicted class ids: positions in `class_names`.
    class_names : tuple of str
        Distinct, in the order of the ids and of the columns of `proba`.
    y_true : (n_images,) int, optional
        True class ids, -1 where unknown.
    proba : (n_images, n_classes) float, optional
        Probabilities; each row sums to 1 within 1e-3.
    image : (n_images,) sequence of str, optional
        Paths with `/`, relative to the dataset; unique. Kept as a pandas string array.
    group : (n_images,) sequence of str, optional
        Images of one group are resampled together. Kept as a pandas string array.
    split : str
        Name of the split, "" if it has none.
    notes : tuple of str
        What was assumed while reading, for people.
    threshold : float, optional
        Least probability at which the second of two classes is predicted, if not .5.
    ordinal : bool
        The classes are in order, so that errors have a size.

    Raises
    ------
    InputError
        Lengths, ids, probabilities or names that do not fit.

    Examples
    --------
    >>> predictions = Predictions(
    ...     y_true=np.array([0, 1, -1]),
    ...     y_pred=np.array([0, 0, 1]),
    ...     class_names=("crater", "other"),
    ... )
    >>> len(predictions), predictions.labelled.tolist()
    (3, [True, True, False])
    """

    y_pred: Ints
    class_names: tuple[str, ...]
    y_true: Ints | None = None
    proba: Floats | None = None
    image: Texts | None = None
    group: Texts | None = None
    split: str = ""
    notes: tuple[str, ...] = ()
    threshold: float | None = None
    ordinal: bool = False

    def __post_init__(self) -> None:
        for name in ("image", "group"):
            if getattr(self, name) is not None:
                texts = pd.array(getattr(self, name), dtype="str")
                object.__setattr__(self, name, texts)
        _check_lengths(self)
        _check_names(self.class_names)
        _check_ids("y_pred", self.y_pred, len(self.class_names), lowest=0)
        if self.y_true is not None:
            _check_ids("y_true", self.y_true, len(self.class_names), lowest=UNLABELLED)
        if self.proba is not None:
            check_probabilities(self.proba, len(self.class_names))
        for name in ("image", "group"):
            _check_no_gap(name, getattr(self, name))
        if self.image is not None:
            _check_unique(self.image, self.split)

    def __len__(self) -> int:
        return len(self.y_pred)

    @property
    def labelled(self) -> Bools:
        """Whether each image has a true label, (n_images,)."""
        if self.y_true is None:
            return np.zeros(len(self), dtype=bool)
        return np.asarray(self.y_true != UNLABELLED)

    @cached_property
    def name_parts(self) -> pd.DataFrame | None:
        """What the names of the images tell, see `parse_names`; None without names."""
        if self.image is None:
            return None
        return parse_names(pd.Series(self.image, dtype="str"))

    @property
    def likeliest(self) -> Ints:
        """The class of the largest probability, the first of equal ones: (n_images,).

        With a threshold, the class that it gives; without probabilities, the predicted
        one.
        """
        if self.threshold is not None and self.proba is not None:
            return (self.proba[:, 1] >= self.threshold).astype(np.int64)
        return self.y_pred if self.proba is None else largest_column(self.proba)

    def take(self, rows: Ints) -> Predictions:
        """The predictions for the images in `rows`, in that order."""

        def taken(values: Any) -> Any:
            return None if values is None else values[rows]

        return replace(
            self,
            y_pred=self.y_pred[rows],
            y_true=taken(self.y_true),
            proba=taken(self.proba),
            image=taken(self.image),
            group=taken(self.group),
        )

    def to_frame(self) -> pd.DataFrame:
        """As written: image, y_true, y_pred, group, then `p:<class name>` per class."""
        # Id -1, of an unknown label, finds the None at the end.
        names = np.array([*self.class_names, None], dtype=object)
        columns: dict[str, object] = {}
        if self.image is not None:
            columns["image"] = self.image
        if self.y_true is not None:
            columns["y_true"] = names[self.y_true]
        columns["y_pred"] = names[self.y_pred]
        if self.group is not None:
            columns["group"] = self.group
        if self.proba is not None:
            for name, column in zip(self.class_names, self.proba.T, strict=True):
                columns[f"p:{name}"] = column
        return pd.DataFrame(columns)

    def write(self, path: Path) -> None:
        """Write as Parquet, with class order and split as metadata."""
        table = pa.Table.from_pandas(self.to_frame(), preserve_index=False)
        metadata = {"class_names": json.dumps(self.class_names), "split": self.split}
        if self.threshold is not None:
            metadata["threshold"] = repr(self.threshold)
        if self.ordinal:
            metadata["ordinal"] = "true"
        pq.write_table(table.replace_schema_metadata(metadata), path)


@dataclass(frozen=True)
class Columns:
    """The columns of `Predictions` of all splits, before they are checked."""

    y_pred: Ints
    class_names: tuple[str, ...]
    y_true: Ints | None = None
    proba: Floats | None = None
    image: Texts | None = None
    group: Texts | None = None
    notes: tuple[str, ...] = ()
    threshold: float | None = None
    ordinal: bool = False

    def at(self, rows: NDArray[np.intp]) -> Columns:
        """The same of some rows."""
        by_row = ("y_pred", "y_true", "proba", "image", "group")
        held = {name: getattr(self, name) for name in by_row}
        cut = {name: v[rows] for name, v in held.items() if v is not None}
        return replace(self, **cut)

    def predictions(self, split: str) -> Predictions:
        """Checked, as the predictions of one split."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return Predictions(**values, split=split)


def choose_split(names: list[str], wanted: str | None, *, where: str) -> str:
    """The split to diagnose: the wanted one, else val, else test, else the only one.

    Examples
    --------
    >>> choose_split(["train", "val", "test"], None, where="predictions.csv")
    'val'
    """
    if wanted is not None:
        if names == [""]:
            raise InputError(
                "There are no splits, as there is no column `split`.",
                where=where,
                how=f"Leave {parameter('split')} out.",
            )
        if wanted not in names:
            listed = ", ".join(repr(name) for name in names)
            raise InputError(
                f"There is no split {wanted!r}, only {listed}.{nearest(wanted, names)}",
                where=where,
            )
        return wanted
    for name in _DIAGNOSED_FIRST:
        if name in names:
            return name
    if len(names) == 1:
        return names[0]
    listed = ", ".join(repr(name) for name in names)
    raise InputError(
        f"There are the splits {listed}.",
        where=where,
        how=f"Choose one with {parameter('split')}.",
    )


def _check_names(names: tuple[str, ...]) -> None:
    if not names:
        raise InputError("There are no classes: `class_names` is empty.")
    repeated = pd.Series(names)[pd.Series(names).duplicated()]
    if len(repeated):
        raise InputError(
            f"Two classes have the name {repeated.iloc[0]!r}.",
            how="Give each class its own name.",
        )
    # A lone surrogate, as broken UTF-8 is read, cannot be written again.
    broken = next((n for n in names if n.encode(errors="replace").decode() != n), None)
    if broken is not None:
        raise InputError(
            f"The class name {broken!a} is not text.", how="Write it as UTF-8."
        )


def _check_lengths(predictions: Predictions) -> None:
    n_images = len(predictions.y_pred)
    if n_images == 0:
        raise InputError("There are no predictions: the table has no rows.")
    for name in ("y_true", "proba", "image", "group"):
        values = getattr(predictions, name)
        if values is not None and len(values) != n_images:
            raise InputError(
                f"`{name}` has {len(values):,} rows but `y_pred` has {n_images:,}."
            )


def _check_ids(name: str, ids: Ints, n_classes: int, *, lowest: int) -> None:
    if ids.min() < lowest or ids.max() >= n_classes:
        row = int(np.flatnonzero((ids < lowest) | (ids >= n_classes))[0])
        raise InputError(
            f"`{name}` is {ids[row]} in row {row + 1}, but there are {n_classes} "
            f"classes (0 to {n_classes - 1})."
        )


def largest_column(values: NDArray[Any]) -> Ints:
    """Position of the largest value of each row, the first of equal ones.

    Examples
    --------
    >>> largest_column(np.array([[0.2, 0.8], [0.5, 0.5]])).tolist()
    [1, 0]
    """
    # In parts: numpy would copy all of an array whose columns, not rows, are together.
    found = np.empty(len(values), dtype=np.int64)
    for start in range(0, len(values), _ROWS):
        rows = slice(start, start + _ROWS)
        values[rows].argmax(axis=1, out=found[rows])
    return found


def check_probabilities(proba: Floats, n_classes: int) -> None:
    """Refuse (n_images, n_classes) numbers that are not probabilities, naming the row.

    Examples
    --------
    >>> check_probabilities(np.array([[0.5, 0.6]]), n_classes=2)
    Traceback (most recent call last):
    hirise.errors.InputError: The probabilities of row 1 sum to 1.1, not 1 ...
    """
    if proba.ndim != 2 or proba.shape[1] != n_classes:
        raise InputError(
            f"The probabilities have shape {proba.shape}, but {n_classes} columns are "
            f"expected, one per class."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        sums = proba.sum(axis=1)
    if not np.isfinite(sums).all():
        row = int(np.flatnonzero(~np.isfinite(sums))[0])
        raise InputError(
            f"The probabilities of row {row + 1} are not numbers (NaN or infinite). "
            f"There are {np.count_nonzero(~np.isfinite(sums)):,} such rows.",
            how="Leave the probability columns out to evaluate the labels alone.",
        )
    off = np.abs(sums - 1) > SUM_TOLERANCE
    if off.any():
        row = int(np.flatnonzero(off)[0])
        raise InputError(
            f"The probabilities of row {row + 1} sum to {sums[row]:.4g}, not 1 "
            f"({off.sum():,} such rows).",
            how=_how_to_sum(proba),
        )
    if proba.min() < 0:
        row = int(np.flatnonzero((proba < 0).any(axis=1))[0])
        raise InputError(
            f"A probability of row {row + 1} is negative: {proba[row].min():.4g}."
        )


def _how_to_sum(proba: Floats) -> str:
    """Logits leave 0 to 1 somewhere; what does not is no logit."""
    if proba.min() < 0 or proba.max() > 1:
        return f"If they are logits, say so with {parameter('logits')}."
    return "Correct these rows, or leave the probability columns out."


def _check_no_gap(name: str, texts: Texts | None) -> None:
    if texts is None:
        return
    empty = pd.Series(texts).fillna("") == ""
    if empty.any():
        raise InputError(
            f"`{name}` is empty in row {int(empty.argmax()) + 1}.",
            how="Fill it for every image, or leave the column out.",
        )


def _check_unique(image: Texts, split: str) -> None:
    names = pd.Series(image)
    if pc.count_distinct(pa.array(image)).as_py() == len(names):
        return
    again = int(np.flatnonzero(names.duplicated())[0])
    first = int(np.flatnonzero(names == names[again])[0])
    where = f" of split {split!r}" if split else ""
    raise InputError(
        f"Image {names[again]!r} is in rows {first + 1} and {again + 1}{where}.",
        how="Give one prediction per image, or average them with "
        f"{parameter('aggregate', 'mean')}.",
    )
