"""What `RunRecorder` costs per epoch, beside Keras' own validation pass.

    python tests/benchmarks/recorder_cost.py [--epochs 5] [--size 128]

One `model.fit` per way of giving the data (arrays; a `tf.data` pipeline that decodes
PNG files), with 3,000 training and 1,000 validation images and the blog's network.
Keras validates in the fit itself; its pass is timed from `on_test_begin` to
`on_test_end`, the recorder's from the beginning to the end of its `on_epoch_end`. The
first epoch, in which TensorFlow traces the network, is left out; medians of the others,
in seconds. The recorder predicts all validation images once more, and a fixed sample of
2,000 training images: without `training_data` the second part falls away.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from hirise.recording.keras import CollapseWarning, RunRecorder

N_TRAIN, N_VAL, N_CLASSES = 3_000, 1_000, 8


class Timed(RunRecorder):
    """Takes the time of Keras' validation and of its own work, per epoch."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.keras: list[float] = []
        self.own: list[float] = []

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._test_begun = time.perf_counter()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        self.keras.append(time.perf_counter() - self._test_begun)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        begun = time.perf_counter()
        super().on_epoch_end(epoch, logs)
        self.own.append(time.perf_counter() - begun)


def make_model(size: int) -> keras.Model:
    model = keras.Sequential([keras.Input((size, size, 1))])
    model.add(keras.layers.Rescaling(1 / 255))
    for width in (16, 32, 64):
        model.add(keras.layers.Conv2D(width, 3, padding="same", activation="relu"))
        model.add(keras.layers.MaxPooling2D())
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(128, activation="relu"))
    model.add(keras.layers.Dense(N_CLASSES))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    return model


def pipeline(folder: Path, x: Any, y: Any, *, shuffle: bool) -> tf.data.Dataset:
    """Files of images, decoded in each pass."""
    folder.mkdir()
    paths = []
    for number, image in enumerate(x):
        path = folder / f"{number:05d}.png"
        path.write_bytes(tf.io.encode_png(image.astype(np.uint8)).numpy())
        paths.append(str(path))

    def load(path: Any, label: Any) -> tuple[Any, Any]:
        image = tf.io.decode_png(tf.io.read_file(path), channels=1)
        return tf.ensure_shape(tf.cast(image, tf.float32), x.shape[1:]), label

    data = tf.data.Dataset.from_tensor_slices((paths, y))
    data = data.shuffle(len(paths), seed=0) if shuffle else data
    return data.map(load, num_parallel_calls=tf.data.AUTOTUNE).batch(32).prefetch(2)


def measure(name: str, train: Any, val: Any, *, size: int, epochs: int) -> None:
    for sampled in (False, True):
        keras.utils.set_random_seed(0)
        with tempfile.TemporaryDirectory() as artifacts:
            recorder = Timed(
                validation_data=val,
                training_data=train if sampled else None,
                artifacts=artifacts,
            )
            given = {"x": train} if name != "arrays" else {"x": train[0], "y": train[1]}
            make_model(size).fit(
                **given,
                validation_data=val,
                epochs=epochs + 1,
                callbacks=[recorder],
                verbose=0,
            )
        keras_s = statistics.median(recorder.keras[1:])
        own_s = statistics.median(recorder.own[1:])
        what = "val and 2,000 training images" if sampled else "val alone"
        print(
            f"{name:<9} {what:<30} Keras' validation {keras_s:6.2f} s   "
            f"recorder {own_s:6.2f} s   ratio {own_s / keras_s:5.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--size", type=int, default=128)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", CollapseWarning)
    size, rng = chosen.size, np.random.default_rng(0)
    y = rng.integers(0, N_CLASSES, N_TRAIN + N_VAL)
    x = rng.integers(0, 256, (len(y), size, size, 1)).astype("float32")
    train, val = (x[:N_TRAIN], y[:N_TRAIN]), (x[N_TRAIN:], y[N_TRAIN:])
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"Keras {keras.__version__}; {N_TRAIN:,} training and {N_VAL:,} validation "
        f"images of {size}×{size}, median of {chosen.epochs} epochs"
    )
    measure("arrays", train, val, size=size, epochs=chosen.epochs)
    with tempfile.TemporaryDirectory() as folder:
        files = [
            pipeline(Path(folder) / "train", *train, shuffle=True),
            pipeline(Path(folder) / "val", *val, shuffle=False),
        ]
        measure("tf.data", *files, size=size, epochs=chosen.epochs)


if __name__ == "__main__":
    main()
