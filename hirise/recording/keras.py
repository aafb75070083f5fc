"""`RunRecorder`: one line in any `model.fit` makes a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hirise.diagnosis.usual import is_for_numbers
from hirise.errors import InputError
from hirise.progress import Progress
from hirise.recording.callback import RecordingCallback
from hirise.recording.keras_batches import labelled_batches
from hirise.recording.keras_network import KerasWatcher
from hirise.recording.labels import largest_id
from hirise.recording.names import names_by_split
from hirise.recording.outputs import check_outputs
from hirise.recording.splits import RecordedSplit
from hirise.runs.tables import RECORDED_COLUMNS

ON_COLLAPSE = ("warn", "stop", "ignore")
MOST_CLASSES = 1000
"""Labels above are numbers of something else, where a network has fewer outputs."""
STOP_AFTER = 3
"""Epochs in a row that must collapse before `on_collapse="stop"` stops."""


class RunRecorder(RecordingCallback, keras.callbacks.Callback):  # type: ignore[misc]
    """Records a `model.fit` as a run: `callbacks=[RunRecorder(title="my run", …)]`.

    After each epoch the network predicts images of both splits in inference mode, as
    many as take a small fraction of the epoch's time: at least 200 of validation and
    100 of training, at most 2,000 of training. All validation images are predicted at
    the end. The run folder gets the curves, as Keras logged them beside those of
    inference mode, the counts of predicted classes, the predictions for validation, the
    labels that were seen and the statistics of the layers; `hirise check` and the pages
    read it meanwhile. What cannot be recorded is a `RecordingWarning`, and the training
    runs on.

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
    recorder : Recorder
    run : Run
        The run as it now stands on disk, from the beginning of `fit`.

    Raises
    ------
    InputError
        A `ValueError` of one line, for what cannot be recorded, before `fit`.
    """

    layout = "keras"
    keeps_logged = True
    """Whether `loss` and so on are as Keras logged them, not of inference mode."""

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
        if on_collapse not in ON_COLLAPSE:
            raise InputError(
                f"`on_collapse` must be one of {', '.join(ON_COLLAPSE)}, "
                f"got {on_collapse!r}."
            )
        super().__init__(title, artifacts=artifacts, progress=progress)
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
        self._read: list[RecordedSplit] = []
        self._is_on = False
        self.broken: str | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        recorder = self.recorder
        recorder.on_collapse = "ignore" if self.on_collapse == "ignore" else "warn"
        recorder.__enter__()
        self._is_on, self.broken = False, None
        with recorder.guarded("this training"):
            recorder.watch(self.model)
            class_names = self._class_names(self._count_outputs())
            recorder.settings["epochs"] = self.params["epochs"]
            if self.params["steps"]:
                recorder.settings["steps"] = self.params["steps"]
            self._read = [s for s in self.splits if self._begin(s, len(class_names))]
            recorder.begin(
                class_names,
                [split.names for split in self._read if split.names],
                steps=self.params["steps"] or 0,
                notes=[split.note for split in self._read if split.note],
            )
            self._is_on = True

    def _begin(self, split: RecordedSplit, n_classes: int) -> bool:
        """Whether the labels of a split can be read; without, curves are recorded."""
        settings = self.recorder.settings
        with self.recorder.guarded(f"the {split.split} images"):
            if split.split == "train":
                settings |= split.settings()
            try:
                split.begin(n_classes)
            except InputError as error:
                unread = settings.get("unread_labels", {})
                settings["unread_labels"] = {**unread, split.split: error.refusal.what}
                raise
            return True
        return False

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self._is_on:
            self._epoch = epoch + 1
            self.recorder.start_epoch(epoch + 1)

    def on_train_batch_begin(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if self._is_on:
            with self.recorder.guarded("a batch"):
                self._watcher.begin_batch()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if not self._is_on:
            return
        # Keras gives the mean of the epoch so far: once NaN, it stays NaN.
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss) and self.broken is None:
            self.broken = (
                f"The training loss became {loss} in epoch {self._epoch}, "
                f"batch {batch + 1}."
            )
        with self.recorder.guarded("a batch"):
            self._watcher.end_batch((logs or {}).get("loss"))
            self.recorder.log.end_batch(batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if not self._is_on:
            return
        logs, recorder = {} if logs is None else logs, self.recorder
        numbers = {name: value for name, value in logs.items() if not np.ndim(value)}
        data: dict[str, Any] = {split.split: split for split in self._read}
        recorder.log_epoch(**data, **(numbers if self.keeps_logged else {}))
        for name, value in recorder.row.items():
            if name.startswith("val_") and name not in RECORDED_COLUMNS:
                logs.setdefault(name, value)
        if self.on_collapse == "stop" and recorder.n_collapsing >= STOP_AFTER:
            self.broken = self.broken or f"Stopped as collapsed. {recorder.collapse}"
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._is_on:
            self.recorder.finish(error=self.broken)

    @property
    def _watcher(self) -> KerasWatcher:
        watcher = self.recorder.watcher
        assert isinstance(watcher, KerasWatcher)
        return watcher

    def _count_outputs(self) -> int:
        """How many outputs the network has; tried on one batch where it is unknown."""
        shape = getattr(self.model, "output_shape", None)
        if isinstance(shape, tuple) and len(shape) == 2 and shape[-1]:
            return int(shape[-1])
        for split in self.splits:
            outputs = self._watcher.predict(split.first_batch())
            return int(check_outputs(outputs, split.argument).shape[1])
        if self._given_names is not None:
            return len(self._given_names)
        raise InputError(
            "RunRecorder cannot tell how many classes the network has.",
            how="Give `validation_data` or `class_names`.",
        )

    def _count_labels(self) -> int:
        """How many classes the labels have, where they are ids; else 0.

        A network with fewer outputs is recorded too: that is what is wrong with it.
        """
        if self._given_names is not None or is_for_numbers(self._loss_name()):
            return 0
        known = [split.data.labels for split in self.splits]
        most = max((largest_id(y) for y in known if y is not None), default=-1)
        return most + 1 if most < MOST_CLASSES else 0

    def _loss_name(self) -> str:
        loss = self._watcher.loss
        return "" if loss is None else str(loss["name"])

    def _class_names(self, n_outputs: int) -> tuple[str, ...]:
        n_classes = max(n_outputs, 2, self._count_labels())
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
