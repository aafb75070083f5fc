"""`Recorder`: a training in any framework, or none, recorded as a run."""

from __future__ import annotations

import time
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats
from hirise.errors import InputError, error_line
from hirise.history.names import curve_of
from hirise.progress import Progress
from hirise.recording.epochs import (
    METRICS,
    CollapseWarning,
    EpochLog,
    RecordingWarning,
    evaluate_epoch,
    evaluate_labels,
)
from hirise.recording.frameworks import (
    first_images,
    framework_of,
    kept_random_state,
    load_batches,
    most_within,
)
from hirise.recording.loaders import Loader
from hirise.recording.names import (
    checked_names,
    common_folder,
    landmarks_of,
    relative_name,
)
from hirise.recording.outcomes import Outcome, of_arrays, of_loader
from hirise.recording.outputs import predictions_from_scores
from hirise.recording.recorded_images import (
    class_ids_of,
    names_of_classes,
    write_arrays,
    write_seen,
)
from hirise.recording.splits import begin_run, leave_interrupted
from hirise.runs import Run, RunWriter
from hirise.runs.tables import HISTORY_COLUMNS, RECORDED_COLUMNS
from hirise.runs.writer import check_title

LAYER_IMAGES = 64
"""Images with which the layers are described after each epoch."""


class Watcher(Protocol):
    """A network that a framework's module watches."""

    packages: tuple[str, ...]
    activation: str

    @property
    def from_logits(self) -> bool | None: ...
    @property
    def learning_rate(self) -> float | None: ...
    @property
    def regularisation_loss(self) -> float | None: ...
    def predict(self, x: Any) -> NDArray[Any]: ...
    def settings(self) -> dict[str, Any]: ...
    def layer_rows(self, epoch: int) -> list[dict[str, Any]]: ...
    def probe(
        self, batches: Sequence[Any], class_names: Sequence[str], *, split: str
    ) -> dict[str, Any]: ...
    def mark(self) -> float: ...
    def close(self) -> None: ...


