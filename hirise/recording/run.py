"""The files of a recorded run, and the splits that it evaluates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.models.activations import loss_of, probe
from hirise.models.predictor import MOST_IMAGES
from hirise.predictions import Predictions
from hirise.recording.epoch_scores import (
    Floats,
    Ints,
    Kind,
    checked_outputs,
    kind_of_outputs,
    label_ids,
    last_activation,
    log_softmax,
    mean_loss,
    scores_of,
)
from hirise.recording.keras_data import (
    Arrays,
    LabelledBatches,
    Names,
    catalog_of,
    check_count,
    common_folder,
    labelled_batches,
    landmarks,
    names_of,
    rows_of,
    seen_table,
    shuffled,
    take_sample,
    within,
)
from hirise.runs import RunWriter, create_run
from hirise.runs.info import LABELS_AS_SEEN
from hirise.runs.writer import portable_path

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


PACKAGES = ("tensorflow", "tensorflow-cpu", "keras")


def begin_run(
    artifacts: Path,
    *,
    title: str,
    class_names: Sequence[str],
    recipe: dict[str, Any],
    folder: Path | None,
    notes: Sequence[str],
) -> RunWriter:
    """Make the run folder; `folder` is that of the images."""
    dataset = {
        "path": None if folder is None else portable_path(folder, artifacts),
        "layout": "keras",
        "labels": LABELS_AS_SEEN,
    }
    return create_run(
        artifacts,
        title=title,
        class_names=class_names,
        recipe=recipe,
        dataset=dataset,
        packages=PACKAGES,
        notes=notes,
    )


def described(model: keras.Model, *, epochs: int) -> dict[str, Any]:
    """What can be read off a compiled network, as the run's recipe."""
    optimizer = getattr(model, "optimizer", None)
    rate = getattr(optimizer, "learning_rate", None)
    loss = loss_of(getattr(model, "loss", None)) or {}
    return {
        "name": model.name,
        "epochs": epochs,
        "optimizer": None if optimizer is None else optimizer.name,
        "learning_rate": None if rate is None else float(rate),
        "loss": loss.get("name"),
        "from_logits": loss.get("from_logits"),
        "last_activation": last_activation(model),
        "select_by": "last",
    }


def predictions_of(
    truth: Ints,
    scores: Floats,
    *,
    class_names: tuple[str, ...],
    split: str,
    names: Names | None,
    groups: Any = None,
) -> Predictions:
    """Predictions from scores; no probabilities where these broke."""
    whole = bool(np.isfinite(scores).all())
    return Predictions(
        image=None if names is None else np.array(names, dtype=object),
        y_true=truth,
        y_pred=scores.argmax(axis=1).astype(np.int64),
        proba=np.exp(log_softmax(scores)) if whole else None,
        class_names=class_names,
        split=split,
        group=groups,
    )


def write_predicted(
    writer: RunWriter,
    side: RecordedSide,
    truth: Ints,
    scores: Floats,
    class_names: tuple[str, ...],
) -> float:
    """Write what is predicted for a side; the loss."""
    found = predictions_of(
        truth,
        scores,
        class_names=class_names,
        split=side.split,
        names=side.names,
        groups=landmarks(side.names),
    )
    writer.write_predictions(side.split, found.write)
    return mean_loss(scores, truth)


def write_seen(
    writer: RunWriter, sides: Sequence[RecordedSide], class_names: Sequence[str]
) -> None:
    """Write the labels that were seen, and the catalog where names are known."""
    found = {
        side.split: (side.names, side.ids) for side in sides if side.ids is not None
    }
    if not found:
        return
    seen = seen_table(found)
    writer.write_table("labels_seen.parquet", seen)
    catalog = writer.folder / "catalog.parquet"
    if seen["image"].notna().any():
        writer.write_table(catalog.name, catalog_of(seen, class_names))
    else:
        catalog.unlink(missing_ok=True)


def probe_document(
    model: keras.Model, side: RecordedSide, class_names: Sequence[str]
) -> dict[str, Any] | str:
    """What the layers do with a few images, or why that cannot be said."""
    parts = side.probe_images
    if not parts or not all(isinstance(part, np.ndarray) for part in parts):
        return "activations.json is left out: the network takes more than one array."
    images = np.concatenate(parts)[:MOST_IMAGES].astype(np.float32)
    try:
        return probe(model, images, class_names, split=side.split)
    except (
        AttributeError,
        TypeError,
        ValueError,
        RuntimeError,
        tf.errors.OpError,
    ) as e:
        # A stranger's network must not lose its training to a look inside.
        return f"activations.json is left out: {type(e).__name__}: {e}"


def leave_interrupted(writer: RunWriter) -> None:
    """A `fit` that never ended, once nobody holds its recorder any more."""
    with suppress(InputError):
        if writer.read().info.status == "training":
            writer.finish("interrupted")
