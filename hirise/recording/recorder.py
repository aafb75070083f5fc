"""`Recorder`: a training in any framework, or none, recorded as a run."""

from __future__ import annotations

import time
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from hirise.arrays import Floats
from hirise.errors import InputError, error_line
from hirise.history.names import curve_of
from hirise.progress import Progress
from hirise.recording.epochs import (
    METRICS,
    CollapseWarning,
    EpochLog,
    RecordingWarning,
    epoch_line,
    evaluate_epoch,
    evaluate_labels,
    leave_interrupted,
)
from hirise.recording.frameworks import (
    EVERY,
    LAYER_IMAGES,
    Watcher,
    keep_model,
    kept_random_state,
    known_settings,
    load_batches,
    most_within,
    seconds_per_image,
    watcher_of,
)
from hirise.recording.loaders import Loader, few_of
from hirise.recording.names import Names, checked_names, common_folder
from hirise.recording.outcomes import Outcome, of_arrays, of_loader
from hirise.recording.pictures import MOST_DIGESTS
from hirise.recording.recorded_images import (
    RecordedImages,
    class_ids_of,
    names_of_classes,
)
from hirise.runs import Run, RunWriter, create_run
from hirise.runs.info import LABELS_AS_SEEN
from hirise.runs.tables import HISTORY_COLUMNS, RECORDED_COLUMNS
from hirise.runs.writer import check_title, portable_path


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

    Attributes
    ----------
    row : dict
        The last epoch, by column of `history.csv`.
    collapse : str or None
        The sentence that the training collapses, since `n_collapsing` epochs.

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

    lets_run_on = limits_images = True
    """Whether an error in recording lets the training run on, and whether images are
    evaluated as time allows."""
    is_described = False
    """Whether the run has its catalog from elsewhere."""
    line = staticmethod(epoch_line)
    """Words an epoch, given its columns of `history.csv`."""

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
        self.layout = "recorded"
        self._reset()

    def _reset(self) -> None:
        """Be ready for a training."""
        self.writer: RunWriter | None = None
        self.watcher: Watcher | None = None
        self.images: RecordedImages | None = None
        self.row: dict[str, float] = {}
        self.collapse: str | None = None
        self.n_collapsing = self._epoch = 0
        self._started = self._epoch_started = time.monotonic()
        self._loaders: dict[str, tuple[Any, Loader]] = {}
        self._most: dict[str, int] = {}
        self._each = 0.0
        self._last: dict[str, Outcome] = {}
        self._marks: dict[str, int] = {}
        self._warned: set[str] = set()
        self._over = False

    @property
    def run(self) -> Run:
        """The run as it now stands on disk, from the first epoch on."""
        if self.writer is None:
            raise InputError(
                "Nothing is recorded yet.", how="Call `log_epoch` after each epoch."
            )
        return self.writer.read()

    def __enter__(self) -> Self:
        if self.writer is not None:
            # Of a training that an error ended, unless that one is over.
            self._end("interrupted")
            self._reset()
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
        """Watch a network while it is trained: gradients, updates, input.

        Parameters
        ----------
        model : torch.nn.Module or keras.Model
        predict : function, optional
            Outputs for a batch, in place of `model(batch)`.
        loss : optional
            The loss; found when it is first called, if it is one of PyTorch.
        """
        with self.guarded("the network"):
            if self.watcher is not None:
                self.watcher.close()
            self.watcher = watcher_of(model, predict=predict, loss=loss)

    def begin(
        self,
        class_names: Sequence[str],
        images: Sequence[Names] = (),
        *,
        steps: int = 0,
        notes: Sequence[str] = (),
    ) -> None:
        """Make the run folder now; by default that happens with the first epoch.

        Parameters
        ----------
        class_names : sequence of str
        images : sequence of lists of str
            Names of the images of each split, where they are known.
        steps : int
            Batches of an epoch.
        """
        self.class_names = tuple(class_names)
        folder = common_folder(images)
        self.writer = self.make_run(folder, notes)
        self._finalizer = weakref.finalize(self, leave_interrupted, self.writer)
        self.images = RecordedImages(
            self.writer,
            self.class_names,
            artifacts=self.artifacts,
            folder=folder,
            is_described=self.is_described,
        )
        epochs = self.settings.get("epochs")
        total = epochs if isinstance(epochs, int) else 0
        self.log = EpochLog(
            self.writer, self.progress, epochs=total, steps=steps, line=self.line
        )

    def make_run(self, folder: Path | None, notes: Sequence[str]) -> RunWriter:
        """Make the run folder; `folder` is that of the images."""
        path = None if folder is None else portable_path(folder, self.artifacts)
        return create_run(
            self.artifacts,
            title=self.title,
            class_names=self.class_names or (),
            recipe=self.recipe(),
            dataset={"path": path, "layout": self.layout, "labels": LABELS_AS_SEEN},
            packages=() if self.watcher is None else self.watcher.packages,
            notes=notes,
        )

    def start_epoch(self, epoch: int) -> None:
        """An epoch begins; a training that goes on starts further on than at 1."""
        self._epoch, self._epoch_started = epoch - 1, time.monotonic()
        self.log.start_epoch(epoch)

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
        with self.guarded(f"epoch {self._epoch + 1}"), kept_random_state():
            self._log_epoch(train, val, metrics)
        self._epoch_started = time.monotonic()

    def finish(self, model: Any = None, *, error: str | None = None) -> None:
        """The training is over; write what its layers do, and the last predictions.

        Parameters
        ----------
        model : optional
            The network, to be watched now if it was not. One of PyTorch becomes the
            model of the run where `torch.export` can export it; a note says why not.
        error : str, optional
            What went wrong in the training.
        """
        changes: dict[str, Any] = {} if error is None else {"error": error}
        with self.guarded("the end"), kept_random_state():
            if model is not None and self.watcher is None:
                self.watch(model)
            if self.watcher is not None and self._marks:
                # Another epoch's, where weights were restored; None for no epoch's.
                changes["epoch"] = self._marks.get(self.watcher.mark())
            self._write_last()
        if model is not None and self.writer is not None and self.watcher is not None:
            outcome = self._last.get("val") or self._last.get("train")
            batches = [] if outcome is None else outcome.batches
            keep_model(self.writer, self.watcher, model, batches)
        self._end("finished", **changes)

    def _end(self, status: Any, **changes: Any) -> None:
        if self._over:
            return
        self._over = True
        with self.guarded("the end"):
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
                with self.guarded(f"{split} of epoch {self._epoch + 1}"):
                    outcomes[split] = self._outcome(split, data)
        writer = self._begin(outcomes)
        self._epoch += 1
        self.log.start_epoch(self._epoch, started=self._epoch_started)
        row: dict[str, float] = dict.fromkeys(RECORDED_COLUMNS, float("nan"))
        row |= self._logged(metrics)
        for split in tuple(outcomes):
            with self.guarded(f"{split} of epoch {self._epoch}"):
                self.measure(split, outcomes[split], row)
                continue
            del outcomes[split]
        with self.guarded(f"the images of epoch {self._epoch}"):
            self._write_images(outcomes)
        rate = row.pop("learning_rate", None)
        if self.watcher is not None:
            rate = self.watcher.learning_rate if rate is None else rate
            penalty = self.watcher.regularisation_loss
            if penalty is not None and "regularisation_loss" in row:
                row["regularisation_loss"] = penalty
            self._describe_layers(outcomes)
            mark = self.watcher.mark()
            self._marks.pop(mark, None)
            self._marks[mark] = self._epoch
            if len(self._marks) == 1:
                writer.update(recipe=self.recipe())
        if outcomes:
            self._last = outcomes
        self.row = row
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
            most = self._most.get(split) if self.limits_images else EVERY
            if most is None:
                seconds = time.monotonic() - self._epoch_started
                self._each = self._each or seconds_per_image(data, predict)
                most = most_within(split, seconds, each=self._each)
                self._most[split] = most
            loader = load_batches(data, most)
            if images is not None:
                loader = replace(loader, file_paths=checked_names(images), ordered=True)
            known = self._loaders[split] = (data, loader)
        wanted = MOST_DIGESTS if self.images is None else self.images.n_pictures(split)
        return of_loader(known[1], predict, argument=split, n_pictures=wanted)

    def _begin(self, outcomes: Mapping[str, Outcome]) -> RunWriter:
        """The writer; the run folder is made with the first epoch."""
        if self.writer is None:
            names = [outcome.names for outcome in outcomes.values() if outcome.names]
            self.begin(names_of_classes(self.class_names, outcomes), names)
        assert self.writer is not None
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

    def measure(self, split: str, outcome: Outcome, row: dict[str, float]) -> None:
        """Add the metrics of a split to `row`, and write its predictions."""
        assert self.writer is not None
        assert self.class_names is not None
        prefix = "val_" if split == "val" else ""
        truth = outcome.ids(len(self.class_names), split)
        scores = self._scores(outcome)
        about: Any = {"epoch": self._epoch, "split": split}
        about["class_names"] = self.class_names
        if scores is None:
            assert outcome.y_pred is not None
            predicted = class_ids_of(outcome.y_pred, len(self.class_names), split)
            metrics = evaluate_labels(self.writer, predicted, truth, **about)
        else:
            metrics = evaluate_epoch(self.writer, scores, truth, **about)
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
            n_classes=len(self.class_names or ()),
        )

    def _write_images(self, outcomes: Mapping[str, Outcome]) -> None:
        """Write labels, names and pictures once, and predictions on validation."""
        assert self.images is not None
        self.images.write(outcomes)
        if "val" in outcomes:
            self._write_predictions(outcomes["val"])

    def _write_predictions(self, outcome: Outcome) -> None:
        assert self.images is not None
        scores = self._scores(outcome)
        if scores is None:
            scores = outcome.hard_scores(len(self.class_names or ()))
        self.images.write_predictions(outcome, scores)

    def _describe_layers(self, outcomes: Mapping[str, Outcome]) -> None:
        """Dead and saturated units after this epoch, gradients and updates in it."""
        assert self.writer is not None
        assert self.watcher is not None
        outcome, train = outcomes.get("val"), outcomes.get("train")
        with self.guarded("the layers"):
            if train is not None and train.batches:
                self.watcher.learn(train.batches, train.labels, is_over=False)
            outcome = outcome or train
            if outcome is not None and outcome.batches:
                few = few_of(outcome.batches, LAYER_IMAGES)
                split = "train" if outcome is train else "val"
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
        loader, marks = outcome.loader, list(self._marks)
        is_changed = bool(marks) and self.watcher.mark() != marks[-1]
        if split == "val" and loader is not None and (is_changed or loader.is_part):
            every = load_batches(self._loaders["val"][0], None)
            if loader.ordered:
                every = replace(every, file_paths=loader.file_paths, ordered=True)
            again = of_loader(every, self.watcher.predict, argument=split)
            self._write_predictions(again)
        train = self._last.get("train")
        with self.guarded("the layers"):
            if train is not None and train.batches:
                self.watcher.learn(train.batches, train.labels, is_over=True)
            if outcome.batches:
                names = self.class_names or ()
                document = self.watcher.probe(outcome.batches, names, split=split)
                self.writer.write_json("activations.json", document)
        self.writer.update(recipe=self.recipe())

    def recipe(self) -> dict[str, Any]:
        found = {} if self.watcher is None else self.watcher.settings()
        return {"select_by": "last", **known_settings(found), **self.settings}

    def _tell(self, sentence: str | None) -> None:
        self.collapse = sentence
        self.n_collapsing = self.n_collapsing + 1 if sentence else 0
        if sentence and self.n_collapsing == 1 and self.writer is not None:
            self.writer.log(f"Collapsing. {sentence}")
            if self.on_collapse == "warn":
                # One that is an error elsewhere must not end the training.
                warnings.warn(sentence, CollapseWarning, stacklevel=3)

    @contextmanager
    def guarded(self, what: str) -> Iterator[None]:
        """Tell of an error in recording, and let the training run on."""
        try:
            yield
        except Warning:
            raise
        except Exception as error:
            if not self.lets_run_on:
                raise
            text = str(error) if isinstance(error, InputError) else error_line(error)
            message = f"{what} could not be recorded: {text}"
            if self.writer is not None:
                self.writer.log(message)
            if text not in self._warned:
                self._warned.add(text)
                told = message[:1].upper() + message[1:]
                warnings.warn(told, RecordingWarning, stacklevel=3)
