"""A replay from its first exercise to its last, recorded with the labels it saw."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from hirise.data import Catalog
from hirise.data.features import image_features, write_image_features
from hirise.errors import InputError
from hirise.mars.blog import Exercise
from hirise.metrics.metrics import classification_summary
from hirise.progress import Progress
from hirise.recording.epoch_scores import SAMPLE, Floats, Ints, fixed_sample
from hirise.recording.keras import RunRecorder
from hirise.recording.keras_data import landmarks
from hirise.recording.run import PACKAGES, RecordedSide, described, predictions_of
from hirise.runs import RunWriter, create_run
from hirise.runs.replays import Labels, Replay, ReplayedRun, write_replay
from hirise.runs.writer import portable_path
from hirise.training.replay.notebook import (
    SEED,
    Loaded,
    Notebook,
    blog_network,
    in_order,
)
from hirise.training.replay.plan import ReplayPlan, image_folder
from hirise.training.session import leave

_RIGHT = ("accuracy", "macro_f1")


class ReplayRecorder(RunRecorder):
    """A `RunRecorder` that knows the right labels too.

    `history.csv` gets `right_accuracy` and `right_macro_f1`, also with `val_`: the same
    predictions against the right labels.

    Parameters
    ----------
    catalog : DataFrame
        Columns of `Catalog.table`, right labels, `split` as the exercise had it.
    seen : DataFrame
        `image`, `split`, `label`: what Keras paired, sorted by file name.
    features : DataFrame
        Of all images, see `hirise.data.features`.
    right : mapping of side to (n_images,) int
        Right labels in the order of `training_data` and `validation_data`.
    about : dict
        `recipe`, `dataset` and `notes` for `run.json`.
    progress : Progress
    options
        Those of `RunRecorder`.
    """

    def __init__(
        self,
        *,
        catalog: pd.DataFrame,
        seen: pd.DataFrame,
        features: pd.DataFrame,
        right: dict[str, Ints],
        about: dict[str, Any],
        progress: Progress,
        **options: Any,
    ) -> None:
        super().__init__(**options, on_collapse="ignore")
        self.progress = progress
        self.catalog = catalog
        self.seen = seen
        self.features = features
        self.right = right
        self.about = about
        self._by_right: dict[str, float] = {}

    def begin_run(self) -> RunWriter:
        epochs = self.params["epochs"]
        writer = create_run(
            self.artifacts,
            title=self.title,
            class_names=self.class_names,
            recipe=described(self.model, epochs=epochs) | self.about["recipe"],
            dataset=self.about["dataset"],
            seed=SEED,
            packages=(*PACKAGES, "scikit-learn"),
            notes=self.about["notes"],
        )
        writer.write_table("catalog.parquet", self.catalog)
        writer.write_table("labels_seen.parquet", self.seen)
        writer.write_file(
            "image_features.parquet",
            lambda path: write_image_features(self.features, path),
        )
        return writer

    def epoch_line(self, row: dict[str, float]) -> str:
        return (
            f"accuracy {row['accuracy']:.3f}, val accuracy {row['val_accuracy']:.3f} "
            f"as recorded, {row['right_val_accuracy']:.3f} by the right labels; "
            f"{row['seconds']:.1f} s"
        )

    def write_seen(self) -> None:
        """Nothing: it was written at the beginning."""

    def measured(self, epoch: int, logs: dict[str, Any]) -> dict[str, float]:
        return super().measured(epoch, logs) | self._by_right

    def judged(
        self, side: RecordedSide, truth: Ints, scores: Floats, *, epoch: int
    ) -> dict[str, float]:
        right = self.right[side.split]
        right = right if side.rows is None else right[side.rows]
        called = scores.argmax(axis=1).astype(np.int64)
        summary = classification_summary(right, called, len(self.class_names))
        for name in _RIGHT:
            self._by_right[f"right_{side.prefix}{name}"] = summary[name]
        return super().judged(side, truth, scores, epoch=epoch)


NETWORK_SEED = 0


def replay(
    plan: ReplayPlan, *, artifacts: Path, progress: Progress | None = None
) -> Replay:
    """Train every exercise as the blog did, then each with the labels right.

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
    done = Replay(
        id=f"{datetime.now().astimezone():%Y%m%d-%H%M%S}",
        data=portable_path(plan.catalog.root, artifacts),
        epochs=plan.epochs,
        n_images=plan.n_images,
    )
    ways: tuple[Labels, ...] = ("recorded", "right")
    todo = [(labels, exercise) for labels in ways for exercise in plan.exercises]
    features = image_features(plan.used)
    with image_folder(plan) as folder:
        for number, (labels, exercise) in enumerate(todo, start=1):
            progress.say(f"[{number}/{len(todo)}] {titled(exercise, labels)}")
            one = _Training(
                plan, folder, features, exercise, labels, artifacts, progress
            )
            done = replace(done, runs=(*done.runs, one.carry_out()))
            write_replay(artifacts, done)
    return done


def titled(exercise: Exercise, labels: Labels) -> str:
    """What the run of an exercise is called."""
    suffix = " with the right labels" if labels == "right" else ""
    return f"{exercise.title}{suffix}"


