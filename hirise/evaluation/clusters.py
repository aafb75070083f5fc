"""Which images are resampled together: a group column, else the HiRISE landmark."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.intervals import MIN_GROUPS
from hirise.names import parse_names
from hirise.predictions import Predictions

KINDS = ("auto", "landmark", "observation", "none")


@dataclass(frozen=True)
class Clusters:
    """The group of each image; `codes` is None where every image is its own."""

    kind: str
    codes: NDArray[np.int64] | None
    n_groups: int
    notes: tuple[str, ...] = ()


def clusters_of(
    predictions: Predictions, rows: NDArray[np.intp], cluster: str
) -> Clusters:
    """Groups of the images at `rows`.

    With `auto` a `group` column if given, else the landmark where every name follows
    the HiRISE grammar, else single images. `none` always means single images.

    Raises
    ------
    ValueError
        An unknown `cluster`.
    """
    if cluster not in KINDS:
        raise ValueError(f"`cluster` must be one of {KINDS}, got {cluster!r}.")
    images = Clusters("image", None, len(rows), _few(len(rows), "image"))
    if cluster == "none" or not len(rows):
        return images
    names = _names(predictions, rows)
    if cluster == "auto" and predictions.group is not None:
        given = pd.Series(predictions.group[rows])
        is_landmark = names is not None and (names["landmark"] == given).all()
        return _coded("landmark" if is_landmark else "group", given)
    if names is None:
        return images
    kind = "observation" if cluster == "observation" else "landmark"
    return _coded(kind, names[kind])


def _names(predictions: Predictions, rows: NDArray[np.intp]) -> pd.DataFrame | None:
    """What the names of the images say, if all follow the HiRISE grammar."""
    if predictions.image is None:
        return None
    names = parse_names(pd.Series(predictions.image[rows]))
    return None if (names["landmark"] == "").any() else names


def _coded(kind: str, keys: pd.Series) -> Clusters:
    codes, distinct = pd.factorize(keys)
    return Clusters(
        kind, codes.astype(np.int64), len(distinct), _few(len(distinct), kind)
    )


def _few(n_groups: int, kind: str) -> tuple[str, ...]:
    if n_groups >= MIN_GROUPS:
        return ()
    return (
        f"There are no intervals: {n_groups} {kind}s are fewer than the {MIN_GROUPS} "
        f"that resampling needs.",
    )
