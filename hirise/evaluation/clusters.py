"""Which images are resampled together: a group column, else the HiRISE landmark."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.intervals import MIN_GROUPS
from hirise.predictions import Predictions

KINDS = ("auto", "landmark", "observation", "none")


@dataclass(frozen=True)
class Clusters:
    """The group of each image; `codes` is None where every image is its own group."""

    kind: str
    codes: NDArray[np.int64] | None
    n_groups: int
    notes: tuple[str, ...] = ()


def clusters_of(
    predictions: Predictions, rows: NDArray[np.intp], cluster: str | Clusters
) -> Clusters:
    """Groups of the images at `rows`.

    With `auto` a `group` column if given, else the landmark where every name follows
    the HiRISE grammar, else single images. `none` always means single images;
    `landmark` and `observation` go before a `group` column. What this function gave
    for the same rows is given back.

    Raises
    ------
    ValueError
        An unknown `cluster`.
    """
    if isinstance(cluster, Clusters):
        return cluster
    if cluster not in KINDS:
        raise ValueError(f"`cluster` must be one of {KINDS}, got {cluster!r}.")
    if not len(rows):
        return Clusters("image", None, 0)
    images = Clusters("image", None, len(rows), _few(len(rows), "image"))
    if cluster == "none":
        return images
    names = _names(predictions, rows)
    if cluster == "auto" and predictions.group is not None:
        given = pd.Series(predictions.group[rows])
        is_landmark = names is not None and (names["landmark"] == given).all()
        return _coded("landmark" if is_landmark else "group", given)
    if names is None:
        told = () if cluster == "auto" else _untold(cluster)
        return replace(images, notes=(*images.notes, *told))
    kind = "observation" if cluster == "observation" else "landmark"
    return _coded(kind, names[kind])


def _names(predictions: Predictions, rows: NDArray[np.intp]) -> pd.DataFrame | None:
    """What the names of the images say, if all follow the HiRISE grammar."""
    if predictions.name_parts is None:
        return None
    names = predictions.name_parts.iloc[rows].reset_index(drop=True)
    return None if (names["landmark"] == "").any() else names


def _coded(kind: str, keys: pd.Series) -> Clusters:
    codes, distinct = pd.factorize(keys)
    grouped = len(distinct) < len(keys)
    return Clusters(
        kind,
        codes.astype(np.int64) if grouped else None,
        len(distinct),
        _few(len(distinct), kind),
    )


def _untold(kind: str) -> tuple[str, ...]:
    return (
        f"The names of the images do not tell the {kind}; each image is resampled on "
        f"its own.",
    )


def _few(n_groups: int, kind: str) -> tuple[str, ...]:
    if n_groups >= MIN_GROUPS:
        return ()
    return (
        f"There are no intervals: {n_groups} {kind}s are fewer than the {MIN_GROUPS} "
        f"that resampling needs.",
    )
