"""What evaluated images have in common with training images, and its effect."""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.diagnosis.finding import NotApplicable
from hirise.diagnosis.leakage.copies import (
    COPIES,
    KINDS,
    crossings,
    duplicate_groups,
    duplicate_pairs,
    has_pictures,
    shared_keys,
)
from hirise.evaluation import Evaluation, evaluate
from hirise.mars.names import parse_names
from hirise.predictions import Predictions
from hirise.runs import Run


@dataclass(frozen=True)
class ObservationBaseline:
    """Three ways to label the same images.

    Attributes
    ----------
    observation : Evaluation
        The most frequent training class of the image's observation, else that of all.
    constant : Evaluation
        The most frequent training class for every image.
    model : Evaluation
        The model's own predictions.
    majority : str
        The most frequent training class.
    n_known : int
        Images of observations that training has.
    """

    observation: Evaluation
    constant: Evaluation
    model: Evaluation
    majority: str
    n_known: int

    def gain(self, metric: str) -> float:
        """How much more the observation scores than one class for all."""
        return self.observation.metric(metric) - self.constant.metric(metric)

    def explained(self, metric: str) -> float:
        """`gain` as a fraction of the model's own; NaN if the model has none."""
        own = self.model.metric(metric) - self.constant.metric(metric)
        return self.gain(metric) / own if own > 0 else float("nan")


def observation_baseline(
    trained: pd.DataFrame,
    observation: pd.Series,
    predictions: Predictions,
    *,
    cluster: str = "auto",
) -> ObservationBaseline:
    """Label images by their observation.

    Parameters
    ----------
    trained : DataFrame
        The training images: columns `observation` and `class_name`.
    observation : (n_images,) Series of str
        Of the images in `predictions`.
    predictions : Predictions
    cluster : str
        See `evaluate`.

    Examples
    --------
    >>> trained = pd.DataFrame(
    ...     {"observation": ["x", "y"], "class_name": ["crater", "dune"]}
    ... )
    >>> predictions = Predictions(
    ...     np.array([0, 0]), ("crater", "dune"), np.array([0, 1])
    ... )
    >>> baseline = observation_baseline(trained, pd.Series(["x", "y"]), predictions)
    >>> baseline.observation.metric("accuracy"), baseline.model.metric("accuracy")
    (1.0, 0.5)
    """
    names = list(predictions.class_names)
    counts = pd.crosstab(trained["observation"], trained["class_name"])
    counts = counts.reindex(columns=names, fill_value=0)
    majority = int(counts.sum().to_numpy().argmax())
    # Of classes that are equally frequent, the first counts.
    most = pd.Series(counts.to_numpy().argmax(axis=1), index=counts.index)
    most = most[(counts.index != "") & (counts.sum(axis=1) > 0)]
    guessed = observation.map(most)
    return ObservationBaseline(
        observation=_evaluated(
            predictions, guessed.fillna(majority).to_numpy(dtype=np.int64), cluster
        ),
        constant=_evaluated(
            predictions, np.full(len(predictions), majority, dtype=np.int64), cluster
        ),
        model=evaluate(replace(predictions, proba=None), cluster=cluster),
        majority=names[majority],
        n_known=int(guessed.notna().sum()),
    )


def _evaluated(
    predictions: Predictions, y_pred: np.ndarray, cluster: str
) -> Evaluation:
    return evaluate(replace(predictions, y_pred=y_pred, proba=None), cluster=cluster)


TRAIN = "train"
PARTS = ("copy", "no_copy", "known_observation", "new_observation")
"""Evaluated images with a copy in training; without; of the latter, those of
observations that training has, and those of others."""


