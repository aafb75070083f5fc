"""The epochs of a recipe's training, evaluated and written into the run folder."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from hirise.arrays import Floats, Ints
from hirise.errors import error_line
from hirise.models.batches import Pixels, plain_batches
from hirise.progress import Progress
from hirise.recipes import Recipe
from hirise.recording.epochs import EpochLog, evaluate_epoch
from hirise.recording.frameworks import LAYER_IMAGES
from hirise.recording.keras_network import IMAGES, KerasWatcher
from hirise.runs import RunWriter

HEAD_BATCH = 1_024
"""Embeddings that go through a head at a time."""
MEASURED = ("loss", "accuracy")
"""What both modes tell of the training images."""


def comparable(recipe: Recipe) -> tuple[str, ...]:
    """What Keras logs in training mode that inference mode can be compared with.

    A weighted or smoothed loss has other units than cross-entropy, and balanced batches
    hold other images.

    Examples
    --------
    >>> comparable(Recipe("plain")), comparable(Recipe("a", label_smoothing=0.1))
    (('loss', 'accuracy'), ('accuracy',))
    """
    if recipe.balanced_batches:
        return ()
    weighted = recipe.loss != "cross-entropy" or recipe.class_weights != "none"
    return ("accuracy",) if weighted or recipe.label_smoothing else MEASURED


class RecipeRecorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Evaluates the network after each epoch, in inference mode.

    What Keras logged in training mode is kept beside that, and so are the statistics
    of the layers: gradients, updates, dead units. The validation metrics are added to
    the logs of the epoch, so that callbacks that come later can monitor `val_macro_f1`.
    A loss that is NaN or infinite stops the training; `broken` then says so.

    Parameters
    ----------
    writer : RunWriter
    pixels : (n_images, size, size, channels) uint8
    labels : (n_images,) int
    rows : mapping of "train" and "val" to row numbers
        The images that are evaluated.
    class_names : sequence of str
    progress : Progress
    logged : tuple of str
        Of what Keras logs in training mode, what is kept; see `comparable`.
    watches_layers : bool
        Whether the layers are described. A network on several devices is not.
    """

    def __init__(
        self,
        writer: RunWriter,
        pixels: Pixels,
        labels: Ints,
        rows: Mapping[str, Ints],
        class_names: tuple[str, ...],
        progress: Progress,
        *,
        logged: tuple[str, ...] = MEASURED,
        watches_layers: bool = True,
    ) -> None:
        super().__init__()
        self.logged, self.watches_layers = logged, watches_layers
        self.watcher: KerasWatcher | None = None
        self.writer, self.progress = writer, progress
        self.pixels, self.labels, self.rows = pixels, labels, rows
        self.class_names = class_names
        self.broken: str | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        epochs, steps = self.params["epochs"], self.params["steps"] or 0
        self.log = EpochLog(self.writer, self.progress, epochs=epochs, steps=steps)
        if self.watches_layers:
            self.watcher = KerasWatcher(self.model)

    def on_train_batch_begin(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if self.watcher is not None:
            self.watcher.begin_batch()

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
                f"batch {batch + 1}. Training stopped there."
            )
            self.model.stop_training = True
        if self.watcher is not None:
            self.watcher.end_batch(loss)
        self.log.end_batch(batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = {} if logs is None else logs
        row = {name: float(logs[name]) for name in self.logged if name in logs}
        for split, prefix in (("train", ""), ("val", "val_")):
            rows = self.rows[split]
            metrics = evaluate_epoch(
                self.writer,
                logits_of(self.model, self.pixels, rows),
                self.labels[rows],
                epoch=epoch + 1,
                split=split,
                class_names=self.class_names,
            )
            for name, value in metrics.items():
                row.setdefault(f"{prefix}{name}", value)
            row |= {f"{prefix}inference_{name}": metrics[name] for name in MEASURED}
        for name, value in row.items():
            if name.startswith("val_") and "inference" not in name:
                logs.setdefault(name, value)
        if self.watcher is not None:
            row["regularisation_loss"] = self.watcher.regularisation_loss
            with self._guarded(self.watcher):
                self._describe_layers(self.watcher, epoch + 1)
        rate = float(self.model.optimizer.learning_rate)
        self.log.end_epoch(row, learning_rate=rate)

    def _describe_layers(self, watcher: KerasWatcher, epoch: int) -> None:
        """Gradients of a few training images, and units on a few validation images."""
        train, val = (
            rows[:: max(1, len(rows) // n)][:n]
            for rows, n in (
                (self.rows["train"], IMAGES),
                (self.rows["val"], LAYER_IMAGES),
            )
        )
        hot = np.eye(len(self.class_names), dtype=np.float32)[self.labels[train]]
        watcher.learn([self._inputs(train)], [hot], is_over=False)
        if len(val):
            watcher.probe([self._inputs(val)], self.class_names, split="val")
        rows = watcher.layer_rows(epoch)
        if rows:
            self.writer.append_layer_stats(rows)

    def _inputs(self, rows: Ints) -> Floats:
        return np.asarray(self.pixels[rows], dtype=np.float32)

    @contextmanager
    def _guarded(self, watcher: KerasWatcher) -> Iterator[None]:
        """A layer that cannot be described must not end a training."""
        try:
            yield
        except Exception as error:
            self.watcher = None
            watcher.close()
            self.writer.log(f"The layers could not be recorded: {error_line(error)}")


def logits_of(model: keras.Model, pixels: Pixels, rows: Ints) -> Floats:
    """(len(rows), n_classes) logits in inference mode."""
    if pixels.ndim == 2:
        # A head takes less time than Keras takes to set up a prediction.
        parts = np.split(rows, range(HEAD_BATCH, len(rows), HEAD_BATCH))
        logits = [model.predict_on_batch(pixels[part]) for part in parts]
        return np.concatenate(logits).astype(np.float64)
    return np.asarray(
        model.predict(plain_batches(pixels, rows), verbose=0), dtype=np.float64
    )
