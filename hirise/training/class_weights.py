"""Class weights and class shares of the training labels; NumPy alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.dataset.splits import groups_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BETA = 0.999
"""Of the effective number: beyond some 1 / (1 - BETA) landmarks more add little."""
UNSEEN = 0.5
"""Images that a class without any counts for, so that its share has a logarithm."""


def class_weights(
    kind: str, images: Ints, landmarks: Ints, *, beta: float = BETA
) -> Floats:
    """The weight of each class in the loss; its mean over the training images is 1.

    With n landmarks a class weighs 1 / n (`inverse`), 1 / √n (`inverse-sqrt`) or
    (1 - β) / (1 - βⁿ) (`effective-number`), before all are scaled alike. Landmarks
    are counted, not images: copies of one show nothing new.

    Parameters
    ----------
    kind : {"none", "inverse", "inverse-sqrt", "effective-number"}
    images, landmarks : (n_classes,) int
        Training images and landmarks of each class.
    beta : float in [0, 1)

    Returns
    -------
    (n_classes,) float
        1 for a class without training images, which no weight can help.

    References
    ----------
    Cui et al. (2019), Class-Balanced Loss Based on Effective Number of Samples,
    arXiv:1901.05555. Their β of .9 to .9999 is chosen by the size of the classes.
    """
    seen = (images > 0) & (landmarks > 0)
    n = np.where(seen, landmarks, 1).astype(float)
    raw = {
        "none": np.ones_like(n),
        "inverse": 1 / n,
        "inverse-sqrt": 1 / np.sqrt(n),
        "effective-number": (1 - beta) / (1 - beta**n),
    }[kind]
    mean = np.average(raw, weights=np.where(seen, images, 0))
    return np.where(seen, raw / mean, 1.0)


def landmark_counts(table: pd.DataFrame, n_classes: int) -> Ints:
    """Landmarks of each class among the images of a catalog's table, (n_classes,).

    An image whose name tells no landmark is one of its own.
    """
    pairs = pd.DataFrame({"group": groups_of(table, "landmark"), "y": table["label"]})
    return np.bincount(pairs.drop_duplicates()["y"], minlength=n_classes)


def log_shares(images: Ints) -> Floats:
    """Logarithm of each class's share of the training images, (n_classes,).

    A class without any counts as half an image.
    """
    counts = np.maximum(images, UNSEEN)
    shares: Floats = np.log(counts / counts.sum())
    return shares
