"""A replay from its first exercise to its last, recorded with the labels it saw."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from hirise.arrays import Ints
from hirise.data.features import image_features, write_image_features
from hirise.errors import InputError
from hirise.mars.blog import Exercise
from hirise.metrics.metrics import classification_summary
from hirise.progress import Progress
from hirise.recording.batches import SAMPLE, fixed_sample
from hirise.recording.keras import RunRecorder
from hirise.recording.keras_network import PACKAGES
from hirise.recording.names import landmarks_of
from hirise.recording.outcomes import Outcome
from hirise.recording.outputs import predictions_from_scores
from hirise.recording.recorder import Recorder
from hirise.runs import RunWriter, create_run
from hirise.runs.replays import Labels, Replay, ReplayedRun, write_replay
from hirise.runs.tables import RECORDED_COLUMNS
from hirise.runs.writer import portable_path
from hirise.training.replay.notebook import (
    SEED,
    Loaded,
    Notebook,
    blog_network,
    in_order,
)
from hirise.training.replay.plan import ReplayPlan, image_folder
from hirise.training.session import end_failed

NETWORK_SEED = 0

_TRUE_METRICS = ("accuracy", "macro_f1")


class ReplayRecorder(RunRecorder):
    """A `RunRecorder` that knows the true labels too.

    `history.csv` gets `right_accuracy` and `right_macro_f1`, also with `val_`: the same
    predictions against the true labels.

    Parameters
    ----------
    known : Known
    options
        Those of `RunRecorder`.
    """

    # A replay compares inference mode with inference mode.
    keeps_logged = False

    def __init__(self, known: Known, **options: Any) -> None:
        self.known = known
        super().__init__(**options, on_collapse="ignore")

    def make_recorder(self, title: str, **options: Any) -> Recorder:
        return _Recorder(self.known, title, **options)


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of an exercise beside what it trains with.

    Attributes
    ----------
    catalog : DataFrame
        Columns of `Catalog.table`, true labels, `split` as the exercise had it.
    seen : DataFrame
        `image`, `split`, `label`: what Keras paired, sorted by file name.
    features : DataFrame
        Of all images, see `hirise.data.features`.
    true_labels : mapping of split to (n_images,) int
        In the order of `training_data` and `validation_data`.
    about : dict
        `recipe`, `dataset` and `notes` for `run.json`.
    """

    catalog: pd.DataFrame
    seen: pd.DataFrame
    features: pd.DataFrame
    true_labels: dict[str, Ints]
    about: dict[str, Any]


class _Recorder(Recorder):
    """Writes what is known of an exercise into its run, and the true metrics.

    A replay whose recording fails proves nothing, and all its images count.
    """

    lets_run_on = limits_images = False
    is_described = True

    def __init__(self, known: Known, title: str, **options: Any) -> None:
        self.known = known
        super().__init__(title, **(options | {"settings": known.about["recipe"]}))

    def make_run(self, folder: Path | None, notes: Sequence[str]) -> RunWriter:
        writer = create_run(
            self.artifacts,
            title=self.title,
            class_names=self.class_names or (),
            recipe=self.recipe(),
            dataset=self.known.about["dataset"],
            seed=SEED,
            packages=(*PACKAGES, "scikit-learn"),
            notes=self.known.about["notes"],
        )
        writer.write_table("catalog.parquet", self.known.catalog)
        writer.write_table("labels_seen.parquet", self.known.seen)
        writer.write_file(
            "image_features.parquet",
            lambda path: write_image_features(self.known.features, path),
        )
        return writer

    def measure(self, split: str, outcome: Outcome, row: dict[str, float]) -> None:
        super().measure(split, outcome, row)
        for name in RECORDED_COLUMNS:
            row.pop(name, None)
        assert outcome.outputs is not None
        assert outcome.loader is not None
        rows, labels = outcome.loader.rows, self.known.true_labels[split]
        y_pred = outcome.outputs.argmax(axis=1).astype(np.int64)
        summary = classification_summary(
            labels if rows is None else labels[rows],
            y_pred,
            len(self.class_names or ()),
        )
        prefix = "val_" if split == "val" else ""
        for name in _TRUE_METRICS:
            row[f"right_{prefix}{name}"] = summary[name]

    @staticmethod
    def line(row: Mapping[str, float]) -> str:
        return (
            f"accuracy {row['accuracy']:.3f}, val accuracy {row['val_accuracy']:.3f} "
            f"as recorded, {row['right_val_accuracy']:.3f} by the correct labels; "
            f"{row['seconds']:.1f} s"
        )


