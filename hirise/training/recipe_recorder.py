"""The epochs of a recipe's training, evaluated and written into the run folder."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from hirise.arrays import Floats, Ints
from hirise.models.batches import Pixels, plain_batches
from hirise.progress import Progress
from hirise.recording.epochs import EpochLog, evaluate_epoch
from hirise.runs import RunWriter

HEAD_BATCH = 1_024
"""Embeddings that go through a head at a time."""


class RecipeRecorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Evaluates the network after each epoch, in inference mode.

    The validation metrics are added to the logs of the epoch, so that callbacks that
    come later can monitor `val_macro_f1`. A loss that is NaN or infinite stops the
    training; `broken` then says so.

    Parameters
    ----------
    writer : RunWriter
    pixels : (n_images, size, size, channels) uint8
    labels : (n_images,) int
    rows : mapping of "train" and "val" to row numbers
        The images that are evaluated.
    class_names : sequence of str
    progress : Progress
    """

    def __init__(
        self,
        writer: RunWriter,
        pixels: Pixels,
        labels: Ints,
        rows: Mapping[str, Ints],
        class_names: tuple[str, ...],
        progress: Progress,
    ) -> None:
        super().__init__()
        self.writer, self.progress = writer, progress
        self.pixels, self.labels, self.rows = pixels, labels, rows
        self.class_names = class_names
        self.broken: str | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        epochs, steps = self.params["epochs"], self.params["steps"] or 0
        self.log = EpochLog(self.writer, self.progress, epochs=epochs, steps=steps)

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
        self.log.end_batch(batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = {} if logs is None else logs
        row: dict[str, float] = {}
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
            row |= {f"{prefix}{name}": value for name, value in metrics.items()}
        for name, value in row.items():
            if name.startswith("val_"):
                logs.setdefault(name, value)
        rate = float(self.model.optimizer.learning_rate)
        self.log.end_epoch(row, learning_rate=rate)


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
