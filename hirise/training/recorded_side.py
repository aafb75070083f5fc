"""One side, train or val, of a training that `RunRecorder` records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.inference.rows import MOST_IMAGES
from hirise.training.epoch_judge import Floats, Ints
from hirise.training.labelled_batches import (
    Arrays,
    LabelledBatches,
    labelled_batches,
    rows_of,
)
from hirise.training.outputs import (
    Kind,
    checked_outputs,
    kind_of_outputs,
    label_ids,
    scores_of,
)
from hirise.training.seen_images import (
    Names,
    check_count,
    common_folder,
    names_of,
    shuffled,
    within,
)
from hirise.training.training_sample import take_sample

Batch = tuple[Any, Ints]
BATCHES_UNKNOWN = 64
"""Batches among which the probe images are spread where their number is unknown."""


class RecordedSide:
    """Its images, labels and names, and what the network says of them.

    Attributes
    ----------
    split : {"train", "val"}
    prefix : str
        Of its columns in `history.csv`.
    names : list of str or None
        Of all images, in order; None where not known.
    note : str
        Why they are not known.
    ids : (n_images,) int or None
        Labels of all images, once they have been seen.
    rows : (n_judged,) int or None
        Which of them are judged; None for all.
    probe_images : list of arrays
        A few images spread over those that were predicted.
    """

    def __init__(self, split: str, data: LabelledBatches, names: Names | None) -> None:
        self.split = split
        self.prefix = "val_" if split == "val" else ""
        self.argument = "validation_data" if split == "val" else "training_data"
        self.data = data
        self.names, self.note = names_of(names, data, side=split)
        self.ids: Ints | None = None
        self.rows: Ints | None = None
        self.kind: Kind | None = None
        self.probe_images: list[Any] = []
        self._batches: Callable[[], Iterator[Batch]] = self._all

    def first_outputs(self, model: keras.Model) -> int:
        """How many outputs the network gives for the first batch."""
        for x, _ in self.data:
            outputs = checked_outputs(model.predict_on_batch(x), self.argument)
            return int(outputs.shape[1])
        raise InputError(f"`{self.argument}` holds no image.")

    def begin(self, model: keras.Model, class_names: tuple[str, ...]) -> None:
        """Get ready for the first epoch; of training images, take the sample."""
        self.n_classes = len(class_names)
        self.ids, self.kind, self.probe_images = None, None, []
        if self.split == "train":
            sample = take_sample(self.data, self._ids_of)
            self._batches, self.ids = sample.batches, sample.ids
            self.rows = sample.rows
            self._check_names()
        elif isinstance(self.data, Arrays):
            self._ids_of(self.data.y)

    def predict(self, model: keras.Model) -> tuple[Ints, Floats]:
        """Labels (n,) and scores (n, n_classes) of one pass, in inference mode."""
        truths, outputs = [], []
        probes: list[Any] = []
        step = max(1, MOST_IMAGES // (self.data.n_batches or BATCHES_UNKNOWN))
        for x, ids in self._batches():
            outputs.append(checked_outputs(model.predict_on_batch(x), self.argument))
            truths.append(ids)
            if self.split == "val" and len(probes) * step < MOST_IMAGES:
                probes.append(rows_of(x, _spread(len(ids), step)))
        self.probe_images = probes
        truth, found = np.concatenate(truths), np.concatenate(outputs)
        if self.kind is None:
            self.kind = kind_of_outputs(model, found)
        if self.split == "val":
            self._keep_order(truth)
        return truth, scores_of(found, self.kind)

    def _all(self) -> Iterator[Batch]:
        for x, y in self.data:
            yield x, self._ids_of(y)

    def _ids_of(self, labels: NDArray[Any]) -> Ints:
        return label_ids(labels, self.n_classes, self.argument)

    def _keep_order(self, truth: Ints) -> None:
        """Drop the names if the labels show that the order has changed."""
        if self.ids is not None and not np.array_equal(self.ids, truth):
            if self.names is not None:
                self.names, self.note = None, shuffled(self.split)
            return
        self.ids = truth
        self._check_names()

    def _check_names(self) -> None:
        if self.names is not None and self.ids is not None:
            check_count(self.names, len(self.ids), side=self.split)


def train_side(data: Any, names: Names | None) -> RecordedSide:
    """The training images, judged on a sample."""
    return RecordedSide("train", labelled_batches(data, "training_data"), names)


def val_side(data: Any, names: Names | None) -> RecordedSide:
    """The validation images, judged on all of them."""
    return RecordedSide("val", labelled_batches(data, "validation_data"), names)


def shorten_names(sides: Sequence[RecordedSide]) -> Path | None:
    """Make the names relative to the folder of all of them, where they are paths."""
    folder = common_folder([side.names for side in sides if side.names])
    for side in sides:
        if side.names is not None and folder is not None:
            side.names = [within(name, folder) for name in side.names]
    return folder


def _spread(n: int, most: int) -> NDArray[np.int64]:
    """At most `most` of `n` places, evenly spread."""
    few = min(n, most)
    return (np.arange(few) * n) // max(few, 1)
