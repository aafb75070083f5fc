"""The recorder of `hirise train`, which knows the pixels and labels of all images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from hirise.inference.batches import Ints, Pixels, plain_batches
from hirise.runs import RunWriter
from hirise.training.epoch_judge import Floats, judge
from hirise.training.epoch_recorder import EpochRecorder
from hirise.training.reporter import Reporter

HEAD_BATCH = 1_024
"""Embeddings that go through a head at a time."""


class RecipeRecorder(EpochRecorder):
    """Judges the network after each epoch, in inference mode.

    A loss that is NaN or infinite stops the training; `broken` then says so.

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

    def measured(self, epoch: int, logs: dict[str, Any]) -> dict[str, float]:
        row: dict[str, float] = {}
        for side, prefix in (("train", ""), ("val", "val_")):
            rows = self.sides[side]
            found = judge(
                self.writer,
                logits_of(self.model, self.pixels, rows),
                self.labels[rows],
                epoch=epoch,
                split=side,
                class_names=self.class_names,
            )
            row |= {f"{prefix}{name}": value for name, value in found.items()}
        return row

    def on_broken(self) -> None:
        self.broken = f"{self.broken} Training stopped there."
        self.model.stop_training = True


def logits_of(model: keras.Model, pixels: Pixels, rows: Ints) -> Floats:
    """(len(rows), n_classes) logits in inference mode."""
    if pixels.ndim == 2:
        # A head takes less time than Keras takes to set out on a prediction.
        parts = np.split(rows, range(HEAD_BATCH, len(rows), HEAD_BATCH))
        found = [model.predict_on_batch(pixels[part]) for part in parts]
        return np.concatenate(found).astype(np.float64)
    return np.asarray(
        model.predict(plain_batches(pixels, rows), verbose=0), dtype=np.float64
    )
