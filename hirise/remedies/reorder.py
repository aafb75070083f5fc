"""Classes put in the order that the network was trained with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from hirise.arrays import Ints
from hirise.diagnosis.checks.order import MOST_SEARCHED, PermutedClasses, usual_orders
from hirise.errors import InputError
from hirise.metrics import metrics
from hirise.metrics.assignment import best_relabelling
from hirise.metrics.cells import Cells, confusion_cells
from hirise.predictions import Predictions
from hirise.remedies.adjustment import Adjustment
from hirise.remedies.remedy import FitData, Fitted, PredictionRemedy


@dataclass(frozen=True)
class Reordered(Fitted):
    """Predictions of which the classes are permuted.

    Attributes
    ----------
    stands_for : tuple of int
        The class that each predicted one stands for, a permutation.
    """

    stands_for: tuple[int, ...] = ()

    def __call__(self, predictions: Predictions) -> Predictions:
        stands_for = np.array(self.stands_for)
        proba = None
        if predictions.proba is not None:
            proba = np.empty_like(predictions.proba)
            proba[:, stands_for] = predictions.proba
        return replace(predictions, y_pred=stands_for[predictions.y_pred], proba=proba)


class ReorderClasses(PredictionRemedy):
    """Replaces each predicted class by the one that it stands for on val."""

    key: ClassVar[str] = "reorder-classes"
    title: ClassVar[str] = "Classes in the correct order"
    source: ClassVar[str] = "Kuhn (1955), The Hungarian method"
    effect: ClassVar[str] = (
        "It restores the score if the class names were given in a different order "
        "from the one the network learned (HR207), and changes nothing otherwise."
    )

    def fit(self, data: FitData) -> Fitted:
        cells, names = _confusion(data), data.target.class_names
        known = _usual_order(cells, names)
        if cells.n_classes > MOST_SEARCHED and known is None:
            raise InputError(
                f"{data.where} has {cells.n_classes:,} classes. The best order of more "
                f"than {MOST_SEARCHED:,} classes is not searched.",
                how="Choose another remedy.",
            )
        stands_for = known if known is not None else np.arange(cells.n_classes)
        if cells.n_classes <= MOST_SEARCHED:
            stands_for = _best_order(cells, known, data)
        moved = np.flatnonzero(stands_for != np.arange(len(names)))
        return Reordered(
            self.key,
            self.title,
            {"stands_for": ", ".join(names[place] for place in stands_for)},
            "; ".join(f"'{names[i]}' means '{names[stands_for[i]]}'" for i in moved)
            + f", by {data.chosen_on}.",
            Adjustment.unchanged(len(names)),
            stands_for=tuple(int(place) for place in stands_for),
        )


def _best_order(cells: Cells, known: Ints | None, data: FitData) -> Ints:
    """The order in which most predictions are correct, or a `known` one."""
    counts = cells.matrix()
    # Of equally good orders the one that changes less.
    best = best_relabelling(
        counts * (len(counts) + 1) + np.eye(len(counts), dtype=np.int64)
    )
    if known is None:
        _check_gain(cells, best, data)
    elif not _has_gain(cells, best):
        return known
    return best


def _confusion(data: FitData) -> Cells:
    """Images of val by true and predicted class."""
    val = data.val
    if val is None or val.y_true is None or not val.labelled.any():
        raise InputError(
            f"{data.where} has no labelled val split beside "
            f"{data.target.split or 'the one evaluated'}, so the order of its classes "
            "cannot be found.",
            how="Import predictions of both val and test.",
        )
    rows = val.labelled
    return confusion_cells(val.y_true[rows], val.y_pred[rows], len(val.class_names))


def _usual_order(cells: Cells, names: tuple[str, ...]) -> Ints | None:
    """Alphabetical or numerical order, if that explains far more than the given one."""
    orders = usual_orders(names).values()
    rule = PermutedClasses()
    return next((o for o in orders if rule.is_in_order(cells, o)), None)


def _kappas(cells: Cells, stands_for: Ints) -> tuple[float, float]:
    """Cohen's kappa before and after."""
    before, after = cells.totals(), cells.relabelled(stands_for).totals()
    return float(metrics.kappa(before)), float(metrics.kappa(after))


def _has_gain(cells: Cells, stands_for: Ints) -> bool:
    before, after = _kappas(cells, stands_for)
    return after - before >= PermutedClasses.gain and after >= PermutedClasses.kappa


def _check_gain(cells: Cells, stands_for: Ints, data: FitData) -> None:
    """Refuse an order that does not restore the score; chance always gains a little."""
    if not _has_gain(cells, stands_for):
        before, after = _kappas(cells, stands_for)
        raise InputError(
            f"{data.where}: no other class order restores the score on "
            f"{data.chosen_on}. The best gains {after - before:.3f} in Cohen's "
            f"kappa ({PermutedClasses.gain:g} required) and reaches {after:.2f} "
            f"({PermutedClasses.kappa:g} required), so the classes keep their order.",
            how="Choose another remedy.",
        )
