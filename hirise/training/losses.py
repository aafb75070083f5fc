"""Losses for imbalanced classes, and class weights."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import ops

from hirise.arrays import Floats, Ints
from hirise.data.splits import groups_of
from hirise.recipes import Recipe

GAMMA = 2.0
TAU = 1.0
BETA = 0.999
"""Of the effective number: beyond some 1 / (1 - BETA) landmarks more add little."""
UNSEEN = 0.5
"""Images that a class without any counts as, so that its frequency has a logarithm."""


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

    Examples
    --------
    >>> class_weights("inverse", np.array([90, 10]), np.array([9, 1])).round(2)
    array([0.56, 5.  ])
    """
    seen = (images > 0) & (landmarks > 0)
    # A 1 instead of a division by 0; unseen classes get weight 1 at the end.
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

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"image": ["a", "b", "c"], "landmark": ["x", "x", ""], "label": [0, 0, 1]}
    ... )
    >>> landmark_counts(table, 2)
    array([1, 1])
    """
    pairs = pd.DataFrame({"group": groups_of(table, "landmark"), "y": table["label"]})
    return np.bincount(pairs.drop_duplicates()["y"], minlength=n_classes)


def log_frequencies(images: Ints) -> Floats:
    """Logarithm of each class's frequency among the training images, (n_classes,).

    A class without any counts as half an image.

    Examples
    --------
    >>> np.exp(log_frequencies(np.array([3, 1])))
    array([0.75, 0.25])
    """
    counts = np.maximum(images, UNSEEN)
    logs: Floats = np.log(counts / counts.sum())
    return logs


class WeightedCrossentropy(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy of logits, each image times the weight of its class.

    Parameters
    ----------
    weights : (n_classes,) float
    label_smoothing : float in [0, 1)
        The weight stays that of the image's own class.
    """

    def __init__(self, weights: Floats, *, label_smoothing: float = 0.0) -> None:
        super().__init__(name="weighted_crossentropy")
        self.weights = [float(weight) for weight in weights]
        self.label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        logs = ops.log_softmax(self.adjust_logits(y_pred))
        smooth = y_true * (1 - self.label_smoothing)
        smooth += self.label_smoothing / len(self.weights)
        per_image = -ops.sum(smooth * self.weigh_logs(logs), axis=-1)
        return per_image * ops.sum(y_true * ops.array(self.weights, "float32"), axis=-1)

    def adjust_logits(self, logits: Any) -> Any:
        """What the softmax is taken of."""
        return logits

    def weigh_logs(self, logs: Any) -> Any:
        """Log-probabilities as the loss counts them."""
        return logs

    def get_config(self) -> dict[str, Any]:
        return {
            "weights": self.weights,
            "label_smoothing": self.label_smoothing,
            "from_logits": True,
        }


class FocalCrossentropy(WeightedCrossentropy):
    """Cross-entropy times (1 - p)^γ, so that images classified correctly count little.

    The weights are the α of the paper, one per class. Unlike Keras's own it does not
    clip probabilities, which would leave no gradient where a network is confident and
    incorrect.

    References
    ----------
    Lin et al. (2017), Focal Loss for Dense Object Detection, arXiv:1708.02002.
    """

    gamma = GAMMA

    def weigh_logs(self, logs: Any) -> Any:
        # 1 - p as -expm1(ln p), which keeps its digits where p is close to 1.
        return (-ops.expm1(logs)) ** self.gamma * logs


class LogitAdjustedCrossentropy(WeightedCrossentropy):
    """Cross-entropy of logits plus τ · ln frequency; predictions omit the offset.

    To be correct in spite of the offset the network must raise rare classes. Without
    it all classes then have equal priors.

    Parameters
    ----------
    offsets : (n_classes,) float
        τ · ln frequency; 0 for a class without training images, which shall not be
        predicted.

    References
    ----------
    Menon et al. (2021), Long-Tail Learning via Logit Adjustment, arXiv:2007.07314.
    """

    def __init__(self, offsets: Floats, *, label_smoothing: float = 0.0) -> None:
        super().__init__(np.ones(len(offsets)), label_smoothing=label_smoothing)
        self.offsets = [float(offset) for offset in offsets]

    def adjust_logits(self, logits: Any) -> Any:
        return logits + ops.array(self.offsets, "float32")

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"offsets": self.offsets}


def loss_of_recipe(
    recipe: Recipe, table: pd.DataFrame, n_classes: int
) -> keras.losses.Loss | None:
    """The loss that `recipe` asks for; None for plain cross-entropy.

    Parameters
    ----------
    table : DataFrame
        The training images, with the columns of a catalog's table.
    """
    images = images_per_class(table, n_classes)
    smoothing = recipe.label_smoothing
    if recipe.loss == "logit-adjusted":
        offsets = np.where(images > 0, TAU * log_frequencies(images), 0.0)
        return LogitAdjustedCrossentropy(offsets, label_smoothing=smoothing)
    if recipe.loss == "cross-entropy" and recipe.class_weights == "none":
        return None
    landmarks = landmark_counts(table, n_classes)
    weights = class_weights(recipe.class_weights, images, landmarks)
    kind = FocalCrossentropy if recipe.loss == "focal" else WeightedCrossentropy
    return kind(weights, label_smoothing=smoothing)


def images_per_class(table: pd.DataFrame, n_classes: int) -> Ints:
    """Images of each class in a catalog's table, (n_classes,).

    Examples
    --------
    >>> images_per_class(pd.DataFrame({"label": [0, 2, 2]}), 3)
    array([1, 0, 2])
    """
    return np.bincount(table["label"], minlength=n_classes)