@dataclass(frozen=True, eq=False)
class LeakageEvidence:
    """Which split each image is in, and what evaluated images share with training.

    Attributes
    ----------
    places : DataFrame, one row per image that is used
        Columns `image`, `split`, `class_name`, `landmark` and `observation`; the last
        two "" where the name does not tell.
    predictions : Predictions, optional
        Of the split under diagnosis.
    features : DataFrame, optional
        As `hirise.data.features.image_features` gives them.
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
        """Images of one split with a partner in another; see `crossings`."""
        return crossings(self.keys, self.places["split"])

    @property
    def has_pixels(self) -> bool:
        """Whether what the images show is known, not their names alone."""
        return self.features is not None and not self.features.empty

    @property
    def has_hashes(self) -> bool:
        """Whether images can be found that look alike, not only equal ones."""
        return self.features is not None and bool((self.features["hash"] > 0).any())

    @property
    def has_pictures(self) -> bool:
        """Whether near-duplicates can be confirmed, not only suspected by a hash."""
        return has_pictures(self.features)

    @property
    def has_observations(self) -> bool:
        """Whether the names of the images tell their observation."""
        return bool((self.places["observation"] != "").any())

    @property
    def evaluated(self) -> Predictions:
        """The predictions, if they can be compared with what was trained on."""
        if self.predictions is None or self.predictions.image is None:
            raise NotApplicable("there are no predictions with the names of images")
        if not (self.places["split"] == TRAIN).any():
            raise NotApplicable("it is not known which images were trained on")
        if self.predictions.split == TRAIN:
            raise NotApplicable("the evaluated images are those that were trained on")
        return self.predictions

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The row of `places` of each evaluated image, (n_images,)."""
        images = pd.Index(self.places["image"])
        names = pd.Index(pd.Series(self.evaluated.image))
        rows: NDArray[np.int64] = images.get_indexer(names).astype(np.int64)
        if (rows < 0).any():
            raise NotApplicable(
                f"{int((rows < 0).sum()):,} of the evaluated images are not in the "
                f"run's table of images"
            )
        return rows

    @cached_property
    def shared(self) -> pd.DataFrame:
        """What each evaluated image shares with training, one row each.

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
        labelled = self.evaluated.labelled
        return {
            part: evaluate(chosen(self.evaluated, mask), cluster=self.cluster)
            for part, mask in masks.items()
            if (mask & labelled).any()
        }

    @cached_property
    def baseline(self) -> ObservationBaseline:
        """The score of the observation alone."""
        if not self.has_observations:
            raise NotApplicable("the names of the images do not tell the observation")
        trained = self.places[self.places["split"] == TRAIN]
        here = self.places["observation"].iloc[self.rows]
        return observation_baseline(trained, here, self.evaluated, cluster=self.cluster)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Evaluated images beside a copy in training, the most certain kind first.

        One row per evaluated image with a copy: `image`, `class_name`, `copy` (its
        name), `copy_class_name` and `kind`, one of `COPIES`.
        """
        train = (self.places["split"] == TRAIN).to_numpy()
        partners = [
            _partners(self.places, self.keys, k, self.rows, train) for k in COPIES
        ]
        order = {"bytes": 0, "near": 1, "landmark": 2}
        table = pd.concat(partners, ignore_index=True)
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

    def shared_table(self) -> pd.DataFrame:
        """How many of the evaluated images share something with a training image.

        Returns
        -------
        DataFrame, one row per way of sharing that is known
            `kind`: `landmark`, `bytes`, `near`, `copy` (any of these) or `observation`;
            `n_images` and `frequency` of the evaluated images.
        """
        shared = self.shared
        known = {
            "landmark": bool((self.places["landmark"] != "").any()),
            "bytes": self.has_pixels,
            "near": self.has_hashes,
            "copy": True,
            "observation": self.has_observations,
        }
        kinds = [kind for kind, is_known in known.items() if is_known]
        counts = shared[kinds].sum().to_numpy(dtype="int64")
        return pd.DataFrame(
            {
                "kind": kinds,
                "n_images": counts,
                "frequency": counts / max(len(shared), 1),
            }
        )

    def score_table(self) -> pd.DataFrame:
        """Scores with and without copies in training, beside pixel-free baselines.

        Returns
        -------
        DataFrame, one row per part of the evaluated images and metric
            `part`: one of `PARTS`, or of `BASELINES`, which label all images without a
            pixel; `n_images`; `metric`; `value`, `low` and `high`, NaN where undefined.
            Empty where no evaluated image has a label.
        """
        if not self.evaluated.labelled.any():
            return pd.DataFrame(
                columns=["part", "n_images", "metric", "value", "low", "high"]
            )
        parts = {part: self.parts[part] for part in PARTS if part in self.parts}
        if self.has_observations:
            baseline = self.baseline
            found = (baseline.observation, baseline.constant)
            parts |= dict(zip(BASELINES, found, strict=True))
        rows = [
            (part, evaluation.n_evaluated, metric, *evaluation.bounds(metric))
            for part, evaluation in parts.items()
            for metric in METRICS
        ]
        return pd.DataFrame(
            rows, columns=["part", "n_images", "metric", "value", "low", "high"]
        )


