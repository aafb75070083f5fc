"""What a remedy without training is, and the form that all of them share."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.diagnosis.collapse import KIND_RULES
from hirise.errors import InputError, parameter
from hirise.predictions import Predictions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FLOOR = float(np.finfo(np.float32).smallest_subnormal)
"""Probabilities of 0 count as this, the least above 0 that a network can give."""

_AT_ONCE = 8192


@dataclass(frozen=True)
class Adjustment:
    """What becomes of probabilities: `softmax(scale · ln p + offsets)`.

    Attributes
    ----------
    scale : float
        Above 0; 1 / temperature.
    offsets : tuple of float
        One per class, in nats, in the order of the class ids.
    """

    scale: float
    offsets: tuple[float, ...]


def log_probabilities(proba: Floats) -> Floats:
    """Natural logarithms of (n_images, n_classes) probabilities, all finite."""
    logs: Floats = np.log(np.maximum(proba, FLOOR))
    return logs


def softmax(scores: Floats) -> Floats:
    """Probabilities of (n_images, n_classes) scores; each row sums to 1."""
    proba = np.empty_like(scores)
    for rows, part in by_class(scores):
        part -= part.max(axis=0)
        np.exp(part, out=part)
        part /= part.sum(axis=0)
        proba[rows] = part.T
    return proba


def by_class(scores: Floats) -> Iterator[tuple[slice, Floats]]:
    """Copies of some thousand rows at a time, classes first: (n_classes, n_rows).

    What is summed over few classes is so summed several times quicker, and what is made
    of a part stays in the processor's cache.
    """
    for start in range(0, len(scores), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        yield rows, np.array(scores[rows].T, order="C")


def called_probability(scores: Floats, called: Ints) -> Floats:
    """`softmax` of (n_images, n_classes) scores at the class `called`: (n_images,)."""
    found = np.empty(len(called))
    for rows, part in by_class(scores):
        part -= part.max(axis=0)
        np.exp(part, out=part)
        own = part[called[rows], np.arange(part.shape[1])]
        found[rows] = own / part.sum(axis=0)
    return found


def adjusted(predictions: Predictions, adjustment: Adjustment) -> Predictions:
    """The same images with adjusted probabilities, and the labels that follow.

    Without offsets the order of the classes stays, and so do the labels. Predictions
    need probabilities.
    """
    if predictions.proba is None:
        raise ValueError("`predictions` must have probabilities.")
    offsets = np.array(adjustment.offsets)
    scores = adjustment.scale * log_probabilities(predictions.proba) + offsets
    y_pred = adjusted_labels(predictions, adjustment)
    return replace(predictions, proba=softmax(scores), y_pred=y_pred)


def adjusted_labels(predictions: Predictions, adjustment: Adjustment) -> Ints:
    """The labels alone of `adjusted`: (n_images,)."""
    offsets = np.array(adjustment.offsets)[:, None]
    if predictions.proba is None or not offsets.any():
        return predictions.y_pred
    labels = np.empty(len(predictions), dtype=np.int64)
    for rows, part in by_class(predictions.proba):
        scores = adjustment.scale * log_probabilities(part) + offsets
        labels[rows] = scores.argmax(axis=0)
    return labels


Redo = Literal["nothing", "head", "training", "labelling"]


@dataclass(frozen=True)
class Ground:
    """What a remedy may be fitted on.

    Attributes
    ----------
    target : Predictions
        What is to be cured. No remedy reads its truth.
    val : Predictions, optional
        Labelled images apart from `target`, on which parameters are chosen.
    training_shares : Series, optional
        Share of each class in the training labels, by class name.
    where : str
        Whose predictions these are, for messages.
    doubt : str
        Why the labels of `val` must not be believed; "" if nothing speaks against.
    """

    target: Predictions
    val: Predictions | None = None
    training_shares: "pd.Series[float] | None" = None
    where: str = "The run"
    doubt: str = ""

    def labelled_val(self, wanted: str, instead: str = "") -> tuple[Ints, Floats]:
        """Truth and log-probabilities of the labelled images of val.

        Raises
        ------
        InputError
            Where `wanted`, such as "τ", cannot be chosen on val; `instead` is another
            way out, such as " Or give it."
        """
        if self.val is None:
            raise InputError(
                f"{self.where} has no predictions of a val split apart from "
                f"{self.target.split or 'the one judged'}, so {wanted} cannot be "
                f"chosen. Import predictions of both val and test.{instead}"
            )
        if self.doubt:
            raise InputError(
                f"{self.where}: {wanted} cannot be chosen on val, as {self.doubt}. "
                f"Repair the labels first (`hirise check` writes the correct ones)."
                f"{instead}"
            )
        proba = varied_probabilities(self.val, self.where)
        rows = self.val.labelled
        truth = self.val.y_true
        if truth is None or len(np.unique(truth[rows])) < 2:
            raise InputError(
                f"{self.where}: {wanted} cannot be chosen on val, whose images have "
                f"true labels of fewer than two classes. Give val its true labels."
                f"{instead}"
            )
        return truth[rows], log_probabilities(proba[rows])


@dataclass(frozen=True)
class Fitted:
    """A remedy with its parameters; calling it cures predictions.

    Attributes
    ----------
    key, title : str
        Of the remedy.
    parameters : mapping
        What was chosen, for `run.json`: numbers, or numbers by class name.
    told : str
        The same in one sentence, for people.
    adjustment : Adjustment
    least_confidence : float
        Images below it are left out as not answered.
    """

    key: str
    title: str
    parameters: Mapping[str, float | str | dict[str, float]]
    told: str
    adjustment: Adjustment
    least_confidence: float = 0.0

    def __call__(self, predictions: Predictions) -> Predictions:
        """The images that are answered, adjusted.

        Raises
        ------
        InputError
            No image is answered.
        """
        changed = adjusted(predictions, self.adjustment)
        return answered(changed, self.least_confidence)


class Remedy(ABC):
    """A cure that changes predictions and trains nothing.

    Attributes
    ----------
    key, title : str
        `title` is a noun phrase.
    redo : str
        What must be done again: `nothing`.
    source : str
        Paper, with its arXiv id if it has one.
    effect : str
        What to expect, in a sentence.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    redo: ClassVar[Redo] = "nothing"
    source: ClassVar[str]
    effect: ClassVar[str]

    @abstractmethod
    def fit(self, ground: Ground) -> Fitted:
        """Choose the parameters; `InputError` where it cannot work."""

    def fitted(
        self,
        told: str,
        adjustment: Adjustment,
        *,
        least_confidence: float = 0.0,
        **parameters: float | str | dict[str, float],
    ) -> Fitted:
        """The remedy with what was chosen."""
        return Fitted(
            self.key, self.title, parameters, told, adjustment, least_confidence
        )


