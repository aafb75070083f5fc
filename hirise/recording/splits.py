"""The splits that a recorded training evaluates, and the files it writes for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.errors import InputError
from hirise.models.predictor import MOST_PROBED
from hirise.recording.batches import Batch, LabelledBatches
from hirise.recording.names import (
    Names,
    catalog_table,
    check_count,
    checked_names,
    common_folder,
    landmarks_of,
    relative_name,
    seen_table,
    shuffled_note,
)
from hirise.recording.outputs import (
    Kind,
    check_outputs,
    class_ids,
    mean_loss,
    output_kind,
    predictions_from_scores,
    scores_of,
)
from hirise.runs import RunWriter, create_run
from hirise.runs.info import LABELS_AS_SEEN
from hirise.runs.writer import portable_path

BATCHES_UNKNOWN = 64
"""Batches over which the probe images are spread where their number is unknown."""


class Network(Protocol):
    """A network in training, of any framework."""

    def predict(self, x: Any) -> NDArray[Any]:
        """Outputs of one batch, in inference mode."""

    @property
    def activation(self) -> str:
        """Activation of the last layer; "" where it is not known."""

    @property
    def from_logits(self) -> bool | None:
        """Whether the loss takes logits; None where it does not say."""


class RecordedSplit:
    """Images, labels and names of a split, and what the network predicts for them.

    Attributes
    ----------
    split : {"train", "val"}
    prefix : str
        Of its columns in `history.csv`.
    argument : str
        The argument of the recorder that holds its data.
    names : list of str or None
        Of all images, in order; None where not known.
    note : str
        Why they are not known; "" where nothing is to be said.
    ids : (n_images,) int or None
        Labels of all images, once they have been read.
    rows : (n_evaluated,) int or None
        Which images are evaluated; None for all.
    probe_images : list of arrays
        A few images spread over those that were predicted.
    """

    def __init__(self, split: str, data: LabelledBatches, names: Names | None) -> None:
        self.split = split
        self.prefix = "val_" if split == "val" else ""
        self.argument = "validation_data" if split == "val" else "training_data"
        self.data = data
        self.names, self.note = _names_in_order(names, data, split)
        self.ids: Ints | None = None
        self.rows: Ints | None = None
        self.kind: Kind | None = None
        self._n_columns = 0
        self.probe_images: list[Any] = []
        self._batches: Callable[[], Iterator[Batch]] = self._all_batches

    def count_outputs(self, network: Network) -> int:
        """How many outputs the network gives, from the first batch."""
        for x, _ in self.data:
            return int(check_outputs(network.predict(x), self.argument).shape[1])
        raise InputError(f"`{self.argument}` holds no image.")

    def begin(self, class_names: tuple[str, ...]) -> None:
        """Get ready for the first epoch; of training images, take the sample."""
        self.n_classes = len(class_names)
        self.ids, self.kind, self.probe_images = None, None, []
        if self.split == "train":
            sample = self.data.sample(self._read_ids)
            self._batches, self.ids, self.rows = sample.batches, sample.ids, sample.rows
            self._check_names()
        elif self.data.labels is not None:
            self._read_ids(self.data.labels)

    def predict(self, network: Network) -> tuple[Ints, Floats]:
        """Labels (n,) and scores (n, n_classes) of one pass, in inference mode."""
        truths, parts = [], []
        probes: list[Any] = []
        step = max(1, MOST_PROBED // (self.data.n_batches or BATCHES_UNKNOWN))
        for x, ids in self._batches():
            parts.append(check_outputs(network.predict(x), self.argument))
            truths.append(ids)
            if self.split == "val" and len(probes) * step < MOST_PROBED:
                few = min(len(ids), step)
                spread = (np.arange(few) * len(ids)) // max(few, 1)
                probes.append(self.data.take(x, spread))
        self.probe_images = probes
        truth, outputs = np.concatenate(truths), np.concatenate(parts)
        if self.kind is None:
            self.kind = output_kind(
                outputs, activation=network.activation, from_logits=network.from_logits
            )
        if self.split == "val":
            self._check_order(truth)
        return truth, scores_of(outputs, self.kind)

    def first_images(self, most: int) -> tuple[Any, Ints]:
        """At most `most` of the evaluated images and their ids, of one batch."""
        for x, ids in self._batches():
            few = np.arange(min(most, len(ids)))
            return self.data.take(x, few), ids[few]
        raise InputError(f"`{self.argument}` holds no image.")

    def as_given(self, ids: Ints) -> NDArray[Any]:
        """Ids encoded as the labels of the data are: as ids, or as one-hot rows."""
        if self._n_columns > 1:
            return np.eye(self._n_columns, dtype=np.float32)[ids]
        return ids[:, None].astype(np.float32) if self._n_columns else ids

    def _all_batches(self) -> Iterator[Batch]:
        for x, y in self.data:
            yield x, self._read_ids(y)

    def _read_ids(self, labels: NDArray[Any]) -> Ints:
        self._n_columns = labels.shape[1] if labels.ndim == 2 else 0
        return class_ids(labels, self.n_classes, self.argument)

    def _check_order(self, truth: Ints) -> None:
        """Drop the names if the labels show that the order has changed."""
        if self.ids is None:
            self.ids = truth
            self._check_names()
        elif self.names is not None and not np.array_equal(self.ids, truth):
            self.names, self.note = None, shuffled_note(self.split)

    def _check_names(self) -> None:
        if self.names is not None and self.ids is not None:
            check_count(self.names, len(self.ids), split=self.split)


def _names_in_order(
    names: Names | None, data: LabelledBatches, split: str
) -> tuple[Names | None, str]:
    """The names in the order of `data`, and a note on why there are none."""
    if names is not None:
        if not data.ordered:
            raise InputError(f"`images` cannot be matched. {shuffled_note(split)}")
        if data.n_images is not None:
            check_count(names, data.n_images, split=split)
        return names, ""
    if data.file_paths is None:
        return None, ""
    if not data.ordered:
        return None, shuffled_note(split)
    return checked_names(list(data.file_paths)), ""


def shorten_names(splits: Sequence[RecordedSplit]) -> Path | None:
    """Make the names relative to the folder of all of them, where they are paths."""
    folder = common_folder([split.names for split in splits if split.names])
    for split in splits:
        if split.names is not None and folder is not None:
            split.names = [relative_name(name, folder) for name in split.names]
    return folder


def begin_run(
    artifacts: Path,
    *,
    title: str,
    class_names: Sequence[str],
    recipe: dict[str, Any],
    folder: Path | None,
    layout: str,
    packages: Sequence[str],
    notes: Sequence[str],
) -> RunWriter:
    """Make the run folder.

    Parameters
    ----------
    recipe : dict
        What is known of the training.
    folder : Path or None
        That of the images.
    layout : str
        The framework that reads them.
    packages : sequence of str
        Of which the versions are kept.
    """
    dataset = {
        "path": None if folder is None else portable_path(folder, artifacts),
        "layout": layout,
        "labels": LABELS_AS_SEEN,
    }
    return create_run(
        artifacts,
        title=title,
        class_names=class_names,
        recipe=recipe,
        dataset=dataset,
        packages=packages,
        notes=notes,
    )


def write_split(
    writer: RunWriter,
    split: RecordedSplit,
    truth: Ints,
    scores: Floats,
    class_names: tuple[str, ...],
) -> float:
    """Write the predictions for a split; the loss."""
    predictions = predictions_from_scores(
        scores,
        truth,
        class_names=class_names,
        split=split.split,
        image=split.names,
        group=landmarks_of(split.names),
    )
    writer.write_predictions(split.split, predictions.write)
    return mean_loss(scores, truth)


def write_seen(
    writer: RunWriter, splits: Sequence[RecordedSplit], class_names: Sequence[str]
) -> None:
    """Write the labels that were seen, and the catalog where names are known."""
    labels = {
        split.split: (split.names, split.ids)
        for split in splits
        if split.ids is not None
    }
    if not labels:
        return
    seen = seen_table(labels)
    writer.write_table("labels_seen.parquet", seen)
    catalog = writer.folder / "catalog.parquet"
    if seen["image"].notna().any():
        writer.write_table(catalog.name, catalog_table(seen, class_names))
    else:
        # Names written before were dropped, as the order of the images changed.
        catalog.unlink(missing_ok=True)


def leave_interrupted(writer: RunWriter) -> None:
    """A training that never ended, once nobody holds its recorder any more."""
    with suppress(InputError):
        if writer.read().info.status == "training":
            writer.finish("interrupted")
