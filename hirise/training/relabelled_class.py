"""Training images that carry the label of another class, found and relabelled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hirise.arrays import Bools, Ints
from hirise.data import Catalog
from hirise.diagnosis.labels.exchange import Exchange
from hirise.errors import InputError
from hirise.metrics.cells import kappa_of
from hirise.models.label_features import label_features
from hirise.progress import Progress
from hirise.remedies.mislabelled import labels_of, lost_class
from hirise.runs import Run

FOLDS = 5
STRENGTH = 0.05
"""Inverse of the regularisation: features are many, images few."""
TOLD_APART = 0.5
"""Kappa of a probe on the two classes of val from which it may change labels."""


class Relabelled(NamedTuple):
    """Labels of all images, of which some of the training images are changed.

    Attributes
    ----------
    labels : DataFrame
        `image` and `class_name`.
    sentence : str
    parameters : dict
        For `run.json`.
    """

    labels: pd.DataFrame
    sentence: str
    parameters: dict[str, str]


def relabel_class(parent: Run, catalog: Catalog) -> Relabelled:
    """Give training images of a class that lost its labels their own label again.

    The classes are those that the predictions of val show: one is rarer in training
    and predicted as another, which is more frequent there. A probe that is fitted on
    the val images of both, whose labels are trusted, tells them apart in training.

    Raises
    ------
    InputError
        If no such class is seen, or the probe cannot tell the two classes apart.
    """
    table = labels_of(parent)
    found = lost_class(parent)
    names = (found.other, found.name)
    is_val = (table["split"] == "val") & table["class_name"].isin(names)
    is_suspect = (table["split"] == "train") & (table["class_name"] == found.other)
    images = table.loc[is_val | is_suspect, "image"].to_numpy(dtype=object)
    described = label_features(catalog, images, parent, Progress())
    rows = table.set_index("image").loc[images[described.kept]]
    truth = np.asarray(rows["class_name"] == found.name, dtype=np.int64)
    of_val: Bools = (rows["split"] == "val").to_numpy(dtype=bool)
    moved = _probe(described.values, truth, of_val, parent, found)
    changed = rows.index[~of_val][moved]
    if changed.empty:
        raise InputError(
            f"No training image labelled '{found.other}' looks like '{found.name}' to "
            "a probe, so no label changes.",
            how="Look at the images themselves.",
        )
    labels = table[["image", "class_name"]].copy()
    labels.loc[labels["image"].isin(changed), "class_name"] = found.name
    sentence = (
        f"{len(changed):,} of {int(is_suspect.sum()):,} training images labelled "
        f"'{found.other}' are labelled '{found.name}' now, as which a probe knows them "
        f"by {described.told}, fitted on {int(of_val.sum()):,} val images."
    )
    parameters = {"from": found.other, "to": found.name, "labels": f"{len(changed)}"}
    return Relabelled(labels, sentence, parameters)


def _probe(
    features: NDArray[np.floating],
    truth: Ints,
    of_val: Bools,
    parent: Run,
    found: Exchange,
) -> Bools:
    """Which of the images that are not of val belong to the class that lost labels."""
    classifier = make_pipeline(
        StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=500)
    )
    known, labels = np.asarray(features[of_val], dtype=np.float64), truth[of_val]
    if np.bincount(labels, minlength=2).min() < FOLDS:
        raise InputError(
            f"Val has fewer than {FOLDS} images of '{found.name}' or '{found.other}', "
            "too few to distinguish them.",
            how="Choose another remedy.",
        )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    kappa = kappa_of(labels, cross_val_predict(classifier, known, labels, cv=folds), 2)
    if kappa < TOLD_APART:
        raise InputError(
            f"Run {parent.info.id}: a probe on val tells '{found.name}' from "
            f"'{found.other}' with Cohen's kappa {kappa:.2f} only ({TOLD_APART:g} "
            "required), so it may not change labels.",
            how="Look at the training images themselves.",
        )
    classifier.fit(known, labels)
    others = np.asarray(features[~of_val], dtype=np.float64)
    return np.asarray(classifier.predict(others) == 1)
