"""`RunRecorder`: one line in anyone's `model.fit` makes a run."""

from __future__ import annotations

import hashlib
import math
import time
import warnings
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hirise.diagnosis import Evidence, ongoing_collapse
from hirise.diagnosis.sources import gather_curves
from hirise.errors import InputError
from hirise.progress import Progress
from hirise.recording.epoch_scores import Floats, Ints, judge
from hirise.recording.keras_data import names_by_side
from hirise.recording.run import (
    RecordedSide,
    begin_run,
    described,
    leave_interrupted,
    probe_document,
    shorten_names,
    train_side,
    val_side,
    write_predicted,
    write_seen,
)
from hirise.runs import Run, RunWriter
from hirise.runs.writer import checked_title

BETWEEN = 1.0
"""Seconds between two writings of `progress.json`."""


class EpochRecorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes each epoch into `writer`'s run folder and tells `progress` of it.

    A subclass measures the epoch (`measured`) and says what a broken loss leads to
    (`on_broken`). The validation metrics are added to the epoch's logs, so that
    callbacks that come later can monitor `val_accuracy` or `val_macro_f1`; what Keras
    put there itself stays.
    """

    writer: RunWriter

    def __init__(self, progress: Progress | None = None) -> None:
        super().__init__()
        self.progress = progress or Progress()
        self._collapsing = False
        self.broken: str | None = None

    def measured(self, epoch: int, logs: dict[str, Any]) -> dict[str, float]:
        """The metrics of an epoch, counted from 1, as columns of `history.csv`."""
        raise NotImplementedError

    def on_broken(self) -> None:
        """The loss became NaN or infinite; `broken` says where."""

    def collapse(self, sentence: str) -> None:
        """Each epoch: that the training collapses, or "" if it does not."""
        if sentence and not self._collapsing:
            self.progress.say(f"Collapsing. {sentence}")
        elif self._collapsing and not sentence:
            self.progress.say(
                "No longer collapsing: other classes are predicted again."
            )
        self._collapsing = bool(sentence)

    def epoch_line(self, row: dict[str, float]) -> str:
        """What is said of an epoch; `row` is what `history.csv` got."""
        training = _scores(row, "", ("loss", "accuracy", "macro_f1"))
        validation = _scores(row, "val_", ("loss", "accuracy", "macro_f1"))
        parts = [
            training,
            validation and f"val {validation}",
            f"{row['seconds']:.1f} s",
        ]
        return "; ".join(part for part in parts if part)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._done = 0
        self._collapsing = False
        self._epochs_before: int | None = None
        self._curves: Evidence | None = None
        self._started = self._written = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch + 1
        if self._epochs_before is None:
            self._epochs_before = epoch
        self._tell_batches(0)
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
        self._tell_batches(batch + 1)
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
        number = f"epoch {epoch + 1}/{self.params['epochs']}"
        self.progress.say(f"{number}: {self.epoch_line(row)}")
        self._curves = gather_curves(self.writer.read(), before=self._curves)
        self.collapse(ongoing_collapse(self._curves))

    def _tell_batches(self, batch: int) -> None:
        """Tell `progress` the batches of all epochs, of which this has `batch`."""
        epochs, steps = self.params["epochs"], self.params["steps"] or 0
        done = (self._epoch - 1) * steps + batch if steps else 0
        step, total = f"Epoch {self._epoch} of {epochs}", epochs * steps
        self.progress.update(step, done, total, unit="batches")

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


ON_COLLAPSE = ("warn", "stop", "ignore")
STOP_AFTER = 3
"""Epochs in a row that must collapse before `on_collapse="stop"` stops."""

_LOGGED_ACCURACY = (
    "accuracy",
    "acc",
    "sparse_categorical_accuracy",
    "categorical_accuracy",
    "binary_accuracy",
)


class CollapseWarning(UserWarning):
    """A training has begun to collapse."""


class RunRecorder(EpochRecorder):
    """Records a `model.fit` as a run: `callbacks=[RunRecorder(title="my run", …)]`.

    After each epoch the network predicts all validation images, and a fixed sample of
    at most 2,000 training images, in inference mode. The run folder gets the curves,
    the spread of the predicted labels, the predictions for validation, the labels that
    were seen and what the layers do; `hirise check` and the pages read it meanwhile.

    Put it before callbacks that monitor `val_macro_f1` or `val_balanced_accuracy`,
    which it adds to the logs, and after one that restores the best weights.

    Parameters
    ----------
    title : str
        What the run is called.
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
        A `ValueError` of one line, for what cannot be judged.
    """

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
    ) -> None:
        super().__init__()
        if on_collapse not in ON_COLLAPSE:
            raise InputError(
                f"`on_collapse` must be one of {', '.join(ON_COLLAPSE)}, "
                f"got {on_collapse!r}."
            )
        self.title = checked_title(title)
        self.artifacts = Path(artifacts)
        self.on_collapse = on_collapse
        self._given_names = None if class_names is None else tuple(class_names)
        names = names_by_side(images)
        self.sides: list[RecordedSide] = []
        if training_data is not None:
            self.sides.append(train_side(training_data, names.get("train")))
        if validation_data is not None:
            self.sides.append(val_side(validation_data, names.get("val")))
        _refuse_unused(names, self.sides)
        self.folder = shorten_names(self.sides)

    @property
    def run(self) -> Run:
        return self.writer.read()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.broken, self._weights = None, b""
        self._losses: dict[int, float] = {}
        self._n_collapsing = 0
        self._kept: tuple[tuple[bool, bool], ...] = ()
        self._begun = time.monotonic()
        outputs = self._first_outputs()
        self.class_names = self._class_names(outputs)
        for side in self.sides:
            side.begin(self.model, self.class_names)
        self.writer = self.begin_run()
        self._finalizer = weakref.finalize(self, leave_interrupted, self.writer)
        super().on_train_begin(logs)

    def begin_run(self) -> RunWriter:
        """Make the run folder."""
        return begin_run(
            self.artifacts,
            title=self.title,
            class_names=self.class_names,
            recipe=described(self.model, epochs=self.params["epochs"]),
            folder=self.folder,
            notes=[side.note for side in self.sides if side.note],
        )

    def measured(self, epoch: int, logs: dict[str, Any]) -> dict[str, float]:
        row = _logged(logs)
        for side in self.sides:
            truth, scores = side.predict(self.model)
            found = self.judged(side, truth, scores, epoch=epoch)
            row |= {f"{side.prefix}{name}": value for name, value in found.items()}
            if side.split == "val":
                self._losses[epoch] = found["loss"]
                write_predicted(self.writer, side, truth, scores, self.class_names)
        self._weights = _digest(self.model)
        self.write_seen()
        return row

    def judged(
        self, side: RecordedSide, truth: Ints, scores: Floats, *, epoch: int
    ) -> dict[str, float]:
        """The metrics of one side, after an epoch."""
        return judge(
            self.writer,
            scores,
            truth,
            epoch=epoch,
            split=side.split,
            class_names=self.class_names,
        )

    def write_seen(self) -> None:
        """Keep the labels that the network was given, once they are known."""
        known = tuple((side.ids is None, side.names is None) for side in self.sides)
        if known != self._kept:
            write_seen(self.writer, self.sides, self.class_names)
        self._kept = known

    def collapse(self, sentence: str) -> None:
        super().collapse(sentence)
        self._n_collapsing = self._n_collapsing + 1 if sentence else 0
        if self._n_collapsing == 1:
            self.writer.log(f"Collapsing. {sentence}")
            if self.on_collapse != "ignore":
                warnings.warn(sentence, CollapseWarning, stacklevel=2)
        if self.on_collapse == "stop" and self._n_collapsing >= STOP_AFTER:
            self.broken = self.broken or f"Stopped as collapsed. {sentence}"
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        epoch = max(self._losses, default=None)
        for side in self.sides:
            if side.split == "val":
                epoch = self._last_predictions(side, epoch)
                self._look_inside(side)
        seconds = round(time.monotonic() - self._begun, 1)
        self._finalizer.detach()
        self.writer.finish("finished", seconds=seconds, epoch=epoch, error=self.broken)

    def _last_predictions(self, side: RecordedSide, epoch: int | None) -> int | None:
        """Predict again if another callback restored weights; the epoch they are of."""
        if epoch is None or _digest(self.model) == self._weights:
            return epoch
        truth, scores = side.predict(self.model)
        loss = write_predicted(self.writer, side, truth, scores, self.class_names)
        near = [
            n for n, one in self._losses.items() if np.isclose(one, loss, rtol=1e-6)
        ]
        return near[-1] if near else None

    def _look_inside(self, side: RecordedSide) -> None:
        document = probe_document(self.model, side, self.class_names)
        if isinstance(document, str):
            self.writer.log(document)
        else:
            self.writer.write_json("activations.json", document)

    def _first_outputs(self) -> int:
        """How many outputs the network has; tried on one batch where there is one."""
        for side in self.sides:
            return side.first_outputs(self.model)
        shape = getattr(self.model, "output_shape", None)
        if isinstance(shape, tuple) and len(shape) == 2 and shape[-1]:
            return int(shape[-1])
        if self._given_names is not None:
            return len(self._given_names)
        raise InputError(
            "RunRecorder cannot see how many classes the network knows; give "
            "`validation_data` or `class_names`."
        )

    def _class_names(self, n_outputs: int) -> tuple[str, ...]:
        n_classes = max(n_outputs, 2)
        if self._given_names is not None:
            if len(self._given_names) != n_classes:
                raise InputError(
                    f"`class_names` has {len(self._given_names)} names, but the "
                    f"network knows {n_classes} classes."
                )
            return self._given_names
        for side in self.sides:
            found = side.data.class_names
            if found is not None and len(found) == n_classes:
                return tuple(found)
        return tuple(str(number) for number in range(n_classes))


def _scores(row: dict[str, float], prefix: str, names: Sequence[str]) -> str:
    return ", ".join(
        f"{name.replace('macro_f1', 'macro-F1')} {row[prefix + name]:.3f}"
        for name in names
        if prefix + name in row
    )


def _refuse_unused(names: dict[str, Any], sides: list[RecordedSide]) -> None:
    for split in set(names) - {side.split for side in sides}:
        data = "validation_data" if split == "val" else "training_data"
        raise InputError(f"`images` names {split} images; give `{data}` as well.")


def _logged(logs: dict[str, Any]) -> dict[str, float]:
    """What Keras itself logged of an epoch; its training metrics are running means."""
    row = {}
    for prefix in ("", "val_"):
        if f"{prefix}loss" in logs:
            row[f"{prefix}loss"] = float(logs[f"{prefix}loss"])
        for name in _LOGGED_ACCURACY:
            if f"{prefix}{name}" in logs:
                row[f"{prefix}accuracy"] = float(logs[f"{prefix}{name}"])
                break
    return row


def _digest(model: keras.Model) -> bytes:
    """Of all weights: tells whether another callback changed them."""
    digest = hashlib.blake2b(digest_size=16)
    for weights in model.get_weights():
        digest.update(np.ascontiguousarray(weights).tobytes())
    return digest.digest()