class Recorder:
    """Records a training as a run: in a `with` block around any training loop.

    It never raises while the training runs: what cannot be recorded is a
    `RecordingWarning` and a line in the run's log.

    Parameters
    ----------
    title : str
        Name of the run.
    class_names : sequence of str, optional
        In the order of the ids. By default those that a dataset tells, or numbers.
    settings : mapping, optional
        What else is known of the training, such as `{"batch_size": 32}`.
    artifacts : str or Path
        Where the run folder is made.
    on_collapse : {"warn", "ignore"}
        Whether a collapse that begins issues a `CollapseWarning`.
    progress : Progress, optional

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> proba = [[0.9, 0.1], [0.2, 0.8]]
    >>> with TemporaryDirectory() as folder:
    ...     with Recorder("Small", artifacts=folder) as recorder:
    ...         recorder.log_epoch(val={"y_true": [0, 1], "proba": proba}, loss=0.3)
    ...     history = recorder.run.history()
    >>> history[["loss", "val_accuracy"]].to_dict("records")
    [{'loss': 0.3, 'val_accuracy': 1.0}]
    """

    def __init__(
        self,
        title: str = "run",
        *,
        class_names: Sequence[str] | None = None,
        settings: Mapping[str, Any] | None = None,
        artifacts: str | Path = "artifacts",
        on_collapse: str = "warn",
        progress: Progress | None = None,
    ) -> None:
        if on_collapse not in ("warn", "ignore"):
            raise InputError(
                f"`on_collapse` must be one of warn, ignore, got {on_collapse!r}."
            )
        self.title = check_title(title)
        self.artifacts = Path(artifacts)
        self.on_collapse = on_collapse
        self.progress = progress or Progress()
        self.settings = dict(settings or {})
        self.class_names = None if class_names is None else tuple(map(str, class_names))
        self.writer: RunWriter | None = None
        self.watcher: Watcher | None = None
        self.layout = "recorded"
        self.seconds_spent = 0.0
        self._epoch = 0
        self._started = self._epoch_started = time.monotonic()
        self._loaders: dict[str, tuple[Any, Loader]] = {}
        self._most: dict[str, int] = {}
        self._names: dict[str, list[str] | None] = {}
        self._last: dict[str, Outcome] = {}
        self._mark = float("nan")
        self._warned: set[str] = set()
        self._collapsing = self._over = False

    @property
    def run(self) -> Run:
        """The run as it now stands on disk, from the first epoch on."""
        if self.writer is None:
            raise InputError(
                "Nothing is recorded yet.", how="Call `log_epoch` after each epoch."
            )
        return self.writer.read()

    def __enter__(self) -> Self:
        self._started = self._epoch_started = time.monotonic()
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None:
            self.finish()
        elif isinstance(error, Exception):
            self._end("failed", error=error_line(error))
        else:
            self._end("interrupted")

    def watch(
        self,
        model: Any,
        *,
        predict: Callable[[Any], Any] | None = None,
        loss: Any = None,
    ) -> None:
        """Watch a network of PyTorch while it is trained: gradients, updates, input.

        Parameters
        ----------
        model : torch.nn.Module
        predict : function, optional
            Outputs for a batch, in place of `model(batch)`.
        loss : optional
            The loss; found when it is first called, if it is one of PyTorch.
        """
        with self._guarded("the network"):
            if self.watcher is not None:
                self.watcher.close()
            module = framework_of(model)
            if module is None:
                raise InputError(
                    f"`watch` cannot watch {type(model).__name__}.",
                    how="It takes a PyTorch network. Keras has a callback, "
                    "hirise.recording.keras.RunRecorder.",
                )
            self.watcher = module.TorchWatcher(model, predict=predict, loss=loss)

    def log_epoch(self, *, train: Any = None, val: Any = None, **metrics: Any) -> None:
        """Record an epoch that has just ended.

        Parameters
        ----------
        train, val : mapping, or loader, optional
            A mapping holds `y_true` with `proba`, `logits` or `y_pred`, and perhaps
            `images`, the names; or `loader` and `predict`, which gives the outputs for
            a batch. A loader alone is predicted by the network that is watched, in
            inference mode. Of training images at most 2,000 are predicted.
        **metrics
            What the framework itself logged: `loss`, `accuracy`, `val_loss`,
            `learning_rate` and so on, by any usual name. They are kept beside what is
            measured here in inference mode.
        """
        begun = time.monotonic()
        with self._guarded(f"epoch {self._epoch + 1}"), kept_random_state():
            self._log_epoch(train, val, metrics)
        self._epoch_started = time.monotonic()
        self.seconds_spent += self._epoch_started - begun

    def finish(self, model: Any = None) -> None:
        """The training is over; write what its layers do, and the last predictions.

        Parameters
        ----------
        model : optional
            The network as it is kept, where it was not watched.
        """
        with self._guarded("the end"), kept_random_state():
            if model is not None and self.watcher is None:
                self.watch(model)
            self._write_last()
        self._end("finished")

    def _end(self, status: Any, **changes: Any) -> None:
        if self._over:
            return
        self._over = True
        with self._guarded("the end"):
            if self.watcher is not None:
                self.watcher.close()
            if self.writer is not None:
                self._finalizer.detach()
                seconds = round(time.monotonic() - self._started, 1)
                changes.setdefault("epoch", self._epoch or None)
                self.writer.finish(status, seconds=seconds, **changes)

    def _log_epoch(self, train: Any, val: Any, metrics: Mapping[str, Any]) -> None:
        outcomes: dict[str, Outcome] = {}
        for split, data in (("train", train), ("val", val)):
            if data is not None:
                with self._guarded(f"{split} of epoch {self._epoch + 1}"):
                    outcomes[split] = self._outcome(split, data)
        writer = self._begin(outcomes)
        self._epoch += 1
        self.log.start_epoch(self._epoch, started=self._epoch_started)
        row: dict[str, float] = dict.fromkeys(RECORDED_COLUMNS, float("nan"))
        row |= self._logged(metrics)
        for split in tuple(outcomes):
            with self._guarded(f"{split} of epoch {self._epoch}"):
                self._measure(split, outcomes[split], row)
                continue
            del outcomes[split]
        self._write_new(outcomes)
        rate = row.pop("learning_rate", None)
        if self.watcher is not None:
            rate = self.watcher.learning_rate if rate is None else rate
            penalty = self.watcher.regularisation_loss
            row.setdefault("regularisation_loss", float("nan"))
            if penalty is not None:
                row["regularisation_loss"] = penalty
            self._describe_layers(outcomes)
            self._mark = self.watcher.mark()
            if self._epoch == 1:
                self._write_settings(writer)
        if outcomes:
            self._last = outcomes
        self._tell(self.log.end_epoch(row, learning_rate=rate))

    def _outcome(self, split: str, data: Any) -> Outcome:
        predict = self.watcher.predict if self.watcher is not None else None
        images = None
        if isinstance(data, Mapping) and "loader" not in data:
            return of_arrays(data, self.class_names, argument=split)
        if isinstance(data, Mapping):
            predict, images = data.get("predict") or predict, data.get("images")
            data = data["loader"]
        if predict is None:
            raise InputError(
                "It is not known how a batch is predicted.",
                where=f"`{split}`",
                how="Call `watch(model)` before, or give `predict` beside `loader`.",
            )
        known = self._loaders.get(split)
        if known is None or known[0] is not data:
            seconds = time.monotonic() - self._epoch_started
            most = self._most.get(split)
            if most is None:
                most = most_within(data, predict, split, seconds)
                self._most[split] = most
            loader = load_batches(data, most)
            if images is not None:
                loader = replace(loader, file_paths=checked_names(images), ordered=True)
            known = self._loaders[split] = (data, loader)
        return of_loader(known[1], predict, argument=split)

    def _begin(self, outcomes: Mapping[str, Outcome]) -> RunWriter:
        """The writer; the run folder is made with the first epoch."""
        if self.writer is not None:
            return self.writer
        self.class_names = names_of_classes(self.class_names, outcomes)
        paths = [outcome.names for outcome in outcomes.values() if outcome.names]
        self._folder = common_folder(paths)
        self.writer = begin_run(
            self.artifacts,
            title=self.title,
            class_names=self.class_names,
            recipe={"select_by": "last", **self.settings},
            folder=self._folder,
            layout=self.layout,
            packages=() if self.watcher is None else self.watcher.packages,
            notes=[],
        )
        self._finalizer = weakref.finalize(self, leave_interrupted, self.writer)
        epochs = self.settings.get("epochs")
        total = epochs if isinstance(epochs, int) else 0
        self.log = EpochLog(self.writer, self.progress, epochs=total, steps=0)
        return self.writer

    def _logged(self, metrics: Mapping[str, Any]) -> dict[str, float]:
        """What the framework logged, by column; the log names what has no column."""
        row: dict[str, float] = {}
        for name, value in metrics.items():
            column = curve_of(name)
            if column in HISTORY_COLUMNS and column not in row:
                row[column] = float(value)
            elif self.writer is not None:
                self.writer.log(f"logged {name}={float(value):.5g}")
        return row

    def _measure(self, split: str, outcome: Outcome, row: dict[str, float]) -> None:
        """Add the metrics of a split to `row`, and write its predictions."""
        assert self.writer is not None
        assert self.class_names is not None
        prefix = "val_" if split == "val" else ""
        truth = outcome.ids(len(self.class_names), split)
        scores = self._scores(outcome)
        if scores is None:
            assert outcome.y_pred is not None
            predicted = class_ids_of(outcome.y_pred, len(self.class_names), split)
            metrics = evaluate_labels(
                self.writer,
                predicted,
                truth,
                epoch=self._epoch,
                split=split,
                class_names=self.class_names,
            )
        else:
            metrics = evaluate_epoch(
                self.writer,
                scores,
                truth,
                epoch=self._epoch,
                split=split,
                class_names=self.class_names,
            )
            row[f"{prefix}inference_loss"] = metrics["loss"]
        row[f"{prefix}inference_accuracy"] = metrics["accuracy"]
        for name in ("loss", *METRICS):
            if name in metrics:
                row.setdefault(f"{prefix}{name}", metrics[name])

    def _scores(self, outcome: Outcome) -> Floats | None:
        watcher = self.watcher
        return outcome.scores(
            activation="" if watcher is None else watcher.activation,
            from_logits=None if watcher is None else watcher.from_logits,
        )

    def _write_new(self, outcomes: Mapping[str, Outcome]) -> None:
        """Write names, labels and images once, and predictions on validation."""
        new = [split for split in outcomes if split not in self._names]
        for split in new:
            self._names[split] = self._names_in_run(split, outcomes[split])
        if new:
            assert self.writer is not None
            assert self.class_names is not None
            write_seen(self.writer, self.class_names, outcomes, self._names)
            write_arrays(
                self.writer,
                {split: outcomes[split] for split in new},
                self._names,
                artifacts=self.artifacts,
                has_files=self._folder is not None,
            )
        if "val" in outcomes:
            self._write_predictions(outcomes["val"])

    def _names_in_run(self, split: str, outcome: Outcome) -> list[str] | None:
        """Names of the images: of files relative to their folder, or numbers."""
        if outcome.names is not None:
            if self._folder is None:
                return outcome.names
            return [relative_name(name, self._folder) for name in outcome.names]
        loader = outcome.loader
        # Without pictures the names would be those of files that nobody has.
        if loader is None or not loader.ordered or not outcome.pictures:
            return None
        rows = np.arange(len(outcome.truth)) if loader.rows is None else loader.rows
        return [f"{split}/{row:06d}.png" for row in rows]

    def _write_predictions(self, outcome: Outcome) -> None:
        assert self.writer is not None
        assert self.class_names is not None
        names, n_classes = self._names_in_run("val", outcome), len(self.class_names)
        truth, scores = outcome.ids(n_classes, "val"), self._scores(outcome)
        if scores is None:
            assert outcome.y_pred is not None
            hard = class_ids_of(outcome.y_pred, n_classes, "val")
            scores = np.where(np.eye(n_classes, dtype=bool)[hard], np.nan, -np.inf)
            scores = np.where(np.isnan(scores), np.inf, scores)
        predictions = predictions_from_scores(
            scores,
            truth,
            class_names=self.class_names,
            split="val",
            image=names,
            group=landmarks_of(names),
        )
        self.writer.write_predictions("val", predictions.write)

    def _describe_layers(self, outcomes: Mapping[str, Outcome]) -> None:
        """Dead and saturated units after this epoch, gradients and updates in it."""
        assert self.writer is not None
        assert self.watcher is not None
        outcome = outcomes.get("val") or outcomes.get("train")
        if outcome is not None and outcome.batches:
            few = first_images(outcome.batches, LAYER_IMAGES)
            split = "val" if "val" in outcomes else "train"
            with self._guarded("the layers"):
                self.watcher.probe(few, self.class_names or (), split=split)
        rows = self.watcher.layer_rows(self._epoch)
        if rows:
            self.writer.append_layer_stats(rows)

    def _write_last(self) -> None:
        """Predict again if the weights changed since; describe the layers."""
        if self.writer is None or self.watcher is None:
            return
        outcome, split = self._last.get("val"), "val"
        if outcome is None:
            outcome, split = self._last.get("train"), "train"
        if outcome is None:
            return
        loader = outcome.loader
        is_changed = np.isfinite(self._mark) and self.watcher.mark() != self._mark
        if split == "val" and loader is not None and (is_changed or loader.is_part):
            every = load_batches(self._loaders["val"][0], None)
            if loader.ordered:
                every = replace(every, file_paths=loader.file_paths, ordered=True)
            again = of_loader(every, self.watcher.predict, argument=split)
            self._write_predictions(again)
        if outcome.batches:
            document = self.watcher.probe(
                outcome.batches, self.class_names or (), split=split
            )
            self.writer.write_json("activations.json", document)
        self._write_settings(self.writer)

    def _write_settings(self, writer: RunWriter) -> None:
        if self.watcher is not None:
            found = self.watcher.settings()
            known = {key: value for key, value in found.items() if value is not None}
            recipe = {"select_by": "last", **known, **self.settings}
            writer.update(recipe=recipe)

    def _tell(self, sentence: str | None) -> None:
        if sentence and not self._collapsing:
            assert self.writer is not None
            self.writer.log(f"Collapsing. {sentence}")
            if self.on_collapse == "warn":
                # One that is an error elsewhere must not end the training.
                warnings.warn(sentence, CollapseWarning, stacklevel=3)
        self._collapsing = bool(sentence)

    @contextmanager
    def _guarded(self, what: str) -> Iterator[None]:
        """Tell of an error in recording, and let the training run on."""
        try:
            yield
        except Warning:
            raise
        except Exception as error:
            text = str(error) if isinstance(error, InputError) else error_line(error)
            message = f"{what} could not be recorded: {text}"
            if self.writer is not None:
                self.writer.log(message)
            if text not in self._warned:
                self._warned.add(text)
                told = message[:1].upper() + message[1:]
                warnings.warn(told, RecordingWarning, stacklevel=3)
