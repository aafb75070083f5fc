"""HR207: whether the classes of predictions and labels are in one order."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Check, Finding, NotApplicable
from hirise.diagnosis.wording import (
    Items,
    Phrase,
    Rate,
)
from hirise.evaluation import MEASURABLE, Evaluation
from hirise.metrics import metrics
from hirise.metrics.assignment import best_relabelling
from hirise.metrics.cells import Cells
from hirise.metrics.metrics import Ints

MOST_SEARCHED = 2000
"""Classes among whose orders the best is searched: time grows with their cube."""


@dataclass(frozen=True)
class PermutedClasses(Check):
    """One relabelling restores the score: the classes are in another order."""

    code = "HR207"
    title = "Class order permuted"
    advice = "Put the class names in the order that the model was trained with."
    severity = "error"
    remedies = ("reorder-classes",)
    pages = ("predictions",)
    sentence = (
        "The class order is permuted. One relabelling raises accuracy from "
        "{accuracy_before} to {accuracy_after} and macro-F1 from {macro_f1_before:.2f} "
        "to {macro_f1_after:.2f}: {pairs}."
    )

    of_order = (
        "The class order is permuted. Predictions in {order} order of the class names "
        "have accuracy {accuracy_after} instead of {accuracy_before}, and Cohen's "
        "kappa {kappa_after:.2f} instead of {kappa_before:.2f}: {pairs}."
    )

    gain: float = 0.20
    """In Cohen's kappa, which weak classes do not put in doubt."""
    kappa: float = 0.40
    known_kappa: float = 0.20
    """Kappa in an order that was not found by trying."""
    matched: float = 0.50
    plain_gain: float = 0.30
    """Accuracy gained that weak classes among the moved ones do not put in doubt."""

    def __call__(self, evidence: Evidence) -> Iterator[Finding]:
        evaluation = evidence.require_measurable()
        cells = evaluation.cells
        if not self._could_gain(cells):
            return
        is_searched = self._could_restore(cells) and cells.n_classes <= MOST_SEARCHED
        if is_searched:
            true_class = best_relabelling(cells.matrix())
            moved = np.flatnonzero(true_class != np.arange(len(true_class)))
            restored = cells.relabelled(true_class)
            worse = evaluation.bounds("kappa")[2] < 0
            if self._is_restored(cells, restored, true_class[moved], worse=worse):
                yield self._finding(evaluation, true_class)
                return
        for order, known in usual_orders(evaluation.class_names).items():
            if self.is_in_order(cells, known):
                yield self._finding(evaluation, known, order)
                return
        if self._could_restore(cells) and not is_searched:
            raise NotApplicable(
                f"the best order of more than {MOST_SEARCHED:,} classes is not searched"
            )

    def _finding(
        self, evaluation: Evaluation, true_class: Ints, order: str = ""
    ) -> Finding:
        before = evaluation.cells.totals()
        after = evaluation.cells.relabelled(true_class).totals()
        moved = np.flatnonzero(true_class != np.arange(len(true_class)))
        return self.finding(
            sentence=self.of_order if order else None,
            order=order,
            accuracy_before=Rate(evaluation.metric("accuracy")),
            accuracy_after=Rate(float(metrics.accuracy(after))),
            macro_f1_before=evaluation.metric("macro_f1"),
            macro_f1_after=float(metrics.macro_f1(after)),
            kappa_before=float(metrics.kappa(before)),
            kappa_after=float(metrics.kappa(after)),
            pairs=_pairs(evaluation, true_class, moved),
        )

    def is_in_order(self, cells: Cells, true_class: Ints) -> bool:
        """Whether an order that was known before explains far more."""
        before = float(metrics.kappa(cells.totals()))
        kappa = float(metrics.kappa(cells.relabelled(true_class).totals()))
        return kappa >= max(self.known_kappa, before + self.gain)

    def _could_gain(self, cells: Cells) -> bool:
        """Cheap: a relabelled class gains no more than its fullest cell."""
        gains = cells.largest_of_predicted() - cells.totals().hits
        return bool((gains > 0).sum() >= 2)

    def _could_restore(self, cells: Cells) -> bool:
        """Cheap: no kappa is above its accuracy, nor that above all fullest cells."""
        most = float(cells.largest_of_predicted().sum() / max(1, cells.n_images))
        before = float(metrics.kappa(cells.totals()))
        # Not less: an undefined kappa rules nothing out.
        return not most < max(self.kappa, before + self.gain)

    def _is_restored(
        self, cells: Cells, restored: Cells, classes: Ints, *, worse: bool
    ) -> bool:
        """Whether the relabelling explains the predictions of the moved `classes`.

        Each of them is mostly correct then. Where the predictions are `worse` than
        chance, or much is gained, it suffices that most of their images are.
        """
        before, after = cells.totals(), restored.totals()
        gain = float(metrics.kappa(after) - metrics.kappa(before))
        if not (gain >= self.gain and metrics.kappa(after) >= self.kappa):
            return False
        filled = classes[after.true[classes] > 0]
        enough = after.true[filled] >= MEASURABLE
        matched = metrics.recall(after)[filled] >= self.matched
        if enough.all() and matched.all():
            return True
        n_images = after.true[filled].sum()
        most = after.hits[filled].sum() >= self.matched * n_images
        gained = float(metrics.accuracy(after) - metrics.accuracy(before))
        plain = worse or gained >= self.plain_gain
        return bool(plain and most and (enough & matched).sum() >= 2)


def usual_orders(class_names: tuple[str, ...]) -> dict[str, Ints]:
    """What each predicted class means if the model has the classes in a usual order.

    Without an order that the names are in already.

    Examples
    --------
    >>> orders = usual_orders(("mild", "severe", "none"))
    >>> {order: classes.tolist() for order, classes in orders.items()}
    {'alphabetical': [0, 2, 1]}
    >>> orders = usual_orders(("1", "2", "10"))
    >>> {order: classes.tolist() for order, classes in orders.items()}
    {'alphabetical': [0, 2, 1]}
    """
    ids = np.arange(len(class_names))
    orders = {"alphabetical": np.array(sorted(ids, key=lambda i: class_names[i]))}
    if all(name.isdecimal() for name in class_names):
        numbers = np.array(sorted(ids, key=lambda i: int(class_names[i])))
        orders["numerical"] = numbers
    return {key: order for key, order in orders.items() if (order != ids).any()}


def _pairs(evaluation: Evaluation, true_class: Ints, moved: Ints) -> Items:
    names = evaluation.class_names
    pairs = (
        Phrase(
            "'{predicted}' means '{true}'",
            {"predicted": names[p], "true": names[true_class[p]]},
        )
        for p in moved
    )
    return Items(tuple(pairs), most=8)