class _Training:
    """One exercise, one way of labelling."""

    def __init__(
        self,
        plan: ReplayPlan,
        folder: Path,
        features: pd.DataFrame,
        exercise: Exercise,
        labels: Labels,
        artifacts: Path,
        progress: Progress,
    ) -> None:
        self.plan, self.folder, self.exercise = plan, folder, exercise
        self.labels, self.artifacts, self.progress = labels, artifacts, progress
        self.features = features
        self.table = plan.training.set_index("file")
        self.names = plan.catalog.class_names

    def carry_out(self) -> ReplayedRun:
        started = time.monotonic()
        keras.utils.set_random_seed(NETWORK_SEED)
        right = self.plan.training["label"].to_numpy(dtype=np.int64)
        notebook = Notebook(self.folder, right, right=self.labels == "right")
        train, val = notebook.cells(
            batch_size=self.exercise.batch_size,
            calls_before=self.exercise.calls_before,
        )
        model = blog_network(self.exercise, len(self.names))
        recorder = self._recorder(train, val)
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
            failure = _plain(error)
            if hasattr(recorder, "writer"):
                leave(recorder.writer, failure, round(time.monotonic() - started, 1))
            raise failure from None if failure is error else error
        return ReplayedRun(
            exercise=self.exercise.key,
            labels=self.labels,
            run=recorder.writer.id,
            test_accuracy=accuracy,
        )

    def _recorder(self, train: Loaded, val: Loaded) -> ReplayRecorder:
        rows = fixed_sample(
            train.labels, np.arange(len(train.files)), seed=0, most=SAMPLE
        )
        sample = [train.files[row] for row in rows]
        return ReplayRecorder(
            title=titled(self.exercise, self.labels),
            training_data=self._pipeline(sample, train.labels[rows]),
            validation_data=self._pipeline(val.files, val.labels),
            images={"val": list(self.table.loc[val.files, "image"])},
            class_names=self.names,
            artifacts=self.artifacts,
            catalog=self._catalog(train, val),
            seen=self._seen(train, val),
            features=self.features,
            right={"train": self._right(sample), "val": self._right(val.files)},
            about=self._about(),
            progress=self.progress,
        )

    def _pipeline(self, files: list[str], labels: Ints) -> Any:
        paths = [self.folder / file for file in files]
        return in_order(paths, labels, batch_size=self.exercise.batch_size)

    def _right(self, files: list[str]) -> Ints:
        return self.table.loc[files, "label"].to_numpy(dtype=np.int64)

    def _seen(self, train: Loaded, val: Loaded) -> Any:
        """`image`, `split` and the label that Keras paired, sorted by file name."""
        sides = {"train": train, "val": val}
        for split, loaded in sides.items():
            self.table.loc[loaded.files, "split"] = split
            self.table.loc[loaded.files, "seen"] = loaded.labels
        seen = self.table[["image", "split", "seen"]].astype({"seen": "int64"})
        return seen.rename(columns={"seen": "label"}).reset_index(drop=True)

    def _catalog(self, train: Loaded, val: Loaded) -> Any:
        """The table of the images, with the right labels."""
        split = dict.fromkeys(self.plan.test["image"], "test")
        for side, loaded in (("train", train), ("val", val)):
            split |= dict.fromkeys(self.table.loc[loaded.files, "image"], side)
        used = self.plan.used.table
        return used.assign(split=used["image"].map(split).astype("str"))

    def _about(self) -> dict[str, Any]:
        exercise = self.exercise
        calls = exercise.calls_before + 1
        how = (
            f"Calls {calls} and {calls + 1} of image_dataset_from_directory with one "
            "list of labels: training and validation."
            if self.labels == "recorded"
            else "Each call of image_dataset_from_directory got a list of its own."
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
            "dataset": _described(self.plan.catalog, self.plan, self.artifacts),
            "notes": [how],
        }

    def _test(self, model: keras.Model, recorder: ReplayRecorder) -> float:
        """Write what is predicted for the test images, whose labels are right."""
        test = self.plan.test
        paths = [self.plan.catalog.root / path for path in test["path"]]
        labels = test["label"].to_numpy(dtype=np.int64)
        data = in_order(paths, labels, batch_size=self.exercise.batch_size)
        scores = np.asarray(model.predict(data, verbose=0), dtype=np.float64)
        names = list(test["image"])
        found = predictions_of(
            labels,
            scores,
            class_names=self.names,
            split="test",
            names=names,
            groups=landmarks(names),
        )
        recorder.writer.write_predictions("test", found.write)
        return float((found.y_pred == labels).mean())


def _plain(error: BaseException) -> BaseException:
    """What a person can mend, in one line."""
    if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError):
        return InputError("The memory is not enough for this replay. Close others.")
    if isinstance(error, tf.errors.InvalidArgumentError):
        reason = " ".join(str(error.message).split())[:300]
        return InputError(
            f"Keras cannot decode an image ({reason}). `hirise data info` names files "
            "that look broken; remove or replace them."
        )
    return error


def _described(catalog: Catalog, plan: ReplayPlan, artifacts: Path) -> dict[str, Any]:
    return {
        "path": portable_path(catalog.root, artifacts),
        "fingerprint": catalog.fingerprint,
        "layout": catalog.layout,
        "split": "replay",
        "fractions": None,
        "n_images": plan.n_images,
        "problems": catalog.problem_counts,
    }
