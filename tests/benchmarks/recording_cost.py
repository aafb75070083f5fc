"""What a recorder costs a training, in PyTorch or in Keras.

    python tests/benchmarks/recording_cost.py [--keras] [--blind] [--epochs 4]

A small convolutional network is trained on made-up coloured images of three classes,
four times as many as there are for validation: with `hirise.Recorder` in a plain loop
of PyTorch, or with `RunRecorder` in a `fit` of Keras. Either validates after each
epoch, as trainings do, unless `--blind`. After a recorded training of a few images,
whose imports do not count, trainings without and with the recorder alternate. Told are
medians of the first epoch, of the later ones, and of the whole training with its end,
in seconds of the clock and of the processor, and what recording adds to them.

A blind loop of PyTorch is no fair measure on a CPU: whatever runs a network between two
epochs, the loop's own validation or a recorder, can make the C library give memory back
to the system and ask for it again in each step. The page faults of the later epochs,
which are told too, show where that happened.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import hirise

WIDTHS = (16, 32, 64)
Pair = tuple[Any, Any]
Times = list[tuple[float, float, int]]
"""Seconds of the clock and of the processor, and page faults; at the beginning, after
each epoch, and after the end."""


def now() -> tuple[float, float, int]:
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    return time.perf_counter(), time.process_time(), faults


def make(n: int, size: int, seed: int) -> Pair:
    """Images with channels last, and labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    images = rng.normal(0.3, 0.2, (n, size, size, 3)).astype("float32")
    images[np.arange(n), ..., labels] += 0.1
    return images, labels


def fit_torch(
    train: Pair, val: Pair, *, epochs: int, folder: str, blind: bool
) -> Times:
    """A loop of PyTorch; recorded where `folder` is named."""
    import torch

    layers: list[torch.nn.Module] = []
    for inputs, outputs in zip((3, *WIDTHS), WIDTHS, strict=False):
        layers += [
            torch.nn.Conv2d(inputs, outputs, 3, padding=1),
            torch.nn.BatchNorm2d(outputs),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
        ]
    head = [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(64, 3)]
    model = torch.nn.Sequential(*layers, *head)

    def loader(pair: Pair, **options: Any) -> Any:
        images = torch.from_numpy(pair[0].transpose(0, 3, 1, 2).copy())
        data = torch.utils.data.TensorDataset(images, torch.from_numpy(pair[1]))
        return torch.utils.data.DataLoader(data, **options)

    batches, val = (
        loader(train, batch_size=32, shuffle=True),
        loader(val, batch_size=64),
    )
    loss_function = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    recorder = None
    if folder:
        recorder = hirise.Recorder("cost", artifacts=folder, on_collapse="ignore")
    times = [now()]
    with recorder or nullcontext():
        if recorder is not None:
            recorder.watch(model)
        for _ in range(epochs):
            for images, labels in batches:
                optimizer.zero_grad()
                loss = loss_function(model(images), labels)
                loss.backward()
                optimizer.step()
            measured = {} if blind else validated(model, val, loss_function)
            model.train()
            if recorder is not None:
                recorder.log_epoch(train=batches, val=val, **measured)
            times.append(now())
        if recorder is not None:
            recorder.finish(model=model)
    return [*times, now()]


def validated(model: Any, batches: Any, loss_function: Any) -> dict[str, float]:
    """What a loop itself measures on validation."""
    import torch

    model.eval()
    loss, n_correct, n = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in batches:
            outputs = model(images)
            loss += float(loss_function(outputs, labels)) * len(labels)
            n_correct += int((outputs.argmax(dim=1) == labels).sum())
            n += len(labels)
    return {"val_loss": loss / n, "val_accuracy": n_correct / n}


def fit_keras(
    train: Pair, val: Pair, *, epochs: int, folder: str, blind: bool
) -> Times:
    """A `fit` of Keras; recorded where `folder` is named."""
    import keras

    from hirise.recording.keras import RunRecorder

    layers = keras.layers
    model = keras.Sequential([keras.Input(train[0].shape[1:])])
    for width in WIDTHS:
        model.add(layers.Conv2D(width, 3, padding="same"))
        model.add(layers.BatchNormalization())
        model.add(layers.ReLU())
        model.add(layers.MaxPooling2D())
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(3, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    times: Times = []

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            times.append(now())

    recorders = []
    if folder:
        recorders = [
            RunRecorder(
                "cost",
                validation_data=val,
                training_data=train,
                artifacts=folder,
                on_collapse="ignore",
            )
        ]
    times.append(now())
    model.fit(
        *train,
        epochs=epochs,
        batch_size=32,
        validation_data=None if blind else val,
        callbacks=[*recorders, Clock()],
        verbose=0,
    )
    return [*times, now()]


def parts(times: Times, clock: int) -> Iterator[tuple[str, float]]:
    """The first epoch, the median of the later ones, and all of it."""
    moments = [moment[clock] for moment in times]
    epochs = np.diff(moments[:-1]).tolist()
    yield "first epoch", epochs[0]
    yield "later epochs", statistics.median(epochs[1:])
    yield "whole training", moments[-1] - moments[0]


def later_faults(times: Times) -> float:
    return statistics.median(np.diff([moment[2] for moment in times[:-1]])[1:].tolist())


def measure(
    fit: Callable[..., Times],
    train: Pair,
    val: Pair,
    *,
    epochs: int,
    repeats: int,
    blind: bool,
) -> None:
    few = [tuple(part[:64] for part in pair) for pair in (train, val)]
    with tempfile.TemporaryDirectory() as folder:
        fit(*few, epochs=1, folder=folder, blind=blind)
    plain: list[Times] = []
    recorded: list[Times] = []
    for _ in range(repeats):
        plain.append(fit(train, val, epochs=epochs, folder="", blind=blind))
        with tempfile.TemporaryDirectory() as folder:
            recorded.append(fit(train, val, epochs=epochs, folder=folder, blind=blind))
    for clock, title in enumerate(("clock", "processor")):
        found: dict[str, list[list[float]]] = {}
        for number, trainings in enumerate((plain, recorded)):
            for times in trainings:
                for part, seconds in parts(times, clock):
                    found.setdefault(part, [[], []])[number].append(seconds)
        for part, (without, with_it) in found.items():
            before, after = statistics.median(without), statistics.median(with_it)
            print(
                f"{title:<10} {part:<15} {before:7.2f} s, recorded {after:7.2f} s: "
                f"{after / before - 1:+.1%}"
            )
    for title, trainings in (("plain", plain), ("recorded", recorded)):
        n = [later_faults(times) for times in trainings]
        print(f"page faults of a later epoch, {title}: {statistics.median(n):,.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keras", action="store_true")
    parser.add_argument("--blind", action="store_true")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--images", type=int, default=4_000)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=2)
    chosen = parser.parse_args()
    train = make(chosen.images, chosen.size, 0)
    val = make(chosen.images // 4, chosen.size, 1)
    fit = fit_keras if chosen.keras else fit_torch
    measure(
        fit,
        train,
        val,
        epochs=chosen.epochs,
        repeats=chosen.repeats,
        blind=chosen.blind,
    )


if __name__ == "__main__":
    main()
