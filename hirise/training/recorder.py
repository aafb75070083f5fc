"""A Keras callback that writes each epoch into the run folder."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.diagnosis import gather, ongoing_collapse
from hirise.metrics import classification_summary
from hirise.runs import RunWriter
from hirise.training.pipeline import Ints, Pixels, plain_batches
from hirise.training.session import Reporter

Floats = NDArray[np.float64]

SAMPLE = 2_000
"""Training images, at most, on which each epoch is judged."""
BETWEEN = 1.0
"""Seconds between two writings of `progress.json`."""
_METRICS = ("accuracy", "balanced_accuracy", "macro_f1")


class RunRecorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Judges the network after each epoch, in inference mode, and records it.

    The validation metrics are added to the epoch's logs, so that callbacks that come
    later can monitor `val_accuracy` or `val_macro_f1`. A loss that is NaN or infinite
    stops the training; `broken` then says so.

    Parameters
    ----------
    writer : RunWriter
    pixels : (n_images, size, size) uint8
    labels : (n_images,) int
    sides : mapping of "train" and "val" to row numbers
    class_names : sequence of str
    reporter : Reporter
    """

    def __init__(
        self,
        writer: RunWriter,
        pixels: Pixels,
        labels: Ints,
        sides: Mapping[str, Ints],
        class_names: tuple[str, ...],
        reporter: Reporter,
    ) -> None:
        super().__init__()
        self.writer = writer
        self.pixels = pixels
        self.labels = labels
        self.sides = sides
        self.class_names = class_names
        self.reporter = reporter
        self.broken: str | None = None
        self._done = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._started = self._written = time.monotonic()
        self.reporter.begin(epochs=self.params["epochs"], batches=self.params["steps"])

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch + 1
        self._epoch_started = time.monotonic()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss) and self.broken is None:
            self.broken = (
                f"The training loss became {loss} in epoch {self._epoch}, batch "
                f"{batch + 1}; training stopped there."
            )
            self.model.stop_training = True
        self._done += 1
        self.reporter.batch_done()
        if time.monotonic() - self._written >= BETWEEN:
            self._write_progress(batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        row: dict[str, float] = {"epoch": epoch + 1}
        for side, prefix in (("train", ""), ("val", "val_")):
            found = self._judge(epoch + 1, side)
            row |= {f"{prefix}{name}": value for name, value in found.items()}
        row["learning_rate"] = float(self.model.optimizer.learning_rate)
        row["seconds"] = round(time.monotonic() - self._epoch_started, 2)
        self.writer.append_epoch(row)
        self.writer.log(" ".join(f"{key}={value:.5g}" for key, value in row.items()))
        if logs is not None:
            logs.update({k: v for k, v in row.items() if k.startswith("val_")})
        self.reporter.epoch_done(row)
        self.reporter.collapse(ongoing_collapse(gather(self.writer.read())))

    def _judge(self, epoch: int, side: str) -> dict[str, float]:
        rows = self.sides[side]
        logits = logits_of(self.model, self.pixels, rows)
        truth, called = self.labels[rows], logits.argmax(axis=1)
        n_classes = len(self.class_names)
        n = np.bincount(called, minlength=n_classes)
        counts = {"epoch": epoch, "split": side, "class_name": self.class_names, "n": n}
        self.writer.append_predicted_counts(pd.DataFrame(counts))
        summary = classification_summary(truth, called, n_classes)
        return {
            "loss": mean_loss(logits, truth),
            **{name: summary[name] for name in _METRICS},
        }

    def _write_progress(self, batch: int) -> None:
        self._written = time.monotonic()
        total = self.params["epochs"] * self.params["steps"]
        spent = self._written - self._started
        document = {
            "epoch": self._epoch,
            "epochs": self.params["epochs"],
            "batch": batch,
            "batches": self.params["steps"],
            "seconds_left": round(spent / self._done * (total - self._done), 1),
        }
        self.writer.write_json("progress.json", document)


def fixed_sample(labels: Ints, rows: Ints, *, seed: int, most: int = SAMPLE) -> Ints:
    """At most `most` of `rows`, with nearly the class shares of all of them.

    Shares that differed would move the loss by as much as the verdict looks at.
    """
    if len(rows) <= most:
        return rows
    mixed = np.random.default_rng(seed).permutation(rows)
    by_class = mixed[np.argsort(labels[mixed], kind="stable")]
    places = (np.arange(most) * len(rows)) // most
    return np.sort(by_class[places])


def logits_of(model: keras.Model, pixels: Pixels, rows: Ints) -> Floats:
    """(len(rows), n_classes) logits in inference mode."""
    return np.asarray(
        model.predict(plain_batches(pixels, rows), verbose=0), dtype=np.float64
    )


def log_softmax(logits: Floats) -> Floats:
    """Logarithms of the probabilities of (n_images, n_classes) logits."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    summed: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return summed


def mean_loss(logits: Floats, truth: Ints) -> float:
    """Mean cross-entropy in nats; NaN or infinite where the logits are."""
    with np.errstate(invalid="ignore", over="ignore"):
        return float(-log_softmax(logits)[np.arange(len(truth)), truth].mean())
