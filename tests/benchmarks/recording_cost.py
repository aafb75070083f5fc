"""What `Recorder` costs in a loop of PyTorch, per epoch.

    python tests/benchmarks/recording_cost.py [--epochs 5] [--images 4000] [--size 64]

A small convolutional network is trained on made-up coloured images of three classes,
four times as many as there are for validation. Each epoch of the loop is timed, and
beside it `log_epoch` with the loaders of both splits and the time of the hooks in
training steps. The first epoch, which also writes the images, is told apart; of the
others the medians are told, in seconds and as a fraction of the epoch.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time

import numpy as np
import torch

import hirise


def make(n: int, size: int, seed: int) -> torch.utils.data.TensorDataset:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    images = rng.normal(0.3, 0.2, (n, 3, size, size)).astype("float32")
    images[np.arange(n), labels] += 0.1
    return torch.utils.data.TensorDataset(
        torch.from_numpy(images), torch.from_numpy(labels)
    )


def network() -> torch.nn.Module:
    layers: list[torch.nn.Module] = []
    for inputs, outputs in ((3, 16), (16, 32), (32, 64)):
        layers += [
            torch.nn.Conv2d(inputs, outputs, 3, padding=1),
            torch.nn.BatchNorm2d(outputs),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
        ]
    head = [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(64, 3)]
    return torch.nn.Sequential(*layers, *head)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--images", type=int, default=4_000)
    parser.add_argument("--size", type=int, default=64)
    options = parser.parse_args()
    loader = torch.utils.data.DataLoader
    train = loader(make(options.images, options.size, 0), batch_size=32, shuffle=True)
    val = loader(make(options.images // 4, options.size, 1), batch_size=64)
    model, loss_function = network(), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    loops, logs, hooks = [], [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        hirise.Recorder("cost", artifacts=folder, on_collapse="ignore") as recorder,
    ):
        recorder.watch(model)
        for _ in range(options.epochs):
            begun, before = time.perf_counter(), recorder.watcher._budget.spent
            for images, labels in train:
                optimizer.zero_grad()
                loss = loss_function(model(images), labels)
                loss.backward()
                optimizer.step()
            hooks.append(recorder.watcher._budget.spent - before)
            loops.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            recorder.log_epoch(train=train, val=val)
            logs.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        recorder.finish(model=model)
        end = time.perf_counter() - begun
    plain = [loop - hook for loop, hook in zip(loops, hooks, strict=True)]
    own = [log + hook for log, hook in zip(logs, hooks, strict=True)]
    print(f"first epoch: loop {plain[0]:.2f} s, recorder {own[0]:.2f} s")
    loop, cost = statistics.median(plain[1:]), statistics.median(own[1:])
    print(f"later epochs: loop {loop:.2f} s, recorder {cost:.2f} s = {cost / loop:.1%}")
    print(f"end: {end:.2f} s; all in all {(sum(own) + end) / sum(plain):.1%}")


if __name__ == "__main__":
    main()
