"""Predictions joined with the labels in another order of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import numpy as np

from hirise.arrays import Bools, Floats, Ints
from hirise.errors import InputError
from hirise.metrics.cells import kappa_of
from hirise.predictions import Predictions
from hirise.remedies.adjustment import Adjustment
from hirise.remedies.folds import halves
from hirise.remedies.remedy import FitData, Fitted, PredictionRemedy

GAIN, ENOUGH = 0.3, 0.4
"""Kappa that another order must gain, and reach, on images that did not choose it."""
SHIFTS = 50
BY_CLASS = "class"


class RowOrder(NamedTuple):
    """An order in which predictions may belong to the labels.

    Attributes
    ----------
    name : str
    rows : (n_images,) int
        For each label the row of its prediction.
    by : str
        What it sorts by; "" for an order that sorts nothing.
    """

    name: str
    rows: Ints
    by: str = ""


class Search(NamedTuple):
    """The best of many orders on half of the images, measured on the other half.

    Attributes
    ----------
    best : RowOrder
    n_tried : int
    before, after : float
        Cohen's kappa on the other half, in the order as it is and in the best one.
    """

    best: RowOrder
    n_tried: int
    before: float
    after: float

    @property
    def is_restored(self) -> bool:
        """Whether the best order restores the score."""
        return self.after >= ENOUGH and self.after - self.before >= GAIN


def search_order(predictions: Predictions, *, by_class: bool = True) -> Search:
    """Join the rows in many orders; labels must be known for every image.

    Parameters
    ----------
    predictions : Predictions
    by_class : bool
        Try orders sorted by class too, which say that the rows are mixed up, but not
        which prediction belongs to which image of a class.
    """
    truth, predicted = predictions.y_true, predictions.y_pred
    if truth is None or not predictions.labelled.all():
        raise ValueError("`predictions` must have the true label of each image.")
    first, n = halves(len(truth)), len(predictions.class_names)
    tried = [
        order for order in _orders(predictions) if by_class or order.by != BY_CLASS
    ]

    def kappa(rows: Ints, half: Bools) -> float:
        return kappa_of(truth[half], predicted[rows][half], n)

    scores = [kappa(order.rows, first) for order in tried]
    best = tried[int(np.argmax(scores))]
    before = kappa(np.arange(len(truth)), ~first)
    return Search(best, len(tried), before, kappa(best.rows, ~first))


def _orders(predictions: Predictions) -> Iterator[RowOrder]:
    assert predictions.y_true is not None
    rows = np.arange(len(predictions))
    for shift in range(1, min(SHIFTS, len(rows) - 1) + 1):
        yield RowOrder(f"predictions moved down by {shift}", np.roll(rows, shift))
        yield RowOrder(f"predictions moved up by {shift}", np.roll(rows, -shift))
    yield RowOrder("predictions reversed", rows[::-1])
    keys = {BY_CLASS: np.argsort(predictions.y_true, kind="stable")}
    if predictions.image is not None:
        names = np.asarray(predictions.image, dtype=object).astype(str)
        keys["name"] = np.argsort(names, kind="stable")
        files = np.array([name.rpartition("/")[2] for name in names])
        keys["file name"] = np.argsort(files, kind="stable")
    for key, order in keys.items():
        back = np.empty_like(order)
        back[order] = rows
        for name, found in (
            (f"predictions in the order of the labels sorted by {key}", back),
            (f"labels in the order of the predictions sorted by {key}", order),
        ):
            yield RowOrder(name, found, key)


@dataclass(frozen=True)
class Rejoined(Fitted):
    """Predictions of one split, moved to other rows; other splits stay as they are.

    Attributes
    ----------
    split : str
    rows : (n_images,) int
        For each label the row of its prediction.
    """

    split: str | None = None
    rows: Ints | None = None

    def __call__(self, predictions: Predictions) -> Predictions:
        if predictions.split != self.split or self.rows is None:
            return predictions
        proba: Floats | None = predictions.proba
        return replace(
            predictions,
            y_pred=predictions.y_pred[self.rows],
            proba=None if proba is None else proba[self.rows],
        )


class RejoinPredictions(PredictionRemedy):
    """Moves predictions to the rows of the images that they were made for."""

    key: ClassVar[str] = "rejoin-predictions"
    title: ClassVar[str] = "Predictions joined again"
    source: ClassVar[str] = "order of rows, tried one by one"
    effect: ClassVar[str] = (
        "It restores the score if predictions and labels were joined in two orders: "
        "shifted, reversed, or one of them sorted by name. It changes nothing "
        "otherwise. Half of the images choose the order, the others must confirm it."
    )

    def needs_val(self, data: FitData) -> bool:
        return False

    def fit(self, data: FitData) -> Fitted:
        target = data.target
        if target.y_true is None or not target.labelled.any():
            raise InputError(
                f"{data.where} has no true labels for {target.split or 'its images'}, "
                "so the order of its predictions cannot be found.",
                how="Import them with their true labels.",
            )
        if not target.labelled.all():
            raise InputError(
                f"{data.where}: only some images have a true label, so the order of "
                "the rows cannot be found.",
                how="Import predictions and true labels of the same images.",
            )
        found = search_order(target, by_class=False)
        if not found.is_restored:
            raise InputError(
                f"{data.where}: no other order of the rows restores the score. Of "
                f"{found.n_tried} orders the best gives Cohen's kappa "
                f"{found.after:.2f}, and the order as it is {found.before:.2f}.",
                how="Predict again, or choose another remedy.",
            )
        sentence = (
            f"{found.best.name[0].upper()}{found.best.name[1:]}. Chosen on half of the "
            f"images; on the others Cohen's kappa is {found.before:.2f} → "
            f"{found.after:.2f}."
        )
        return Rejoined(
            self.key,
            self.title,
            {"order": found.best.name},
            sentence,
            Adjustment.unchanged(len(target.class_names)),
            split=target.split,
            rows=found.best.rows,
        )
