"""The blog's notebook and network, as they were written."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from hirise.arrays import Ints
from hirise.mars.blog import Exercise

SEED = 123
VALIDATION_SPLIT = 0.15
IMAGE_SIZE = (227, 227)
SUBSETS = ("training", "validation")


@dataclass(frozen=True, eq=False)
class Loaded:
    """The result of one call of `image_dataset_from_directory`.

    Attributes
    ----------
    dataset : tf.data.Dataset
    files : (n,) list of str
        Names in the folder.
    labels : (n,) int
        The labels that Keras paired them with.
    """

    dataset: Any
    files: list[str]
    labels: Ints


class Notebook:
    """Passes one list of labels to Keras, as the blog did.

    Keras shuffles the list in place, so that each call but the first pairs the images
    with labels of other images. With `copy_labels` it gets a copy each time.

    Parameters
    ----------
    folder : Path
        Images, and nothing else.
    labels : (n_images,) int
        In the order of the file names.
    """

    def __init__(
        self, folder: Path, labels: Ints, *, copy_labels: bool = False
    ) -> None:
        self.folder = folder
        self.labels = [int(label) for label in labels]
        self.copy_labels = copy_labels

    def load(self, subset: str, *, batch_size: int) -> Loaded:
        """One call; `subset` is "training" or "validation"."""
        labels = list(self.labels) if self.copy_labels else self.labels
        before = list(labels)
        # Keras prints how many files it found, on each call.
        with redirect_stdout(io.StringIO()):
            dataset = keras.utils.image_dataset_from_directory(
                self.folder,
                validation_split=VALIDATION_SPLIT,
                subset=subset,
                seed=SEED,
                image_size=IMAGE_SIZE,
                batch_size=batch_size,
                labels=labels,
            )
        files = [Path(path).name for path in dataset.file_paths]
        paired = labels if labels != before else _shuffled(before)
        # Of the shuffled files Keras takes the last ones for validation.
        part = slice(len(files)) if subset == "training" else slice(-len(files), None)
        return Loaded(dataset, files, np.array(paired[part], dtype=np.int64))

    def cells(self, *, batch_size: int, calls_before: int) -> tuple[Loaded, Loaded]:
        """Training and validation, after `calls_before` calls in earlier cells."""
        for number in range(calls_before):
            self.load(SUBSETS[number % 2], batch_size=batch_size)
        train, val = (self.load(subset, batch_size=batch_size) for subset in SUBSETS)
        return train, val


def _shuffled(labels: list[int]) -> list[int]:
    """What a Keras that shuffles a copy pairs with its shuffled files."""
    copy = list(labels)
    np.random.RandomState(SEED).shuffle(copy)
    return copy


def in_order(paths: list[Path], labels: Ints, *, batch_size: int) -> Any:
    """The images as Keras decodes them, in this order in each pass."""
    names = [str(path) for path in paths]
    data = tf.data.Dataset.from_tensor_slices((names, labels))

    def load(path: Any, label: Any) -> tuple[Any, Any]:
        # An animated GIF would otherwise come with an axis of its frames.
        image = tf.image.decode_image(
            tf.io.read_file(path), channels=3, expand_animations=False
        )
        image = tf.ensure_shape(
            tf.image.resize(tf.ensure_shape(image, (None, None, 3)), IMAGE_SIZE),
            (*IMAGE_SIZE, 3),
        )
        return image, label

    mapped = data.map(load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return mapped.batch(batch_size).prefetch(tf.data.AUTOTUNE)


def blog_network(exercise: Exercise, n_classes: int) -> keras.Model:
    """Three convolutions with pooling, dropout, dense layers, logits; compiled."""
    model = keras.Sequential(name=f"exercise-{exercise.key}")
    model.add(keras.Input((*IMAGE_SIZE, 3)))
    model.add(layers.Rescaling(1 / 255))
    for width in (16, 32, 64):
        model.add(layers.Conv2D(width, 3, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D())
    if exercise.dropout:
        model.add(layers.Dropout(exercise.dropout))
    model.add(layers.Flatten())
    for width in exercise.dense:
        model.add(layers.Dense(width, activation="relu"))
    model.add(layers.Dense(n_classes))
    model.compile(
        optimizer=keras.optimizers.Adam(exercise.learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model
