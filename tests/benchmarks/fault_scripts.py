"""Keras scripts as people write them, each with one known fault.

`FAULTS` names the cause of each (hirise/diagnosis/causes/table.py). Faults are written
down as people make them; none was adjusted to what the checks look for.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from small_mars import CLASSES, Images, Mars

from hirise.predictions import Predictions
from hirise.recording.keras import RunRecorder

N = len(CLASSES)
SHAPE = (64, 64, 1)


def sound(
    *, dropout: float = 0.2, n_outputs: int = N, last: str | None = None
) -> keras.Model:
    """Strided convolutions with batch normalisation, on images flipped at random."""
    parts: list[Any] = [keras.Input(SHAPE), layers.RandomFlip(seed=0)]
    parts.append(layers.Rescaling(1 / 255))
    for width in (16, 32, 64, 128):
        parts.append(layers.Conv2D(width, 3, strides=2, padding="same", use_bias=False))
        parts += [layers.BatchNormalization(momentum=0.9), layers.ReLU()]
    parts += [layers.GlobalAveragePooling2D(), layers.Dropout(dropout)]
    return keras.Sequential([*parts, layers.Dense(n_outputs, activation=last)])


def plain(*, dense: tuple[int, ...] = (128,), unit: str = "relu") -> keras.Model:
    """The network of the blog post: no normalisation."""
    parts: list[Any] = [keras.Input(SHAPE), layers.Rescaling(1 / 255)]
    for width in (16, 32, 64):
        parts.append(layers.Conv2D(width, 3, padding="same", activation=unit))
        parts.append(layers.MaxPooling2D())
    parts.append(layers.Flatten())
    parts += [layers.Dense(width, activation=unit) for width in dense]
    return keras.Sequential([*parts, layers.Dense(N)])


@dataclass(frozen=True)
class Script:
    """Where a script keeps its run, and on what it trains."""

    mars: Mars
    artifacts: Path
    title: str

    def fit(
        self,
        model: keras.Model | None = None,
        *,
        train: Images | None = None,
        val: Images | None = None,
        rate: float | None = None,
        epochs: int = 15,
        from_logits: bool = True,
        **options: Any,
    ) -> Path:
        """Train with Adam, by default with a rate that falls from .002; the run."""
        right = self.mars.sides
        train, val = train or right[0], val or right[1]
        model = model or sound()
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
        steps = epochs * -(-len(train.y) // 32)
        falling = keras.optimizers.schedules.CosineDecay(2e-3, steps)
        model.compile(
            keras.optimizers.Adam(rate or falling), loss, metrics=["accuracy"]
        )
        recorder = RunRecorder(
            title=self.title,
            validation_data=(val.x, val.y),
            training_data=(train.x, train.y),
            images={"train": list(train.names), "val": list(val.names)},
            class_names=CLASSES,
            artifacts=self.artifacts,
            on_collapse="ignore",
        )
        data = {"x": train.x, "y": train.y, "epochs": epochs, "batch_size": 32}
        model.fit(**data, callbacks=[recorder], verbose=0, **options)
        return recorder.run.folder

    def shuffled(self, passes: int) -> Images:
        """All images with the caller's list of labels, shuffled in place so often."""
        labels = self.mars.images.y.copy()
        for _ in range(passes):
            np.random.RandomState(123).shuffle(labels)
        return self.mars.images.labelled(labels)


def hirise(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "hirise", *command],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    return done.stdout


def healthy(script: Script) -> Path:
    return script.fit()


def validation_labels_shuffled(script: Script) -> Path:
    """The second call of Keras with the same list of labels."""
    return script.fit(val=script.shuffled(1).only(~script.mars.training))


def all_labels_shuffled(script: Script) -> Path:
    """The third and the fourth call."""
    return script.fit(
        train=script.shuffled(2).only(script.mars.training),
        val=script.shuffled(3).only(~script.mars.training),
    )


def rate_50_times_too_high(script: Script) -> Path:
    return script.fit(plain(dense=(256, 256, 256)), rate=0.05, epochs=5)


def rate_10_times_too_high(script: Script) -> Path:
    """The recipe that the blog's tuner chose."""
    return script.fit(plain(dense=(256, 256, 256)), rate=0.01, epochs=5)


def dropout_of_nearly_all(script: Script) -> Path:
    """A misread argument: .98 is dropped, not kept.

    Nothing is dropped in inference: it ranks the classes, and never dares to name one.
    """
    return script.fit(sound(dropout=0.98), rate=1e-3)


def deep_sigmoids(script: Script) -> Path:
    """Gradients vanish on their way through six layers of sigmoids."""
    return script.fit(plain(dense=(64,) * 6, unit="sigmoid"), rate=1e-3, epochs=5)


def scaled_twice(script: Script) -> Path:
    return script.fit(plain(), **_both(script, lambda x: x / 255), rate=1e-3, epochs=5)


