"""Records an exercise with the labels that it saw, and judges it by the right ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hirise.dataset.image_features import write_image_features
from hirise.metrics import classification_summary
from hirise.runs import RunWriter, create_run
from hirise.training.epoch_judge import Floats, Ints
from hirise.training.recorded_run import PACKAGES, described
from hirise.training.recorded_side import RecordedSide
from hirise.training.recorder import RunRecorder
from hirise.training.replay.notebook import SEED
from hirise.training.reporter import Reporter

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
        Of all images, see `hirise.dataset.image_features`.
    right : mapping of side to (n_images,) int
        Right labels in the order of `training_data` and `validation_data`.
    about : dict
        `recipe`, `dataset` and `notes` for `run.json`.
    reporter : Reporter
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
        reporter: Reporter,
        **options: Any,
    ) -> None:
        super().__init__(**options, on_collapse="ignore")
        self.catalog = catalog
        self.seen = seen
        self.features = features
        self.right = right
        self.about = about
        self.reporter = reporter
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
