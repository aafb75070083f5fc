"""What every recording of a `model.fit` does: epochs, progress, broken losses."""

from __future__ import annotations

import math
import time
from typing import Any

import keras

from hirise.diagnosis import Evidence, ongoing_collapse
from hirise.diagnosis.gather import gather_curves
from hirise.runs import RunWriter
from hirise.training.reporter import Reporter

BETWEEN = 1.0
"""Seconds between two writings of `progress.json`."""


class EpochRecorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes each epoch into `writer`'s run folder and tells `reporter` of it.

    A subclass measures the epoch (`measured`) and says what a broken loss leads to
    (`on_broken`). The validation metrics are added to the epoch's logs, so that
    callbacks that come later can monitor `val_accuracy` or `val_macro_f1`; what Keras
    put there itself stays.
    """

    writer: RunWriter
    reporter: Reporter

    def __init__(self) -> None:
        super().__init__()
        self.broken: str | None = None

    def measured(self, epoch: int, logs: dict[str, Any]) -> dict[str, float]:
        """The metrics of an epoch, counted from 1, as columns of `history.csv`."""
        raise NotImplementedError

    def on_broken(self) -> None:
        """The loss became NaN or infinite; `broken` says where."""

    def collapse(self, sentence: str) -> None:
        """Each epoch: that the training collapses, or "" if it does not."""
        self.reporter.collapse(sentence)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._done = 0
        self._epochs_before: int | None = None
        self._curves: Evidence | None = None
        self._started = self._written = time.monotonic()
        self.reporter.begin(
            epochs=self.params["epochs"], batches=self.params["steps"] or 0
        )

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch + 1
        if self._epochs_before is None:
            self._epochs_before = epoch
            for _ in range(epoch * (self.params["steps"] or 0)):
                self.reporter.batch_done()
        self._epoch_started = time.monotonic()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss) and self.broken is None:
            self.broken = (
                f"The training loss became {loss} in epoch {self._epoch}, "
                f"batch {batch + 1}."
            )
            self.on_broken()
        self._done += 1
        self.reporter.batch_done()
        if self.params["steps"] and time.monotonic() - self._written >= BETWEEN:
            self._write_progress(batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = {} if logs is None else logs
        row: dict[str, float] = {"epoch": epoch + 1, **self.measured(epoch + 1, logs)}
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        if rate is not None:
            row["learning_rate"] = float(rate)
        row["seconds"] = round(time.monotonic() - self._epoch_started, 2)
        self.writer.append_epoch(row)
        self.writer.log(" ".join(f"{key}={value:.5g}" for key, value in row.items()))
        for name, value in row.items():
            if name.startswith("val_"):
                logs.setdefault(name, value)
        self.reporter.epoch_done(row)
        self._curves = gather_curves(self.writer.read(), before=self._curves)
        self.collapse(ongoing_collapse(self._curves))

    def _write_progress(self, batch: int) -> None:
        self._written = time.monotonic()
        epochs = self.params["epochs"] - (self._epochs_before or 0)
        total = epochs * self.params["steps"]
        spent = self._written - self._started
        document = {
            "epoch": self._epoch,
            "epochs": self.params["epochs"],
            "batch": batch,
            "batches": self.params["steps"],
            "seconds_left": round(spent / self._done * (total - self._done), 1),
        }
        self.writer.write_json("progress.json", document)