def replay(
    plan: ReplayPlan, *, artifacts: Path, progress: Progress | None = None
) -> Replay:
    """Train every exercise as the blog did, then each with the true labels.

    Raises
    ------
    InputError
        If an image cannot be decoded, or the disk or the memory gives out.
    KeyboardInterrupt
        On Ctrl-C; the exercise then reads as interrupted and the others are kept.
    """
    progress = progress or Progress()
    # Names of weights and places of dropout then come out the same every time.
    tf.config.experimental.enable_op_determinism()
    result = Replay(
        id=f"{datetime.now().astimezone():%Y%m%d-%H%M%S}",
        data=portable_path(plan.catalog.root, artifacts),
        epochs=plan.epochs,
        n_images=plan.n_images,
    )
    labelings: tuple[Labels, ...] = ("recorded", "right")
    trainings = [
        (labels, exercise) for labels in labelings for exercise in plan.exercises
    ]
    features = image_features(plan.used, progress=progress)
    with image_folder(plan) as folder:
        for number, (labels, exercise) in enumerate(trainings, start=1):
            training = _Training(plan, folder, features, exercise, labels, artifacts)
            progress.say(f"[{number}/{len(trainings)}] {training.title}")
            run = training.run(progress)
            result = replace(result, runs=(*result.runs, run))
            write_replay(artifacts, result)
    return result


