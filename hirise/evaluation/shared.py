"""Two classifiers' predictions brought to the images and classes that they share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError, parameter, shown
from hirise.predictions import Predictions
from hirise.predictions.table import UNLABELLED

FEWEST = 2
"""Classes that a comparison needs."""

Rows = NDArray[np.intp]


def in_shared_classes(
    before: Predictions, after: Predictions, names: tuple[str, str]
) -> tuple[Predictions, Predictions, tuple[str, ...]]:
    """Restrict two predictions to images of the classes that both know.

    Where the classes of one include those of the other, two or more, the one that
    knows more predicts its most probable shared class. Without probabilities that
    needs that it never predicts another class for such an image. All else is returned
    unchanged.

    Returns
    -------
    (Predictions, Predictions, tuple of str)
        With notes for people.

    Examples
    --------
    >>> before = Predictions(
    ...     y_pred=np.array([2, 1]),
    ...     y_true=np.array([0, 1]),
    ...     proba=np.array([[0.3, 0.1, 0.6], [0.1, 0.8, 0.1]]),
    ...     class_names=("crater", "dune", "spider"),
    ... )
    >>> after = Predictions(np.array([0, 1]), ("crater", "dune"), np.array([0, 1]))
    >>> first, second, _ = in_shared_classes(before, after, ("a", "b"))
    >>> first.class_names, first.y_pred.tolist()
    (('crater', 'dune'), [0, 1])
    """
    first, second = set(before.class_names), set(after.class_names)
    fewer = min(first, second, key=len)
    nested = first < second or second < first
    if not nested or len(fewer) < FEWEST:
        return before, after, ()
    which = 0 if first > second else 1
    more = (before, after)[which]
    if more.y_true is None or (more.proba is None and not _can_drop(more, fewer)):
        return before, after, ()
    kept = tuple(name for name in more.class_names if name in fewer)
    restricted = _restricted(more, kept)
    extra = ", ".join(repr(shown(n)) for n in more.class_names if n not in fewer)
    note = (
        f"Compared on images of the {len(kept)} classes that both know. "
        f"{names[which]} also knows {extra}: its most probable common class is used."
    )
    pair = (restricted, after) if which == 0 else (before, restricted)
    return *pair, (note,)


def _can_drop(predictions: Predictions, kept: set[str]) -> bool:
    """Whether no image of a kept class is predicted as another class."""
    names = np.array(predictions.class_names, dtype=object)
    assert predictions.y_true is not None
    rows = np.isin(names[predictions.y_true], list(kept)) & predictions.labelled
    return bool(np.isin(names[predictions.y_pred[rows]], list(kept)).all())


def _restricted(predictions: Predictions, kept: tuple[str, ...]) -> Predictions:
    """Images whose true class is kept, predicted as one of these."""
    columns = [predictions.class_names.index(name) for name in kept]
    # One place more, at the end, for id -1 of images without a label.
    place = np.full(len(predictions.class_names) + 1, UNLABELLED)
    place[columns] = range(len(kept))
    assert predictions.y_true is not None
    truth = place[predictions.y_true]
    rows = np.flatnonzero(truth != UNLABELLED)
    proba, y_pred = None, place[predictions.y_pred[rows]]
    if predictions.proba is not None:
        part = predictions.proba[rows][:, columns]
        total = part.sum(axis=1, keepdims=True)
        # Where all shared classes have probability 0, they are equally likely.
        even = np.full_like(part, 1 / len(kept))
        proba = np.divide(part, total, out=even, where=total > 0)
        y_pred = proba.argmax(axis=1)

    return replace(
        predictions.take(rows),
        class_names=kept,
        y_pred=y_pred,
        y_true=truth[rows],
        proba=proba,
    )


@dataclass(frozen=True)
class MatchedPredictions:
    """Predictions of the same labelled images, row for row, with classes in one order.

    Attributes
    ----------
    before, after : Predictions
    n_before, n_after : int
        Images that each has predictions of.
    notes : tuple of str
        What was left out or assumed, for people.
    """

    before: Predictions
    after: Predictions
    n_before: int
    n_after: int
    notes: tuple[str, ...] = ()

    @property
    def n_images(self) -> int:
        """Images that are compared."""
        return len(self.before)


def match_predictions(
    before: Predictions,
    after: Predictions,
    *,
    names: tuple[str, str] = ("the first", "the second"),
) -> MatchedPredictions:
    """Restrict two predictions to the labelled images of both.

    Where one knows classes that the other does not, only images of the shared classes
    are compared; see `in_shared_classes`.

    Images are matched by name; without names in both, by their place, if the numbers
    of images agree.

    Parameters
    ----------
    before, after : Predictions
    names : (str, str)
        How messages call the two.

    Raises
    ------
    InputError
        Other classes, no image or no true label in common, or true labels that differ.

    Examples
    --------
    >>> names, truth = ("crater", "other"), np.array([0, 0])
    >>> before = Predictions(np.array([0, 1]), names, truth, image=["a", "b"])
    >>> after = Predictions(np.array([0, 0]), names, truth, image=["b", "c"])
    >>> shared = match_predictions(before, after)
    >>> list(shared.before.image), shared.n_images
    (['b'], 1)
    """
    before, after, class_notes = in_shared_classes(before, after, names)
    after = _in_order_of(after, before.class_names, names)
    rows_before, rows_after, notes = _matched(before, after, names)
    truth_before = _truth(before, rows_before)
    truth_after = _truth(after, rows_after)
    known = (truth_before != UNLABELLED) & (truth_after != UNLABELLED)
    if not known.any():
        raise InputError(
            f"{names[0]} and {names[1]} have {len(known):,} images in common, but "
            "none has a true label in both.",
            how="Give both the true labels.",
        )
    if not known.all():
        notes += (
            "Common images without a true label in both are left out: "
            f"{(~known).sum():,}.",
        )
    rows_before, rows_after = rows_before[known], rows_after[known]
    _check_truth(before, rows_before, truth_before[known], truth_after[known], names)
    return MatchedPredictions(
        before.take(rows_before),
        after.take(rows_after),
        len(before),
        len(after),
        (*class_notes, *_restriction(before, after, len(known), names), *notes),
    )


def _in_order_of(
    predictions: Predictions, wanted: tuple[str, ...], names: tuple[str, str]
) -> Predictions:
    """The same predictions with the classes in another order."""
    own = predictions.class_names
    if own == wanted:
        return predictions
    if set(own) != set(wanted):
        raise _other_classes(wanted, own, names)
    place = np.array([*(wanted.index(name) for name in own), UNLABELLED])
    order = [own.index(name) for name in wanted]
    y_true, proba = predictions.y_true, predictions.proba
    return replace(
        predictions,
        class_names=wanted,
        y_pred=place[predictions.y_pred],
        y_true=None if y_true is None else place[y_true],
        proba=None if proba is None else proba[:, order],
    )


def _other_classes(
    first: tuple[str, ...], second: tuple[str, ...], names: tuple[str, str]
) -> InputError:
    differences = [
        f"only {name} has {', '.join(repr(shown(label)) for label in labels[:3])}"
        + (f" and {len(labels) - 3} more" if len(labels) > 3 else "")
        for name, labels in (
            (names[0], [label for label in first if label not in second]),
            (names[1], [label for label in second if label not in first]),
        )
        if labels
    ]
    return InputError(
        f"{names[0]} and {names[1]} cannot be compared, as their classes differ: "
        f"{'; '.join(differences)}.",
        how="Compare runs of the same classes.",
    )


def _matched(
    before: Predictions, after: Predictions, names: tuple[str, str]
) -> tuple[Rows, Rows, tuple[str, ...]]:
    """Rows of the images that both have, in the order of the first."""
    if before.image is None or after.image is None:
        return _matched_by_place(before, after, names)
    place = pd.Index(after.image).get_indexer(pd.Index(before.image))
    rows = np.flatnonzero(place >= 0)
    if not len(rows):
        raise InputError(
            f"{names[0]} and {names[1]} have no image in common: the first has "
            f"{len(before):,} (such as {shown(before.image[0])}), the second "
            f"{len(after):,} (such as {shown(after.image[0])}).",
            how=f"Compare splits that overlap ({parameter('split')}), or predict the "
            f"same images with both.",
        )
    return rows, place[rows], ()


def _matched_by_place(
    before: Predictions, after: Predictions, names: tuple[str, str]
) -> tuple[Rows, Rows, tuple[str, ...]]:
    without = names[0] if before.image is None else names[1]
    if len(before) != len(after):
        raise InputError(
            f"{names[0]} has {len(before):,} images and {names[1]} {len(after):,}, and "
            f"{without} does not name them.",
            how="Add a column `image` to both.",
        )
    rows = np.arange(len(before))
    note = f"{without} does not name its images; they are matched row by row."
    return rows, rows, (note,)


def _truth(predictions: Predictions, rows: Rows) -> NDArray[np.int64]:
    if predictions.y_true is None:
        return np.full(len(rows), UNLABELLED, dtype=np.int64)
    return predictions.y_true[rows]


def _check_truth(
    before: Predictions,
    rows: Rows,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    names: tuple[str, str],
) -> None:
    different = np.flatnonzero(first != second)
    if not len(different):
        return
    at = different[0]
    image = f"row {rows[at] + 1}" if before.image is None else before.image[rows[at]]
    classes = before.class_names
    raise InputError(
        f"{names[0]} and {names[1]} have different true labels for "
        f"{len(different):,} of {len(rows):,} common images, such as "
        f"{shown(str(image))}: {shown(classes[first[at]])!r} and "
        f"{shown(classes[second[at]])!r}.",
        how=f"Evaluate both with the same labels, or compare another split "
        f"({parameter('split')}).",
    )


def _restriction(
    before: Predictions, after: Predictions, n_shared: int, names: tuple[str, str]
) -> tuple[str, ...]:
    if n_shared == len(before) == len(after):
        return ()
    return (
        f"Compared on the {n_shared:,} images that both have, of {len(before):,} of "
        f"{names[0]} and {len(after):,} of {names[1]}.",
    )