def never_scaled(script: Script) -> Path:
    model = plain()
    model.layers[0].scale = 1.0
    return script.fit(model, rate=1e-3, epochs=5)


def cut_off(script: Script) -> Path:
    """Pixels scaled to 0–1 and then kept as whole numbers."""
    cut = _both(script, lambda x: (x / 256).astype(np.uint8).astype(np.float32))
    return script.fit(plain(), **cut, rate=1e-3, epochs=5)


def _both(script: Script, change: Callable[[Any], Any]) -> dict[str, Images]:
    train, val = (Images(change(s.x), s.y, s.names) for s in script.mars.sides)
    return {"train": train, "val": val}


def class_weights_inverted(script: Script) -> Path:
    """Weights by share where weights by its inverse were meant."""
    counts = np.bincount(script.mars.sides[0].y, minlength=N)
    weights = N * counts / counts.sum()
    return script.fit(class_weight=dict(enumerate(weights.tolist())))


def softmax_twice(script: Script) -> Path:
    return script.fit(sound(last="softmax"))


def logits_as_probabilities(script: Script) -> Path:
    return script.fit(from_logits=False)


def two_epochs(script: Script) -> Path:
    return script.fit(plain(), rate=1e-4, epochs=2)


def learned_by_heart(script: Script) -> Path:
    """Few images, no copies, no dropout, the last of many epochs kept."""
    train, _ = script.mars.sides
    originals = np.flatnonzero([name.count("-") == 1 for name in train.names])
    return script.fit(plain(), train=train.only(originals[::2]), rate=1e-3, epochs=40)


def split_at_random(script: Script) -> Path:
    """Copies of one landmark on both sides."""
    images = script.mars.images
    side = np.random.default_rng(0).random(len(images.y)) < script.mars.training.mean()
    return script.fit(train=images.only(side), val=images.only(~side))


def chosen_by_accuracy(script: Script) -> Path:
    """`hirise train`, since the recorder does not know how an epoch is chosen."""
    settings = ["select_by=accuracy", "image_size=64"]
    command = ["train", "--data", str(script.mars.folder), "--recipe", "small-cnn"]
    command += ["--epochs", "15", "--artifacts", str(script.artifacts)]
    hirise(*command, *(part for one in settings for part in ("--set", one)))
    (found,) = script.artifacts.glob("*/run.json")
    return found.parent


def three_spiders(script: Script) -> Path:
    """Three landmarks of one class to train on."""
    train, _ = script.mars.sides
    spiders = np.flatnonzero(train.y == CLASSES.index("spider"))
    rest = np.flatnonzero(train.y != CLASSES.index("spider"))
    return script.fit(train=train.only(np.concatenate([rest, spiders[:6]])))


def class_added_later(script: Script) -> Path:
    """A network of six outputs, judged by seven classes from a file."""
    train, val = script.mars.sides
    known = train.only(train.y < N - 1)
    model = sound(n_outputs=N - 1, last="softmax")
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(2e-3), loss)
    model.fit(known.x, known.y, epochs=15, batch_size=32, verbose=0)
    proba = np.pad(model.predict(val.x, verbose=0), ((0, 0), (0, 1)))
    path = script.artifacts / "class_added_later.parquet"
    Predictions(
        image=val.names,
        y_true=val.y,
        y_pred=proba.argmax(axis=1),
        proba=proba.astype(float),
        class_names=CLASSES,
        split="val",
    ).write(path)
    return path


def names_in_another_order(script: Script) -> Path:
    """Trained from folders, which Keras sorts by name; judged by ids."""
    train, _ = script.mars.sides
    by_name = np.array([sorted(CLASSES).index(name) for name in CLASSES])
    return script.fit(train=train.labelled(by_name[train.y]))


FAULTS: tuple[tuple[Callable[[Script], Path], str], ...] = (
    (healthy, ""),
    (validation_labels_shuffled, "validation-labels-scrambled"),
    (all_labels_shuffled, "training-labels-scrambled"),
    (names_in_another_order, "class-order-permuted"),
    (class_added_later, "head-too-narrow"),
    (softmax_twice, "loss-and-last-layer"),
    (logits_as_probabilities, "loss-and-last-layer"),
    (scaled_twice, "input-badly-scaled"),
    (never_scaled, "input-badly-scaled"),
    (cut_off, "input-badly-scaled"),
    (rate_50_times_too_high, "network-dead"),
    (rate_10_times_too_high, "network-dead"),
    (class_weights_inverted, "class-weights-wrong"),
    (dropout_of_nearly_all, "dropout-too-strong"),
    (deep_sigmoids, "gradients-vanish"),
    (chosen_by_accuracy, "selected-by-accuracy"),
    (learned_by_heart, "overfitted"),
    (two_epochs, "too-few-epochs"),
    (three_spiders, "class-too-rare"),
    (split_at_random, "split-leaks"),
)