def varied_probabilities(predictions: Predictions, where: str) -> Floats:
    """The probabilities, if there are any and they tell images apart."""
    if predictions.proba is None:
        raise InputError(
            f"{where} has labels alone for {predictions.split or 'its images'}; this "
            f"remedy needs a probability for each class. Import predictions that have "
            f"them."
        )
    if len(predictions) > 1 and not _varies(predictions.proba):
        raise InputError(
            f"{where} gives all {len(predictions):,} "
            f"{predictions.split} images the same probabilities, so nothing that is "
            f"done to them tells images apart. Train again, with a lower learning rate "
            f"or from a network that was trained before."
        )
    return predictions.proba


def _varies(proba: Floats) -> bool:
    """Whether the logarithm of any class's probability differs between images."""
    least = KIND_RULES.logit_std
    return any(bool(log_probabilities(one).std() >= least) for one in proba.T)


def confidence_of(predictions: Predictions) -> Floats:
    """Probability of the predicted class, (n_images,)."""
    if predictions.proba is None:
        raise ValueError("`predictions` must have probabilities.")
    chosen: Floats = predictions.proba[np.arange(len(predictions)), predictions.y_pred]
    return chosen


def answered(predictions: Predictions, least_confidence: float) -> Predictions:
    """Only the images whose predicted class has at least this probability.

    Raises
    ------
    InputError
        There is none.
    """
    if least_confidence <= 0:
        return predictions
    confidence = confidence_of(predictions)
    rows = np.flatnonzero(confidence >= least_confidence)
    if not len(rows):
        raise InputError(
            f"No image has a confidence of {least_confidence:g} or more (the highest "
            f"is {confidence.max():.3g}), so none would be answered. Give a lower "
            f"{parameter('confidence')}."
        )
    return taken(predictions, rows)


def taken(predictions: Predictions, rows: NDArray[np.intp]) -> Predictions:
    """The predictions of some images."""
    given = {
        name: values[rows]
        for name in ("y_true", "proba", "image", "group")
        if (values := getattr(predictions, name)) is not None
    }
    return Predictions(
        y_pred=predictions.y_pred[rows],
        class_names=predictions.class_names,
        split=predictions.split,
        notes=predictions.notes,
        **given,
    )
