"""LeakageEvidence: which judged images have copies in training, and their scores."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.diagnosis.finding import NotApplicable
from hirise.diagnosis.leakage.baseline import ObservationBaseline, observation_baseline
from hirise.diagnosis.leakage.groups import duplicate_groups, duplicate_pairs
from hirise.diagnosis.leakage.keys import COPIES, KINDS, crossings, shared_keys
from hirise.evaluation import Evaluation, evaluate
from hirise.predictions import Predictions

TRAIN = "train"
PARTS = ("copy", "no_copy", "known_observation", "new_observation")
"""Judged images with a copy in training; without; of the latter, those of observations
that training has, and those of others."""


@dataclass(frozen=True, eq=False)
class LeakageEvidence:
    """Where the images of a run are, and what the judged ones share with training.

    Attributes
    ----------
    places : DataFrame, one row per image that is used
        Columns `image`, `split`, `class_name`, `landmark` and `observation`; the last
        two "" where the name does not tell.
    predictions : Predictions, optional
        Of the split under diagnosis.
    features : DataFrame, optional
        As `hirise.dataset.image_features.image_features` gives them.
    cluster : str
        What the intervals resample; see `evaluate`.
    """

    places: pd.DataFrame
    predictions: Predictions | None = None
    features: pd.DataFrame | None = None
    cluster: str = "auto"

    @cached_property
    def keys(self) -> pd.DataFrame:
        """What copies share; see `shared_keys`."""
        return shared_keys(self.places, self.features)

    @cached_property
    def crossings(self) -> pd.DataFrame:
        """Images of one side with a partner on another; see `crossings`."""
        return crossings(self.keys, self.places["split"])

    @property
    def has_pixels(self) -> bool:
        """Whether what the images show is known, not their names alone."""
        return self.features is not None and not self.features.empty

    @property
    def has_observations(self) -> bool:
        """Whether the names of the images tell their observation."""
        return bool((self.places["observation"] != "").any())

    @property
    def judged(self) -> Predictions:
        """The predictions, if they can be compared with what was trained on."""
        if self.predictions is None or self.predictions.image is None:
            raise NotApplicable("there are no predictions with the names of images")
        if not (self.places["split"] == TRAIN).any():
            raise NotApplicable("it is not known which images were trained on")
        if self.predictions.split == TRAIN:
            raise NotApplicable("the images judged are those that were trained on")
        return self.predictions

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The row of `places` of each judged image, (n_images,)."""
        images = pd.Index(self.places["image"])
        names = pd.Index(pd.Series(self.judged.image))
        rows: NDArray[np.int64] = images.get_indexer(names).astype(np.int64)
        if (rows < 0).any():
            raise NotApplicable(
                f"{int((rows < 0).sum()):,} of the images judged are not among those "
                f"that the run's table lists"
            )
        return rows

    @cached_property
    def shared(self) -> pd.DataFrame:
        """What each judged image shares with training, one row each.

        Columns: a bool for each of `KINDS`, and `copy`: any but the observation.
        """
        trained = self.keys[(self.places["split"] == TRAIN).to_numpy()]
        here = self.keys.iloc[self.rows]
        table = pd.DataFrame(
            {kind: here[kind].isin(trained[kind]) & (here[kind] >= 0) for kind in KINDS}
        ).reset_index(drop=True)
        return table.assign(copy=table[list(COPIES)].any(axis=1))

    @cached_property
    def parts(self) -> dict[str, Evaluation]:
        """The evaluation of each of `PARTS` that has a labelled image."""
        copy = self.shared["copy"].to_numpy()
        known = self.shared["observation"].to_numpy()
        masks = {"copy": copy, "no_copy": ~copy}
        if self.has_observations:
            masks |= {"known_observation": ~copy & known}
            masks |= {"new_observation": ~copy & ~known}
        labelled = self.judged.labelled
        return {
            part: evaluate(chosen(self.judged, mask), cluster=self.cluster)
            for part, mask in masks.items()
            if (mask & labelled).any()
        }

    @cached_property
    def baseline(self) -> ObservationBaseline:
        """What the observation alone tells of the label."""
        if not self.has_observations:
            raise NotApplicable("the names of the images do not tell the observation")
        trained = self.places[self.places["split"] == TRAIN]
        here = self.places["observation"].iloc[self.rows]
        return observation_baseline(trained, here, self.judged, cluster=self.cluster)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Judged images beside a copy in training, the surest sign first.

        One row per judged image with a copy: `image`, `class_name`, `copy` (its name),
        `copy_class_name` and `kind`, one of `COPIES`.
        """
        train = (self.places["split"] == TRAIN).to_numpy()
        found = [_partners(self.places, self.keys, k, self.rows, train) for k in COPIES]
        order = {"bytes": 0, "near": 1, "landmark": 2}
        table = pd.concat(found, ignore_index=True)
        table = table.sort_values("kind", key=lambda kind: kind.map(order))
        return table.drop_duplicates("image").reset_index(drop=True)

    @cached_property
    def duplicates(self) -> pd.DataFrame:
        """Groups of images that show the same; see `duplicate_groups`."""
        return duplicate_groups(self.places, self.keys)

    @cached_property
    def duplicate_pairs(self) -> pd.DataFrame:
        """Images beside another that shows the same; see `duplicate_pairs`."""
        return duplicate_pairs(self.places, self.keys)


def chosen(predictions: Predictions, mask: NDArray[np.bool_]) -> Predictions:
    """The predictions of some images."""
    parts = {
        name: value[mask]
        for name in ("y_pred", "y_true", "proba", "image", "group")
        if (value := getattr(predictions, name)) is not None
    }
    return replace(predictions, **parts)


def _partners(
    places: pd.DataFrame,
    keys: pd.DataFrame,
    kind: str,
    rows: NDArray[np.int64],
    train: NDArray[np.bool_],
) -> pd.DataFrame:
    columns = places[["image", "class_name"]].assign(key=keys[kind])
    there = columns[train & (columns["key"] >= 0).to_numpy()].drop_duplicates("key")
    there = there.rename(columns={"image": "copy", "class_name": "copy_class_name"})
    here = columns.iloc[rows]
    return here.merge(there, on="key").drop(columns="key").assign(kind=kind)
