"""A training on drawn fruit whose validation images are preprocessed otherwise.

    python tests/benchmarks/drawn_fruit.py ARTIFACTS

Makes the example in colour that ships. It needs PyTorch. The training images go to the
network as numbers from 0 to 255 (`pil_to_tensor`), those of validation from 0 to 1
(`ToTensor`), as happens where two transforms are written apart. The network learns, and
on validation it predicts one class for all images.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import hirise

CLASSES = ("apple", "banana", "carrot", "leaf", "plum")
SIZE, FINE = 48, 4
"""Pixels of an image, and how many times as fine it is drawn."""
PER_CLASS = {"train": 60, "val": 30}
EPOCHS = 8
COLOURS = {
    "apple": (200, 40, 40),
    "banana": (235, 200, 60),
    "carrot": (235, 130, 35),
    "leaf": (60, 150, 70),
    "plum": (120, 60, 140),
}


def draw(name: str, random: np.random.Generator) -> NDArray[np.uint8]:
    """(SIZE, SIZE, 3) a fruit, turned, of about its usual size and colour."""
    side = SIZE * FINE
    ground = tuple(int(v) for v in random.integers(175, 245, 3))
    colour = tuple(
        int(v) for v in np.clip(COLOURS[name] + random.normal(0, 14, 3), 0, 255)
    )
    picture = Image.new("RGB", (side, side), ground)
    pen = ImageDraw.Draw(picture)
    x, y = random.uniform(0.42, 0.58, 2) * side
    r = random.uniform(0.24, 0.34) * side
    if name in ("apple", "plum"):
        wide = r if name == "apple" else 0.72 * r
        pen.ellipse((x - wide, y - r, x + wide, y + r), fill=colour)
        pen.line(
            (x, y - r, x + 0.2 * r, y - 1.4 * r), fill=(90, 60, 30), width=FINE * 2
        )
    elif name == "banana":
        pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)
        pen.ellipse((x - r, y - 1.5 * r, x + r, y + 0.5 * r), fill=ground)
    elif name == "carrot":
        corners = [(x - 0.4 * r, y - r), (x + 0.4 * r, y - r), (x, y + 1.2 * r)]
        pen.polygon(corners, fill=colour)
        for slant in (-0.3, 0, 0.3):
            top = (x + slant * r, y - 1.4 * r)
            pen.line((x, y - r, *top), fill=(60, 150, 70), width=FINE * 2)
    else:
        pen.ellipse((x - 0.5 * r, y - r, x + 0.5 * r, y + r), fill=colour)
        pen.line((x, y - r, x, y + 1.3 * r), fill=(35, 95, 45), width=FINE)
    picture = picture.rotate(random.uniform(-180, 180), fillcolor=ground)
    small = picture.resize((SIZE, SIZE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.uint8)


def drawn(split: str, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Images of a split, from 0 to 255, in the order of the classes, and their ids."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(CLASSES)), PER_CLASS[split])
    pixels = np.stack([draw(CLASSES[label], random) for label in labels])
    images = torch.from_numpy(pixels.transpose(0, 3, 1, 2)).float()
    return images, torch.from_numpy(labels)


def network() -> nn.Module:
    """Three normalised convolutions, their mean over all places, and a linear layer."""
    layers: list[nn.Module] = []
    for before, width in ((3, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width)]
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, len(CLASSES))
    )


def train(artifacts: Path) -> hirise.Run:
    """Draw, train and record."""
    torch.manual_seed(0)
    train_images, train_labels = drawn("train", 1)
    val_images, val_labels = drawn("val", 2)
    train_data = TensorDataset(train_images, train_labels)
    # The fault: only these are divided by 255.
    val_data = TensorDataset(val_images / 255, val_labels)
    training = DataLoader(train_data, batch_size=32, shuffle=True)
    validation = DataLoader(val_data, batch_size=50)
    model, loss_function = network(), nn.CrossEntropyLoss()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    recorder = hirise.Recorder(
        "cnn on drawn fruit",
        class_names=CLASSES,
        settings={"name": "cnn", "epochs": EPOCHS},
        artifacts=artifacts,
    )
    with recorder:
        recorder.watch(model)
        for _ in range(EPOCHS):
            model.train()
            losses, hits = [], 0
            for images, labels in training:
                optimiser.zero_grad()
                outputs = model(images)
                loss = loss_function(outputs, labels)
                loss.backward()
                optimiser.step()
                losses.append(loss.item() * len(labels))
                hits += int((outputs.argmax(1) == labels).sum())
            recorder.log_epoch(
                train=training,
                val=validation,
                loss=sum(losses) / len(train_data),
                accuracy=hits / len(train_data),
            )
        recorder.finish(model=model)
    return recorder.run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("artifacts", type=Path)
    print(train(parser.parse_args().artifacts).folder)