@dataclass(frozen=True, eq=False)
class _Training:
    """One exercise with one kind of labels."""

    plan: ReplayPlan
    folder: Path
    features: pd.DataFrame
    exercise: Exercise
    labels: Labels
    artifacts: Path

    @property
    def title(self) -> str:
        """What the run is called."""
        suffix = " with the correct labels" if self.labels == "right" else ""
        return f"{self.exercise.title}{suffix}"

    @property
    def names(self) -> tuple[str, ...]:
        return self.plan.catalog.class_names

    def run(self, progress: Progress) -> ReplayedRun:
        """Train, record and test."""
        started = time.monotonic()
        keras.utils.set_random_seed(NETWORK_SEED)
        true_labels = self.plan.training["label"].to_numpy(dtype=np.int64)
        copy_labels = self.labels == "right"
        notebook = Notebook(self.folder, true_labels, copy_labels=copy_labels)
        train, val = notebook.cells(
            batch_size=self.exercise.batch_size,
            calls_before=self.exercise.calls_before,
        )
        model = blog_network(self.exercise, len(self.names))
        recorder = self._recorder(train, val, progress)
        try:
            model.fit(
                train.dataset,
                validation_data=val.dataset,
                epochs=self.plan.epochs,
                callbacks=[recorder],
                shuffle=False,
                verbose=0,
            )
            accuracy = self._test(model, recorder)
        except BaseException as error:
            failure = _as_input_error(error)
            writer = recorder.recorder.writer
            if writer is not None:
                seconds = round(time.monotonic() - started, 1)
                end_failed(writer, failure, seconds)
            raise failure from None if failure is error else error
        return ReplayedRun(
            exercise=self.exercise.key,
            labels=self.labels,
            run=recorder.run.info.id,
            test_accuracy=accuracy,
        )

    def _recorder(
        self, train: Loaded, val: Loaded, progress: Progress
    ) -> ReplayRecorder:
        rows = fixed_sample(
            train.labels, np.arange(len(train.files)), seed=0, most=SAMPLE
        )
        sample = [train.files[row] for row in rows]
        table = self.plan.training.set_index("file")
        known = Known(
            catalog=self._catalog(table, train, val),
            seen=_seen(table, train, val),
            features=self.features,
            true_labels={
                split: table.loc[files, "label"].to_numpy(dtype=np.int64)
                for split, files in (("train", sample), ("val", val.files))
            },
            about=self._about(),
        )
        return ReplayRecorder(
            known,
            title=self.title,
            training_data=self._pipeline(sample, train.labels[rows]),
            validation_data=self._pipeline(val.files, val.labels),
            images={"val": list(table.loc[val.files, "image"])},
            class_names=self.names,
            artifacts=self.artifacts,
            progress=progress,
        )

    def _pipeline(self, files: list[str], labels: Ints) -> Any:
        paths = [self.folder / file for file in files]
        return in_order(paths, labels, batch_size=self.exercise.batch_size)

    def _catalog(self, table: pd.DataFrame, train: Loaded, val: Loaded) -> pd.DataFrame:
        """The table of the images, with the true labels."""
        split_of = dict.fromkeys(self.plan.test["image"], "test")
        for split, loaded in (("train", train), ("val", val)):
            split_of |= dict.fromkeys(table.loc[loaded.files, "image"], split)
        used = self.plan.used.table
        return used.assign(split=used["image"].map(split_of).astype("str"))

    def _about(self) -> dict[str, Any]:
        exercise, catalog = self.exercise, self.plan.catalog
        calls = exercise.calls_before + 1
        note = (
            f"Calls {calls} and {calls + 1} of image_dataset_from_directory with one "
            "list of labels: training and validation."
            if self.labels == "recorded"
            else "Each call of image_dataset_from_directory got its own list."
        )
        return {
            "recipe": {
                "name": f"replay-{exercise.key}",
                "what": exercise.what,
                "batch_size": exercise.batch_size,
                "dropout": exercise.dropout,
                "dense": list(exercise.dense),
                "learning_rate": exercise.learning_rate,
            },
            "dataset": {
                "path": portable_path(catalog.root, self.artifacts),
                "fingerprint": catalog.fingerprint,
                "layout": catalog.layout,
                "channels": catalog.channels,
                "split": "replay",
                "fractions": None,
                "n_images": self.plan.n_images,
                "problems": catalog.problem_counts,
            },
            "notes": [note],
        }

    def _test(self, model: keras.Model, recorder: ReplayRecorder) -> float:
        """Write the predictions for the test images, whose labels are true."""
        test = self.plan.test
        paths = [self.plan.catalog.root / path for path in test["path"]]
        labels = test["label"].to_numpy(dtype=np.int64)
        data = in_order(paths, labels, batch_size=self.exercise.batch_size)
        scores = np.asarray(model.predict(data, verbose=0), dtype=np.float64)
        names = list(test["image"])
        predictions = predictions_from_scores(
            scores,
            labels,
            class_names=self.names,
            split="test",
            image=names,
            group=landmarks_of(names),
        )
        assert recorder.recorder.writer is not None
        recorder.recorder.writer.write_predictions("test", predictions.write)
        return float((predictions.y_pred == labels).mean())


def _seen(table: pd.DataFrame, train: Loaded, val: Loaded) -> pd.DataFrame:
    """`image`, `split` and the label that Keras paired, sorted by file name."""
    table = table.copy()
    for split, loaded in (("train", train), ("val", val)):
        table.loc[loaded.files, "split"] = split
        table.loc[loaded.files, "seen"] = loaded.labels
    seen = table[["image", "split", "seen"]].astype({"seen": "int64"})
    return seen.rename(columns={"seen": "label"}).reset_index(drop=True)


def _as_input_error(error: BaseException) -> BaseException:
    """What people can mend, in one line."""
    if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError):
        return InputError(
            "There is not enough memory for this replay.", how="Close other programs."
        )
    if isinstance(error, tf.errors.InvalidArgumentError):
        reason = " ".join(str(error.message).split())[:300]
        return InputError(
            f"Keras cannot decode an image ({reason}).",
            how="`hirise data info` names files that look broken. Remove or replace "
            "them.",
        )
    return error