def chosen(predictions: Predictions, mask: NDArray[np.bool_]) -> Predictions:
    """The predictions of some images.

    Examples
    --------
    >>> predictions = Predictions(
    ...     np.array([0, 1]), ("crater", "dune"), image=["a", "b"]
    ... )
    >>> list(chosen(predictions, np.array([False, True])).image)
    ['b']
    """
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


_COLUMNS = ["image", "split", "class_name", "landmark", "observation"]


def leakage_of_run(
    run: Run,
    predictions: Predictions | None,
    *,
    features: pd.DataFrame | None = None,
    cluster: str = "auto",
) -> LeakageEvidence | None:
    """The splits and places of the images of a run; None if unknown.

    Parameters
    ----------
    run : Run
    predictions : Predictions, optional
        Of the split under diagnosis.
    features : DataFrame, optional
        As `image_features` gives them; those of the run folder if not given.
    cluster : str
        Unit that the intervals resample.
    """
    places = _places(run)
    if places is None:
        return None
    if features is None:
        features = run.image_features()
    return LeakageEvidence(places, predictions, features, cluster)


def _places(run: Run) -> pd.DataFrame | None:
    """The images that are in a split, or all of them if none is."""
    table = run.catalog()
    if table is None:
        table = _of_labels(run)
    if table is None or not {"image", "split", "class_name"} <= set(table.columns):
        return None
    used = (table["split"] != "").to_numpy()
    table = table[used] if used.any() else table
    if not {"landmark", "observation"} <= set(table.columns):
        table = table.join(parse_names(table["image"])[["landmark", "observation"]])
    return table[_COLUMNS].reset_index(drop=True)


def _of_labels(run: Run) -> pd.DataFrame | None:
    seen = run.labels_seen()
    if seen is None:
        return None
    names = dict(enumerate(run.info.class_names))
    labels = seen["label"].map(lambda label: names.get(label, str(label)))
    return seen[["image", "split"]].assign(class_name=labels)


METRICS = ("accuracy", "macro_f1")
BASELINES = ("observation_alone", "one_class")


LEAKAGE_METRICS = ("accuracy", "balanced_accuracy", "macro_f1")


def leakage_document(leakage: LeakageEvidence | None) -> dict[str, Any] | None:
    """Counts, scores of each part and the baseline; None where unknown."""
    try:
        if leakage is None or not len(leakage.evaluated):
            return None
        shared = leakage.shared
    except NotApplicable:
        return None
    return {
        "n_images": len(shared),
        "n_with_copy": int(shared["copy"].sum()),
        "share_with_copy": float(shared["copy"].mean()),
        "pixels_compared": leakage.has_pixels,
        "n_shared": {kind: int(shared[kind].sum()) for kind in KINDS},
        "parts": {part: _scores(one) for part, one in leakage.parts.items()},
        "observation_baseline": _baseline(leakage),
    }


def _baseline(leakage: LeakageEvidence) -> dict[str, Any] | None:
    if not leakage.has_observations or not leakage.evaluated.labelled.any():
        return None
    baseline = leakage.baseline
    return {
        "n_known": baseline.n_known,
        "majority_class": baseline.majority,
        "observation": _scores(baseline.observation),
        "constant": _scores(baseline.constant),
        "model": _scores(baseline.model),
    }


def _scores(evaluation: Evaluation) -> dict[str, Any]:
    scores: dict[str, Any] = {
        "n_images": evaluation.n_evaluated,
        "n_groups": evaluation.n_groups,
    }
    for metric in LEAKAGE_METRICS:
        keys = ("value", "low", "high")
        bounds = zip(keys, evaluation.bounds(metric), strict=True)
        scores[metric] = {k: v if math.isfinite(v) else None for k, v in bounds}
    return scores
