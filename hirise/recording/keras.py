"""`RunRecorder`: one line in any `model.fit` makes a run."""

from __future__ import annotations

import math
import time
import warnings
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hirise.arrays import Floats, Ints
from hirise.errors import InputError, error_line
from hirise.models.activations import probe
from hirise.models.predictor import MOST_PROBED
from hirise.progress import Progress
from hirise.recording.epochs import (
    CollapseWarning,
    EpochLog,
    RecordingWarning,
    epoch_line,
    evaluate_epoch,
)
from hirise.recording.keras_batches import labelled_batches
from hirise.recording.keras_layers import IMAGES, KerasLayers
from hirise.recording.keras_network import (
    KerasNetwork,
    describe_model,
    hash_weights,
    logged_metrics,
)
from hirise.recording.labels import label_encoding
from hirise.recording.names import names_by_split
from hirise.recording.splits import (
    RecordedSplit,
    begin_run,
    leave_interrupted,
    shorten_names,
    write_seen,
    write_split,
)
from hirise.runs import Run, RunWriter
from hirise.runs.tables import RECORDED_COLUMNS
from hirise.runs.writer import check_title

PACKAGES = ("tensorflow", "tensorflow-cpu", "keras")

ON_COLLAPSE = ("warn", "stop", "ignore")
STOP_AFTER = 3
"""Epochs in a row that must collapse before `on_collapse="stop"` stops."""


class EpochRecorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes each epoch into `writer`'s run folder and reports it to `progress`.

    A subclass evaluates the epoch (`evaluate`) and says what follows from a loss that
    is not finite (`on_broken`). The validation metrics are added to the logs of the
    epoch, so that callbacks that come later can monitor `val_accuracy` or
    `val_macro_f1`; what Keras logged itself stays.
    """

    writer: RunWriter

    def __init__(self, progress: Progress | None = None) -> None:
        super().__init__()
        self.progress = progress or Progress()
        self.broken: str | None = None

    def evaluate(self, epoch: int, logs: dict[str, Any]) -> dict[str, float]:
        """The metrics of an epoch, counted from 1, as columns of `history.csv`."""
        raise NotImplementedError

    @staticmethod
    def epoch_line(row: Mapping[str, float]) -> str:
        """The scores of an epoch in words; `row` holds columns of `history.csv`."""
        return epoch_line(row)

    def on_broken(self) -> None:
        """The loss became NaN or infinite; `broken` says where."""

    def on_collapse_checked(self, sentence: str | None) -> None:
        """After each epoch: that the training collapses, None if it does not."""

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.log = EpochLog(
            self.writer,
            self.progress,
            epochs=self.params["epochs"],
            steps=self.params["steps"] or 0,
            line=self.epoch_line,
        )

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch + 1
        self.log.start_epoch(epoch + 1)

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        # Keras gives the mean of the epoch so far: once NaN, it stays NaN.
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss) and self.broken is None:
            self.broken = (
                f"The training loss became {loss} in epoch {self._epoch}, "
                f"batch {batch + 1}."
            )
            self.on_broken()
        self.log.end_batch(batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = {} if logs is None else logs
        metrics = self.evaluate(epoch + 1, logs)
        for name, value in metrics.items():
            if name.startswith("val_") and name not in RECORDED_COLUMNS:
                logs.setdefault(name, value)
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        self.on_collapse_checked(
            self.log.end_epoch(
                metrics, learning_rate=None if rate is None else float(rate)
            )
        )


class RunRecorder(EpochRecorder):
    """Records a `model.fit` as a run: `callbacks=[RunRecorder(title="my run", …)]`.

    After each epoch the network predicts all validation images, and a fixed sample of
    at most 2,000 training images, in inference mode. The run folder gets the curves, as
    Keras logged them beside those of inference mode, the counts of predicted classes,
    the predictions for validation, the labels that were seen and the statistics of the
    layers; `hirise check` and the pages read it meanwhile. What cannot be recorded is a
    `RecordingWarning`, and the training runs on.

    Put it before callbacks that monitor `val_macro_f1` or `val_balanced_accuracy`,
    which it adds to the logs, and after one that restores the best weights.

    Parameters
    ----------
    title : str
        Name of the run.
    validation_data : (x, y), batched tf.data.Dataset or keras.utils.PyDataset, optional
        As given to `model.fit`. Labels are ids or one-hot rows; outputs are logits or
        probabilities, or a single sigmoid for two classes. Without it, only what Keras
        logs is recorded.
    images : sequence of str, or {"train": [...], "val": [...]}, optional
        Names or paths of the images, in the order of the data; a plain sequence is that
        of validation. By default the `file_paths` of a dataset, if it has any and is
        not shuffled.
    training_data : as validation_data, optional
        For the labels that the network is taught and for metrics in inference mode; a
        pipeline is read through once more at the start. Without it, training metrics
        are those that Keras logs.
    class_names : sequence of str, optional
        In the order of the ids. By default the `class_names` of a dataset, or numbers.
    artifacts : str or Path
        Where the run folder is made.
    on_collapse : {"warn", "stop", "ignore"}
        `warn` issues a `CollapseWarning` when the training begins to collapse; `stop`
        also ends it after three collapsing epochs in a row.

    Attributes
    ----------
    run : Run
        The run as it now stands on disk, from the beginning of `fit`.

    Raises
    ------
    InputError
        A `ValueError` of one line, for what cannot be recorded, before `fit`.
    """

    keeps_logged = True
    """Whether `loss` and so on are as Keras logged them, not of inference mode."""
    lets_run_on = True
    """Whether an error in recording lets the training run on."""

    def __init__(
        self,
        title: str = "run",
        *,
        validation_data: Any = None,
        images: Any = None,
        training_data: Any = None,
        class_names: Sequence[str] | None = None,
        artifacts: str | Path = "artifacts",
        on_collapse: str = "warn",
        progress: Progress | None = None,
    ) -> None:
        super().__init__(progress)
        if on_collapse not in ON_COLLAPSE:
            raise InputError(
                f"`on_collapse` must be one of {', '.join(ON_COLLAPSE)}, "
                f"got {on_collapse!r}."
            )
        self.title = check_title(title)
        self.artifacts = Path(artifacts)
        self.on_collapse = on_collapse
        self._given_names = None if class_names is None else tuple(class_names)
        names = names_by_split(images)
        self.splits = [
            RecordedSplit(split, labelled_batches(data, argument), names.get(split))
            for split, argument, data in (
                ("train", "training_data", training_data),
                ("val", "validation_data", validation_data),
            )
            if data is not None
        ]
        for split in set(names) - {split.split for split in self.splits}:
            argument = "validation_data" if split == "val" else "training_data"
            raise InputError(
                f"`images` names {split} images.", how=f"Give `{argument}` as well."
            )
        self.folder = shorten_names(self.splits)
        self._is_off = False

    @property
    def run(self) -> Run:
        return self.writer.read()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._is_off = False
        with self._guarded():
            self._begin(logs)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if not self._is_off:
            super().on_epoch_begin(epoch, logs)

    def on_train_batch_begin(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if not self._is_off:
            with self._guarded():
                self._layers.begin_batch()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if not self._is_off:
            with self._guarded():
                self._layers.end_batch((logs or {}).get("loss"))
                super().on_train_batch_end(batch, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if not self._is_off:
            with self._guarded():
                super().on_epoch_end(epoch, logs)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if not self._is_off:
            with self._guarded():
                self._end()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Tell of an error in recording once, and record no more of this `fit`."""
        try:
            yield
        except Warning:
            raise
        except Exception as error:
            if not self.lets_run_on:
                raise
            self._is_off = True
            text = str(error) if isinstance(error, InputError) else error_line(error)
            message = f"This training is not recorded any further: {text}"
            writer = getattr(self, "writer", None)
            if writer is not None:
                writer.log(message)
                writer.finish("failed", error=message)
            warnings.warn(message, RecordingWarning, stacklevel=4)

    def _begin(self, logs: dict[str, Any] | None) -> None:
        self.broken, self._weights = None, b""
        self._losses: dict[int, float] = {}
        self._n_collapsing = 0
        self._labels_written: tuple[tuple[bool, bool], ...] = ()
        self._started = time.monotonic()
        self._network = KerasNetwork(self.model)
        self.class_names = self._class_names(self._count_outputs())
        for split in self.splits:
            split.begin(self.class_names)
        self._layers = KerasLayers(self.model)
        self.writer = self.begin_run()
        # Keras does not call `on_train_end` when `fit` raises; this runs even so.
        self._finalizer = weakref.finalize(self, leave_interrupted, self.writer)
        super().on_train_begin(logs)

    def begin_run(self) -> RunWriter:
        """Make the run folder."""
        return begin_run(
            self.artifacts,
            title=self.title,
            class_names=self.class_names,
            recipe=describe_model(self.model, epochs=self.params["epochs"])
            | self._about_data(),
            folder=self.folder,
            layout="keras",
            packages=PACKAGES,
            notes=[split.note for split in self.splits if split.note],
        )

    def _about_data(self) -> dict[str, Any]:
        for split in self.splits:
            if split.split == "train":
                for _, labels in split.data:
                    size = None if split.data.labels is not None else len(labels)
                    return {
                        "label_encoding": label_encoding(np.asarray(labels)),
                        "batch_size": size,
                    }
        return {}

    def evaluate(self, epoch: int, logs: dict[str, Any]) -> dict[str, float]:
        row: dict[str, float] = dict.fromkeys(RECORDED_COLUMNS, math.nan)
        logged = logged_metrics(logs)
        for split in self.splits:
            truth, scores = split.predict(self._network)
            metrics = self.evaluate_split(split, truth, scores, epoch=epoch)
            row |= {f"{split.prefix}{name}": value for name, value in metrics.items()}
            for name in ("loss", "accuracy"):
                row[f"{split.prefix}inference_{name}"] = metrics[name]
            if split.split == "val":
                self._losses[epoch] = metrics["loss"]
                write_split(self.writer, split, truth, scores, self.class_names)
        row["regularisation_loss"] = self._layers.regularisation_loss()
        self._weights = hash_weights(self.model)
        self.write_seen()
        self._write_layers(epoch)
        if not self.keeps_logged:
            row = {k: v for k, v in row.items() if k not in RECORDED_COLUMNS}
            return logged | row
        return row | logged

    def _write_layers(self, epoch: int) -> None:
        """Gradients and updates of an epoch, and what its first batch told."""
        for split in self.splits:
            if split.split == "train":
                x, ids = split.first_images(IMAGES)
                self._layers.measure(x, split.as_given(ids))
        rows = self._layers.rows(epoch)
        if rows:
            self.writer.append_layer_stats(rows)
        if epoch == 1 and self.keeps_logged:
            recipe = dict(self.writer.read().info.recipe or {})
            recipe["initial_loss"] = self._layers.initial_loss
            self.writer.update(recipe=recipe)

    def evaluate_split(
        self, split: RecordedSplit, truth: Ints, scores: Floats, *, epoch: int
    ) -> dict[str, float]:
        """The metrics of one split, after an epoch."""
        return evaluate_epoch(
            self.writer,
            scores,
            truth,
            epoch=epoch,
            split=split.split,
            class_names=self.class_names,
        )

    def write_seen(self) -> None:
        """Write the labels that were seen, whenever more of them are known."""
        known = tuple((s.ids is None, s.names is None) for s in self.splits)
        if known != self._labels_written:
            write_seen(self.writer, self.splits, self.class_names)
        self._labels_written = known

    def on_collapse_checked(self, sentence: str | None) -> None:
        self._n_collapsing = self._n_collapsing + 1 if sentence else 0
        if self._n_collapsing == 1:
            self.writer.log(f"Collapsing. {sentence}")
            if self.on_collapse != "ignore":
                warnings.warn(str(sentence), CollapseWarning, stacklevel=2)
        if self.on_collapse == "stop" and self._n_collapsing >= STOP_AFTER:
            self.broken = self.broken or f"Stopped as collapsed. {sentence}"
            self.model.stop_training = True

    def _end(self) -> None:
        epoch = max(self._losses, default=None)
        for split in self.splits:
            if split.split == "val":
                epoch = self._write_last_predictions(split, epoch)
                self._write_activations(split)
        seconds = round(time.monotonic() - self._started, 1)
        self._finalizer.detach()
        self.writer.finish("finished", seconds=seconds, epoch=epoch, error=self.broken)

    def _write_last_predictions(
        self, split: RecordedSplit, epoch: int | None
    ) -> int | None:
        """Predict again if another callback restored weights; the epoch they are of."""
        if epoch is None or hash_weights(self.model) == self._weights:
            return epoch
        truth, scores = split.predict(self._network)
        loss = write_split(self.writer, split, truth, scores, self.class_names)
        # No callback says which epoch it restored; the loss on val tells it.
        matching = [
            number
            for number, other in self._losses.items()
            if np.isclose(other, loss, rtol=1e-6)
        ]
        return matching[-1] if matching else None

    def _write_activations(self, split: RecordedSplit) -> None:
        """Write what the layers do with a few images, or log why that is unknown."""
        parts = split.probe_images
        if not parts or not all(isinstance(part, np.ndarray) for part in parts):
            reason = "the network takes more than one array."
            self.writer.log(f"activations.json is left out: {reason}")
            return
        images = np.concatenate(parts)[:MOST_PROBED].astype(np.float32)
        try:
            document = probe(self.model, images, self.class_names, split=split.split)
            document["batch_normalisation"] = self._layers.batch_normalisation()
            document["inputs"] = self._inputs(split, document)
        except Exception as error:
            # A network of any kind must not lose its training to its own statistics.
            reason = f"{type(error).__name__}: {error}"
            self.writer.log(f"activations.json is left out: {reason}")
            return
        self.writer.write_json("activations.json", document)

    def _inputs(self, val: RecordedSplit, document: dict[str, Any]) -> dict[str, Any]:
        """What the first layer gets of the images of both splits."""
        inputs = {val.split: _numbers(document["input"])}
        for split in self.splits:
            if split.split == "train":
                x, _ = split.first_images(MOST_PROBED)
                images = np.asarray(x, dtype=np.float32)
                found = probe(self.model, images, self.class_names, split="train")
                inputs["train"] = _numbers(found["input"])
        return inputs

    def _count_outputs(self) -> int:
        """How many outputs the network has; tried on one batch where there is one."""
        for split in self.splits:
            return split.count_outputs(self._network)
        shape = getattr(self.model, "output_shape", None)
        if isinstance(shape, tuple) and len(shape) == 2 and shape[-1]:
            return int(shape[-1])
        if self._given_names is not None:
            return len(self._given_names)
        raise InputError(
            "RunRecorder cannot tell how many classes the network has.",
            how="Give `validation_data` or `class_names`.",
        )

    def _class_names(self, n_outputs: int) -> tuple[str, ...]:
        n_classes = max(n_outputs, 2)
        if self._given_names is not None:
            if len(self._given_names) != n_classes:
                raise InputError(
                    f"`class_names` has {len(self._given_names)} names, but the "
                    f"network has {n_classes} classes.",
                    how="Give one name per class.",
                )
            return self._given_names
        for split in self.splits:
            names = split.data.class_names
            if names is not None and len(names) == n_classes:
                return tuple(names)
        return tuple(str(number) for number in range(n_classes))


def _numbers(entry: dict[str, Any] | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {name: entry[name] for name in ("min", "max", "mean", "std")}
