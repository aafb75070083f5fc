"""What a network gave for the images of a split, from whatever a loop has of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.errors import InputError
from hirise.recording.labels import as_array, ids_of
from hirise.recording.loaders import Loader, rows_of
from hirise.recording.names import Names, checked_names
from hirise.recording.outputs import (
    check_outputs,
    class_ids,
    output_kind,
    scores_of,
    widened,
)

KEYS = ("y_true", "y_pred", "proba", "logits", "images", "loader", "predict")
KEPT_IMAGES = 256
"""Images whose batches are kept for the statistics of layers."""


@dataclass(eq=False)
class Outcome:
    """Labels and outputs of the images of a split.

    Attributes
    ----------
    truth : (n_images,) labels as given
    outputs : (n_images, n_outputs) float, optional
    y_pred : (n_images,) int, optional
        Where there are no outputs.
    kind : str
        `logits`, `probabilities`, or "" where the numbers have to tell.
    names : list of str or None
        Of these images.
    loader : Loader, optional
        Where they come from.
    batches, labels : list
        A few images of each batch, as the network takes them, and their labels.
    pictures : list of arrays
        The first images, to be shown, where they were asked for.
    """

    truth: NDArray[Any]
    outputs: Floats | None = None
    y_pred: NDArray[Any] | None = None
    kind: str = ""
    names: Names | None = None
    loader: Loader | None = None
    batches: list[Any] = field(default_factory=list)
    labels: list[NDArray[Any]] = field(default_factory=list)
    pictures: list[NDArray[Any]] = field(default_factory=list)

    @property
    def n_classes(self) -> int:
        """How many classes the outputs, or else the labels, tell of."""
        if self.outputs is not None:
            return max(2, int(self.outputs.shape[1]))
        known = [self.truth] if self.y_pred is None else [self.truth, self.y_pred]
        most: int = max(int(np.max(ids)) for ids in known)
        return max(2, most + 1)

    def ids(self, n_classes: int, argument: str) -> Ints:
        """The labels as class ids."""
        return class_ids(self.truth, n_classes, argument)

    def hard_scores(self, n_classes: int) -> Floats:
        """Infinite scores of the predicted labels, where there are no outputs."""
        assert self.y_pred is not None
        ids = class_ids(self.y_pred, n_classes, "val")
        return np.where(np.eye(n_classes, dtype=bool)[ids], np.inf, -np.inf)

    def scores(
        self,
        *,
        activation: str = "",
        from_logits: bool | None = None,
        n_classes: int = 0,
    ) -> Floats | None:
        """(n_images, n_classes) whose softmax are the probabilities; None if unknown.

        Classes beyond the outputs get a column of next to no probability.

        Examples
        --------
        >>> outcome = Outcome(np.array([1]), outputs=np.array([[0.0, 2.0]]))
        >>> outcome.scores(from_logits=True).tolist()
        [[0.0, 2.0]]
        """
        if self.outputs is None:
            return None
        kind = self.kind or output_kind(
            self.outputs, activation=activation, from_logits=from_logits
        )
        scores = scores_of(
            self.outputs, "logits" if kind == "logits" else "probabilities"
        )
        return widened(scores, n_classes)


def of_arrays(
    given: Mapping[str, Any], class_names: Sequence[str] | None, *, argument: str
) -> Outcome:
    """The outcome in a mapping with `y_true` and `proba`, `logits` or `y_pred`.

    Raises
    ------
    InputError
        For keys that are unknown or missing, and for arrays of other lengths.

    Examples
    --------
    >>> given = {"y_true": [0, 1], "proba": [[0.9, 0.1], [0.8, 0.2]]}
    >>> of_arrays(given, None, argument="val").outputs.argmax(axis=1).tolist()
    [0, 0]
    """
    where = f"`{argument}`"
    _check_keys(given, where)
    truth = ids_of(given["y_true"], class_names, argument=argument)
    outcome = Outcome(truth)
    for name, kind in (("logits", "logits"), ("proba", "probabilities")):
        if given.get(name) is not None:
            outcome.outputs = check_outputs(as_array(given[name]), argument)
            outcome.kind = kind
            break
    else:
        outcome.y_pred = ids_of(given["y_pred"], class_names, argument=argument)
    rows = outcome.outputs if outcome.outputs is not None else outcome.y_pred
    if rows is not None and len(rows) != len(truth):
        raise InputError(
            f"There are {len(truth):,} labels and {len(rows):,} predictions.",
            where=where,
            how="Give one prediction per label.",
        )
    if given.get("images") is not None:
        outcome.names = checked_names(given["images"])
        if len(outcome.names) != len(truth):
            raise InputError(
                f"There are {len(truth):,} labels and {len(outcome.names):,} names.",
                where=where,
                how="Give one name per image.",
            )
    return outcome


def _check_keys(given: Mapping[str, Any], where: str) -> None:
    unknown = sorted(set(given) - set(KEYS))
    if unknown:
        raise InputError(
            f"There is the key {unknown[0]!r}.",
            where=where,
            how=f"Known are: {', '.join(KEYS)}.",
        )
    predicted = [name for name in ("proba", "logits", "y_pred") if name in given]
    if "y_true" not in given or not predicted:
        raise InputError(
            "The true labels or the predictions are missing.",
            where=where,
            how="Give `y_true` with `proba`, `logits` or `y_pred`, or a loader.",
        )


def of_loader(
    loader: Loader, predict: Callable[[Any], Any], *, argument: str, n_pictures: int = 0
) -> Outcome:
    """The outcome of one pass over a loader, with its first `n_pictures` images.

    Raises
    ------
    InputError
        For a loader without an image, or outputs that are not one row per image.

    Examples
    --------
    >>> loader = Loader([(np.eye(2), np.array([0, 1]))])
    >>> of_loader(loader, lambda x: x, argument="val").truth.tolist()
    [0, 1]
    """
    truths, parts = [], []
    batches: list[Any] = []
    labels: list[NDArray[Any]] = []
    pictures: list[NDArray[Any]] = []
    n_seen = n_kept = n_shown = 0
    n = loader.n_images or 0 if loader.rows is None else len(loader.rows)
    for x, y in loader.pairs():
        parts.append(check_outputs(as_array(predict(x)), argument))
        truths.append(y)
        # Of each batch as many as spread them over all, as far as that is known.
        due = (n_seen + len(y)) * KEPT_IMAGES // max(n, KEPT_IMAGES) - n_kept
        n_seen += len(y)
        if due := min(due, len(y), KEPT_IMAGES - n_kept):
            step = len(y) // due
            batches.append(rows_of(x, slice(0, due * step, step)))
            labels.append(y[: due * step : step])
            n_kept += due
        if n_shown < n_pictures and (picture := _pictures(x)) is not None:
            pictures.append(picture[: n_pictures - n_shown])
            n_shown += len(pictures[-1])
    if not truths:
        raise InputError("The loader holds no image.", where=f"`{argument}`")
    outcome = Outcome(np.concatenate(truths), np.concatenate(parts), loader=loader)
    outcome.batches, outcome.labels, outcome.pictures = batches, labels, pictures
    outcome.names = _names_of(loader)
    return outcome


def _names_of(loader: Loader) -> Names | None:
    if not loader.ordered or loader.file_paths is None:
        return None
    paths = list(loader.file_paths)
    return paths if loader.rows is None else [paths[row] for row in loader.rows]


def _pictures(x: Any) -> NDArray[Any] | None:
    """Images of a batch as (n, height, width, channels); None if it holds none."""
    if isinstance(x, Mapping):
        found = [_pictures(value) for value in x.values()]
        return next((picture for picture in found if picture is not None), None)
    if not hasattr(x, "shape") or len(x.shape) != 4:
        return None
    values = as_array(x)
    if values.shape[-1] in (1, 3):
        return values
    return values.transpose(0, 2, 3, 1) if values.shape[1] in (1, 3) else None
