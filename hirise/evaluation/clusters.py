"""Which images are resampled together for the intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.metrics.intervals import MIN_GROUPS
from hirise.metrics.metrics import Ints
from hirise.predictions import Predictions

CLUSTERS = ("auto", "landmark", "observation", "none")


@dataclass(frozen=True)
class Clusters:
    """The group of each image; `codes` is None where every image is its own group.

    `not_named` is the requested kind of group, where the image names lack it.
    """

    kind: str
    codes: Ints | None
    n_groups: int
    not_named: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What people should know of the groups."""
        notes = [missing_intervals(self.n_groups, self.kind)]
        if self.not_named:
            notes.append(
                f"The image names do not give the {self.not_named}, so each image is "
                "resampled on its own."
            )
        return tuple(note for note in notes if note)


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

    Examples
    --------
    >>> predictions = Predictions(
    ...     y_pred=np.zeros(3, dtype=int), class_names=("a", "b"), group=["x", "x", "y"]
    ... )
    >>> clusters = clusters_of(predictions, np.arange(3), "auto")
    >>> clusters.kind, clusters.codes.tolist(), clusters.n_groups
    ('group', [0, 0, 1], 2)
    """
    if isinstance(cluster, Clusters):
        return cluster
    if cluster not in CLUSTERS:
        raise ValueError(f"`cluster` must be one of {CLUSTERS}, got {cluster!r}.")
    images = Clusters("image", None, len(rows))
    if cluster == "none" or not len(rows):
        return images
    names = _parsed_names(predictions, rows)
    if cluster == "auto" and predictions.group is not None:
        groups = pd.Series(predictions.group[rows])
        is_landmark = names is not None and (names["landmark"] == groups).all()
        return _factorized("landmark" if is_landmark else "group", groups)
    if names is None:
        return images if cluster == "auto" else replace(images, not_named=cluster)
    kind = "observation" if cluster == "observation" else "landmark"
    return _factorized(kind, names[kind])


def _parsed_names(
    predictions: Predictions, rows: NDArray[np.intp]
) -> pd.DataFrame | None:
    """The parts of the image names, if all follow the HiRISE grammar."""
    if predictions.name_parts is None:
        return None
    names = predictions.name_parts.iloc[rows].reset_index(drop=True)
    return None if (names["landmark"] == "").any() else names


def _factorized(kind: str, keys: pd.Series) -> Clusters:
    codes, distinct = pd.factorize(keys)
    # Where each group is one image, Wilson's interval serves as it is.
    grouped = len(distinct) < len(keys)
    return Clusters(kind, codes.astype(np.int64) if grouped else None, len(distinct))


def missing_intervals(n_groups: int, cluster: str) -> str | None:
    """Why so few groups have no intervals; None if they are enough.

    Examples
    --------
    >>> missing_intervals(9, "landmark")
    'There are no intervals: 9 landmarks are fewer than the 10 that resampling needs.'
    >>> missing_intervals(10, "landmark")
    """
    if not 0 < n_groups < MIN_GROUPS:
        return None
    return (
        f"There are no intervals: {n_groups} {cluster}s are fewer than the "
        f"{MIN_GROUPS} that resampling needs."
    )
