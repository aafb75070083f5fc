"""Two classifiers of which one knows more classes, brought to the classes of both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from hirise.errors import shown
from hirise.predictions import Predictions
from hirise.predictions.table import UNLABELLED

FEWEST = 2


def in_shared_classes(
    before: Predictions, after: Predictions, names: tuple[str, str]
) -> tuple[Predictions, Predictions, tuple[str, ...]]:
    """Both on images of the classes that both know, choosing among these alone.

    Where the classes of one hold those of the other, two or more: the one that knows
    more is asked again, by its probabilities, for the likeliest shared class. Without
    probabilities that works only if it never gave such an image another class. All
    else is returned as it came.

    Returns
    -------
    (Predictions, Predictions, tuple of str)
        With notes for people.
    """
    one, two = set(before.class_names), set(after.class_names)
    fewer = min(one, two, key=len)
    nested = one < two or two < one
    if not nested or len(fewer) < FEWEST:
        return before, after, ()
    which = 0 if one > two else 1
    more = (before, after)[which]
    if more.y_true is None or (more.proba is None and not _can_drop(more, fewer)):
        return before, after, ()
    kept = tuple(name for name in more.class_names if name in fewer)
    restricted = _restricted(more, kept)
    apart = ", ".join(repr(shown(one)) for one in more.class_names if one not in fewer)
    note = (
        f"Compared on images of the {len(kept)} classes that both know; {names[which]} "
        f"also knows {apart}, and is asked for the likeliest of the shared classes."
    )
    pair = (restricted, after) if which == 0 else (before, restricted)
    return *pair, (note,)


def _can_drop(predictions: Predictions, kept: set[str]) -> bool:
    """Whether no image of a kept class is called another class."""
    names = np.array(predictions.class_names, dtype=object)
    assert predictions.y_true is not None
    rows = np.isin(names[predictions.y_true], list(kept)) & predictions.labelled
    return bool(np.isin(names[predictions.y_pred[rows]], list(kept)).all())


def _restricted(predictions: Predictions, kept: tuple[str, ...]) -> Predictions:
    """Images that truly are of the kept classes, answered among these."""
    columns = [predictions.class_names.index(name) for name in kept]
    place = np.full(len(predictions.class_names) + 1, UNLABELLED)
    place[columns] = range(len(kept))
    assert predictions.y_true is not None
    truth = place[predictions.y_true]
    rows = np.flatnonzero(truth != UNLABELLED)
    proba, y_pred = None, place[predictions.y_pred[rows]]
    if predictions.proba is not None:
        part = predictions.proba[rows][:, columns]
        total = part.sum(axis=1, keepdims=True)
        # Where all shared classes have none, they are equally likely.
        even = np.full_like(part, 1 / len(kept))
        proba = np.divide(part, total, out=even, where=total > 0)
        y_pred = proba.argmax(axis=1)

    def some(values: Any) -> Any:
        return None if values is None else values[rows]

    return replace(
        predictions,
        class_names=kept,
        y_pred=y_pred,
        y_true=truth[rows],
        proba=proba,
        image=some(predictions.image),
        group=some(predictions.group),
    )
