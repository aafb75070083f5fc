"""Labels predicted from features by a linear probe that never saw them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hirise.arrays import Floats, Ints
from hirise.errors import InputError
from hirise.metrics import metrics

FOLDS = 5
MOST = 4_000
"""Images that are used, drawn."""
STRENGTH = 0.05
"""Inverse of the regularisation: features are many, and some labels may be wrong."""


@dataclass(frozen=True, eq=False)
class LabelProbe:
    """How labels agree with what a probe predicts of images it was not trained on.

    Attributes
    ----------
    kappa : float
        Cohen's kappa of labels and predictions.
    joint : (n_classes, n_classes) int
        Images by label (row) and class that they confidently belong to.
    n_images : int
    """

    kappa: float
    joint: Ints
    n_images: int

    @property
    def share(self) -> float:
        """Fraction of the confident images that belong to another class."""
        total = int(self.joint.sum())
        return 1 - int(np.trace(self.joint)) / total if total else 0.0

    @property
    def pair(self) -> tuple[int, int, float]:
        """The two classes that most of the others lie between, and their fraction."""
        moved = self.joint - np.diag(np.diag(self.joint))
        both = np.triu(moved + moved.T)
        first, second = np.unravel_index(int(both.argmax()), both.shape)
        total = int(moved.sum())
        share = float(both[first, second]) / total if total else 0.0
        return int(first), int(second), share


def probe_labels(
    features: NDArray[np.floating], labels: Ints, n_classes: int
) -> LabelProbe:
    """Predict each label from the features of images in other folds.

    Parameters
    ----------
    features : (n_images, d) float
    labels : (n_images,) int

    Raises
    ------
    InputError
        If fewer than two classes have an image per fold.

    References
    ----------
    Northcutt et al. (2021), Confident Learning, arXiv:1911.00068: an image confidently
    belongs to the likeliest of the classes whose probability is at least the mean
    probability that images of that label get.
    """
    counts = np.bincount(labels, minlength=n_classes)
    usable = np.flatnonzero(counts[labels] >= FOLDS)
    if len(usable) > MOST:
        usable = np.sort(np.random.default_rng(0).permutation(usable)[:MOST])
        counts = np.bincount(labels[usable], minlength=n_classes)
        usable = usable[counts[labels[usable]] >= FOLDS]
    known = np.unique(labels[usable])
    if len(known) < 2:
        raise InputError(f"Fewer than two classes have {FOLDS} training images.")
    classifier = make_pipeline(
        StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=500)
    )
    proba = cross_val_predict(
        classifier,
        np.asarray(features[usable], dtype=np.float64),
        labels[usable],
        cv=StratifiedKFold(FOLDS, shuffle=True, random_state=0),
        method="predict_proba",
    )
    place = np.searchsorted(known, labels[usable])
    predicted = known[proba.argmax(axis=1)]
    totals = metrics.totals_of(
        metrics.confusion_counts(labels[usable], predicted, n_classes)
    )
    kappa = float(metrics.kappa(totals))
    joint = np.zeros((n_classes, n_classes), dtype=np.int64)
    joint[np.ix_(known, known)] = _confident_joint(proba, place)
    return LabelProbe(kappa if np.isfinite(kappa) else 0.0, joint, len(usable))


def _confident_joint(proba: Floats, labels: Ints) -> Ints:
    n = proba.shape[1]
    least = np.array([proba[labels == label, label].mean() for label in range(n)])
    reached = np.where(proba >= least, proba, -1.0)
    is_confident = reached.max(axis=1) >= 0
    belongs = reached.argmax(axis=1)
    joint = np.zeros((n, n), dtype=np.int64)
    np.add.at(joint, (labels[is_confident], belongs[is_confident]), 1)
    return joint
