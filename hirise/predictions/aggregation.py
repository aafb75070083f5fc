"""Several rows of one image, such as crops, averaged to one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints
from hirise.errors import InputError, parameter
from hirise.predictions.table import UNLABELLED, Columns, largest_column

AGGREGATES = ("mean",)
"""How several rows of one image become one."""


def aggregated(columns: Columns, splits: Ints, by: str) -> tuple[Columns, Ints]:
    """One row per image and split: the mean of its probabilities, or a vote.

    Parameters
    ----------
    columns : Columns
    splits : (n_images,) int
        Code of each row's split.
    by : {"mean"}

    Raises
    ------
    InputError
        No names of images, or rows of one image with several true classes.

    Examples
    --------
    >>> columns = Columns(
    ...     y_pred=np.array([0, 1]),
    ...     class_names=("a", "b"),
    ...     proba=np.array([[0.9, 0.1], [0.4, 0.6]]),
    ...     image=np.array(["1.jpg", "1.jpg"]),
    ... )
    >>> found, splits = aggregated(columns, np.zeros(2, dtype=int), "mean")
    >>> found.proba.tolist(), splits.tolist()
    ([[0.65, 0.35]], [0])
    """
    if by not in AGGREGATES:
        raise InputError(
            f"Rows cannot be aggregated by {by!r}.",
            how=f"Give {parameter('aggregate', 'mean')}.",
        )
    if columns.image is None:
        raise InputError(
            "There are no image names, so it is not known which rows belong to the "
            "same image.",
            how=f"Name their column with {parameter('columns', 'image=COLUMN')}.",
        )
    keys = pd.DataFrame({"split": splits, "image": columns.image})
    codes = keys.groupby(["split", "image"], sort=False, dropna=False).ngroup()
    rows: Ints = codes.to_numpy().astype(np.int64)
    n_images = int(rows.max(initial=-1)) + 1
    if n_images == len(rows):
        return columns, splits
    first = np.flatnonzero(~codes.duplicated().to_numpy())
    k = len(columns.class_names)
    if columns.proba is None:
        votes = np.bincount(rows * k + columns.y_pred, minlength=n_images * k)
        scores: Floats = votes.reshape(n_images, k).astype(float)
        how = "the class predicted most often was taken"
    else:
        scores = _means(columns.proba, rows, n_images)
        how = "their probabilities were averaged"
    proba = None if columns.proba is None else scores
    note = f"The {len(rows):,} rows belong to {n_images:,} images, so {how}."
    averaged = replace(
        columns.at(first),
        y_pred=largest_column(scores),
        proba=proba,
        y_true=_agreed(columns, rows, n_images),
        notes=(*columns.notes, note),
    )
    return averaged, splits[first]


def _means(proba: Floats, rows: Ints, n_images: int) -> Floats:
    n_rows = np.bincount(rows, minlength=n_images)
    means = np.empty((n_images, proba.shape[1]))
    for i, column in enumerate(proba.T):
        means[:, i] = np.bincount(rows, weights=column, minlength=n_images) / n_rows
    return means


def _agreed(columns: Columns, rows: Ints, n_images: int) -> Ints | None:
    """The true class of each image, on which its labelled rows must agree."""
    if columns.y_true is None:
        return None
    labelled = columns.y_true != UNLABELLED
    true = np.full(n_images, UNLABELLED, dtype=np.int64)
    true[rows[labelled]] = columns.y_true[labelled]
    differ = labelled & (true[rows] != columns.y_true)
    if differ.any():
        assert columns.image is not None
        row = int(differ.argmax())
        raise InputError(
            f"Image {columns.image[row]!r} has several true classes.",
            how="Give each image one class.",
        )
    return true
