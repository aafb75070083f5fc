"""Epochs of a training: their metrics, their log, and a collapse as it begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints
from hirise.diagnosis import Evidence, ongoing_collapse
from hirise.diagnosis.sources import gather_curves
from hirise.errors import InputError
from hirise.metrics.metrics import classification_summary
from hirise.progress import Progress
from hirise.recording.outputs import mean_loss
from hirise.runs import RunWriter

METRICS = ("accuracy", "balanced_accuracy", "macro_f1")

BETWEEN = 1.0
"""Seconds between two writings of `progress.json`."""


class CollapseWarning(UserWarning):
    """A training has begun to collapse."""


class RecordingWarning(UserWarning):
    """Something of a training could not be recorded; the training runs on."""


def evaluate_epoch(
    writer: RunWriter,
    scores: Floats,
    truth: Ints,
    *,
    epoch: int,
    split: str,
    class_names: tuple[str, ...],
) -> dict[str, float]:
    """Loss and metrics of one split; the counts of predicted classes are written.

    Parameters
    ----------
    scores : (n_images, n_classes) float
        Logits, or logarithms of probabilities.
    truth : (n_images,) int
    epoch : int
        Counted from 1.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pathlib import Path
    >>> from hirise.runs import create_run
    >>> names = ("crater", "other")
    >>> scores, truth = np.array([[2.0, 0.0], [1.0, 0.0]]), np.array([0, 1])
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=names)
    ...     row = evaluate_epoch(
    ...         writer, scores, truth, epoch=1, split="val", class_names=names
    ...     )
    ...     n_predicted = writer.read().predicted_counts()["n"].tolist()
    >>> row["accuracy"], n_predicted
    (0.5, [2, 0])
    """
    measured = evaluate_labels(
        writer,
        scores.argmax(axis=1),
        truth,
        epoch=epoch,
        split=split,
        class_names=class_names,
    )
    return {"loss": mean_loss(scores, truth), **measured}


def evaluate_labels(
    writer: RunWriter,
    y_pred: Ints,
    truth: Ints,
    *,
    epoch: int,
    split: str,
    class_names: tuple[str, ...],
) -> dict[str, float]:
    """As `evaluate_epoch`, of predicted labels alone: metrics without a loss."""
    n_classes = len(class_names)
    n = np.bincount(y_pred, minlength=n_classes)
    counts = {"epoch": epoch, "split": split, "class_name": class_names, "n": n}
    writer.append_predicted_counts(pd.DataFrame(counts))
    summary = classification_summary(truth, y_pred, n_classes)
    return {name: summary[name] for name in METRICS}


def epoch_line(row: Mapping[str, float]) -> str:
    """The scores of an epoch in words; `row` holds columns of `history.csv`.

    Examples
    --------
    >>> epoch_line({"loss": 0.7, "accuracy": 0.5, "val_loss": 0.8, "seconds": 3.21})
    'loss 0.700, accuracy 0.500; val loss 0.800; 3.2 s'
    """
    parts = [_scores(row, ""), _scores(row, "val_"), f"{row['seconds']:.1f} s"]
    return "; ".join(part for part in parts if part)


def _scores(row: Mapping[str, float], prefix: str) -> str:
    titles = {"loss": "loss", "accuracy": "accuracy", "macro_f1": "macro-F1"}
    scores = ", ".join(
        f"{title} {row[prefix + name]:.3f}"
        for name, title in titles.items()
        if prefix + name in row
    )
    return f"{prefix.rstrip('_')} {scores}".strip() if scores else ""


def leave_interrupted(writer: RunWriter) -> None:
    """A training that never ended, once nobody holds its recorder any more."""
    with suppress(InputError):
        if writer.read().info.status == "training":
            writer.finish("interrupted")


class EpochLog:
    """Writes the epochs of a training into its run folder and reports them.

    A recorder of any framework calls `start_epoch`, `end_batch` and `end_epoch`.

    Parameters
    ----------
    writer : RunWriter
    progress : Progress
    epochs, steps : int
        Epochs in all, and batches of each; 0 where that is unknown.
    line : function
        Words the row of an epoch.
    """

    def __init__(
        self,
        writer: RunWriter,
        progress: Progress,
        *,
        epochs: int,
        steps: int,
        line: Callable[[Mapping[str, float]], str] = epoch_line,
    ) -> None:
        self.writer, self.progress = writer, progress
        self.epochs, self.steps, self.line = epochs, steps, line
        self._first = self.epoch = 0
        self._n_batches = 0
        self._curves: Evidence | None = None
        self._collapsing = False
        self._started = self._written = self._epoch_started = time.monotonic()

    def start_epoch(self, epoch: int, *, started: float | None = None) -> None:
        """An epoch, counted from 1, begins; a resumed training starts further on.

        `started` is `time.monotonic()` of then, where it began before this call.
        """
        if epoch == self.epoch:
            return  # told already, as it began
        self._first = self._first or epoch
        now = time.monotonic()
        self.epoch, self._epoch_started = epoch, now if started is None else started
        self._report(0)

    def end_batch(self, batch: int) -> None:
        """A batch of this epoch, counted from 1, is done."""
        self._n_batches += 1
        self._report(batch)
        if self.steps and time.monotonic() - self._written >= BETWEEN:
            self._write_progress(batch)

    def end_epoch(
        self, metrics: Mapping[str, float], *, learning_rate: float | None = None
    ) -> str | None:
        """The epoch is over; the sentence that the training collapses, if it does."""
        row = {"epoch": self.epoch, **metrics}
        if learning_rate is not None:
            row["learning_rate"] = learning_rate
        row["seconds"] = round(time.monotonic() - self._epoch_started, 2)
        self.writer.append_epoch(row)
        self.writer.log(" ".join(f"{key}={value:.5g}" for key, value in row.items()))
        number = f"{self.epoch}/{self.epochs}" if self.epochs else str(self.epoch)
        self.progress.say(f"epoch {number}: {self.line(row)}")
        self._curves = gather_curves(self.writer.read(), before=self._curves)
        collapse = ongoing_collapse(self._curves)
        if collapse and not self._collapsing:
            self.progress.say(f"Collapsing. {collapse}")
        elif self._collapsing and not collapse:
            self.progress.say(
                "No longer collapsing: other classes are predicted again."
            )
        self._collapsing = bool(collapse)
        return str(collapse) if collapse else None

    def _report(self, batch: int) -> None:
        """Batches are counted over all epochs."""
        done = (self.epoch - 1) * self.steps + batch if self.steps else 0
        of_all = f" of {self.epochs}" if self.epochs else ""
        step, total = f"Epoch {self.epoch}{of_all}", self.epochs * self.steps
        self.progress.update(step, done, total, unit="batches")

    def _write_progress(self, batch: int) -> None:
        self._written = time.monotonic()
        left = (self.epochs - self._first + 1) * self.steps - self._n_batches
        seconds = (self._written - self._started) / self._n_batches
        document = {
            "epoch": self.epoch,
            "epochs": self.epochs,
            "batch": batch,
            "batches": self.steps,
            "seconds_left": round(seconds * left, 1),
        }
        self.writer.write_json("progress.json", document)
