"""Train one `Setup` with PyTorch, and keep what a recorder would have seen of it."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from plant import Setup
from torch import nn

from hirise.recording.torch import TorchWatcher

MOST_SEEN = {"train": 2000, "val": 300}
"""Images that are predicted after each epoch."""
MOST_KEPT = {"train": 200, "val": 300}
"""Images whose outputs between the first and the last epoch are kept."""
PROBED = 64
"""Images with which the layers are described."""


def train(setup: Setup) -> dict[str, NDArray[Any]]:
    """Train it; the arrays of its record, with one JSON document among them."""
    torch.set_num_threads(1)
    torch.manual_seed(setup.seed)
    rng = np.random.default_rng(setup.seed)
    network = build(setup)
    watcher = TorchWatcher(network)
    inputs = {
        split: as_inputs(images, setup.scales[split])
        for split, images in setup.images.items()
    }
    targets = {split: torch.from_numpy(labels) for split, labels in setup.given.items()}
    optimiser = _optimiser(setup, network)
    history, layers = [], []
    scores: dict[str, list[NDArray[np.float32]]] = {"train": [], "val": []}
    for epoch in range(1, setup.epochs + 1):
        if setup.rate_from is not None and epoch >= setup.rate_from[0]:
            optimiser.param_groups[0]["lr"] = setup.rate_from[1]
        row = _epoch(setup, network, optimiser, inputs["train"], targets["train"], rng)
        for split in ("train", "val"):
            few = inputs[split][: MOST_SEEN[split]]
            outputs = np.concatenate(
                [watcher.predict(few[i : i + 100]) for i in range(0, len(few), 100)]
            )
            scores[split].append(_plain(setup, outputs))
        row |= _logged_on_val(setup, network, inputs["val"], targets["val"])
        row["learning_rate"] = watcher.learning_rate or math.nan
        row["regularisation_loss"] = watcher.regularisation_loss or 0.0
        watcher.probe([inputs["val"][:PROBED]], setup.class_names, split="val")
        layers += watcher.layer_rows(epoch)
        history.append(row)
    document = {
        "history": history,
        "layers": layers,
        "activations": watcher.probe(
            [inputs["val"][:PROBED]], setup.class_names, split="val"
        ),
        "settings": watcher.settings(),
        "activation": watcher.activation,
        "from_logits": watcher.from_logits,
    }
    watcher.close()
    text = json.dumps(document, allow_nan=True, default=float)
    record = {"document": np.frombuffer(text.encode(), dtype=np.uint8)}
    for split, epochs in scores.items():
        few = [outputs[: MOST_KEPT[split]] for outputs in epochs]
        record[split], record[f"{split}.first"] = _coarse(np.stack(few)), few[0]
        record[f"{split}.last"] = epochs[-1]
    record["train.last"] = record["train.last"].clip(-6e4, 6e4).astype(np.float16)
    return record


def _coarse(scores: NDArray[np.float32]) -> NDArray[np.float16]:
    """Scores to eight bits: hundreds of records must stay small."""
    half = np.clip(scores, -60_000, 60_000).astype(np.float16)
    return (half.view(np.uint16) & 0xFFF8).view(np.float16)


def as_inputs(images: NDArray[np.uint8], scale: str) -> torch.Tensor:
    """The numbers that a network gets for pixels."""
    numbers = images.astype(np.float32)
    if scale == "bgr":
        numbers = numbers[..., ::-1]
    factor = {"0-255": 1.0, "0-1/255": 1 / 255 / 255}.get(scale, 1 / 255)
    numbers = numbers * factor
    if scale == "cut":
        numbers = np.floor(numbers)
    return torch.from_numpy(np.ascontiguousarray(numbers.transpose(0, 3, 1, 2)))


def build(setup: Setup) -> nn.Module:
    """The network of a setup."""
    channels = next(iter(setup.images.values())).shape[-1]
    size = next(iter(setup.images.values())).shape[1]
    act = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[setup.activation]
    parts: list[nn.Module] = []
    if setup.network == "cnn":
        widths, side = (12, 24, 32), size
        for before, width in zip((channels, *widths), widths, strict=False):
            parts.append(nn.Conv2d(before, width, 3, padding=1))
            if setup.normalise:
                parts.append(nn.BatchNorm2d(width, momentum=setup.momentum))
            parts += [act(), nn.MaxPool2d(2)]
            side //= 2
        body = nn.Sequential(
            *parts, nn.Flatten(), nn.Linear(widths[-1] * side**2, 64), act()
        )
        width = 64
    else:
        depth, width = (8, 48) if setup.network == "deep" else (2, 96)
        parts = [nn.Flatten()]
        before = channels * size**2
        for _ in range(depth):
            parts += [nn.Linear(before, width), act()]
            before = width
        body = nn.Sequential(*parts)
    head: list[nn.Module] = [nn.Dropout(setup.dropout)] if setup.dropout else []
    head.append(nn.Linear(width, setup.outputs))
    head += {"softmax": [nn.Softmax(dim=-1)], "relu": [nn.ReLU()]}.get(setup.last, [])
    network = nn.Sequential(body, nn.Sequential(*head))
    with torch.no_grad():
        for parameter in network.parameters():
            if setup.initial == "zero":
                parameter.zero_()
            elif setup.initial == "large" and parameter.ndim >= 2:
                parameter.mul_(6)
    if setup.frozen:
        for parameter in body.parameters():
            parameter.requires_grad_(False)
    return network


def _optimiser(setup: Setup, network: nn.Module) -> torch.optim.Optimizer:
    learned = [p for p in network.parameters() if p.requires_grad]
    kind = {"Adam": torch.optim.AdamW if setup.decay else torch.optim.Adam}.get(
        setup.optimiser
    )
    kind = kind or getattr(torch.optim, setup.optimiser)
    decay = {"weight_decay": setup.decay / setup.rate * 0.05} if setup.decay else {}
    return kind(learned, lr=setup.rate, **decay)


def _loss(setup: Setup, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    if setup.loss == "binary_cross_entropy":
        return nn.functional.binary_cross_entropy(
            outputs[:, 0].clamp(0, 1), target.float()
        )
    if setup.loss == "mse":
        one_hot = nn.functional.one_hot(target, outputs.shape[1]).float()
        return nn.functional.mse_loss(outputs, one_hot)
    weight = None if setup.weights is None else torch.tensor(setup.weights)
    return nn.functional.cross_entropy(outputs, target, weight=weight)


def _epoch(
    setup: Setup,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    inputs: torch.Tensor,
    target: torch.Tensor,
    rng: np.random.Generator,
) -> dict[str, float]:
    """One epoch; loss and accuracy as a framework logs them, in training mode."""
    network.train()
    total, correct = 0.0, 0
    order = torch.from_numpy(rng.permutation(len(inputs)))
    for rows in order.split(setup.batch):
        if len(rows) < 2:
            continue
        batch = _augmented(inputs[rows], setup, rng)
        optimiser.zero_grad()
        outputs = network(batch)
        loss = _loss(setup, outputs, target[rows])
        if loss.requires_grad:
            loss.backward()
            optimiser.step()
        total += float(loss.detach()) * len(rows)
        correct += int((_labels(setup, outputs.detach()) == target[rows]).sum())
    return {"loss": total / len(inputs), "accuracy": correct / len(inputs)}


def _logged_on_val(
    setup: Setup, network: nn.Module, inputs: torch.Tensor, target: torch.Tensor
) -> dict[str, float]:
    network.eval()
    with torch.no_grad():
        outputs = network(inputs)
        kept = target < max(2, setup.outputs)
        loss = (
            _loss(setup, outputs[kept], target[kept])
            if kept.any()
            else torch.tensor(math.nan)
        )
    correct = (_labels(setup, outputs) == target).float().mean()
    return {"val_loss": float(loss), "val_accuracy": float(correct)}


def _labels(setup: Setup, outputs: torch.Tensor) -> torch.Tensor:
    return (outputs[:, 0] >= 0.5).long() if setup.outputs == 1 else outputs.argmax(1)


def _augmented(
    batch: torch.Tensor, setup: Setup, rng: np.random.Generator
) -> torch.Tensor:
    if setup.augment != "destroying":
        return batch
    # Windows of an eighth of the image, blown up: what the image shows is outside them.
    n, _, size, _ = batch.shape
    window = size // 8
    at = rng.integers(0, size - window, (n, 2))
    parts = [
        image[:, y : y + window, x : x + window]
        for image, (y, x) in zip(batch, at, strict=True)
    ]
    return nn.functional.interpolate(torch.stack(parts), size=(size, size))


def _plain(setup: Setup, outputs: NDArray[Any]) -> NDArray[np.float32]:
    """Outputs with a column per class; what a narrow head lacks is impossible."""
    n = len(setup.class_names)
    if setup.outputs == 1:
        outputs = np.column_stack([1 - outputs[:, 0], outputs[:, 0]])
    lacking = np.full((len(outputs), n - outputs.shape[1]), -30.0)
    if setup.last == "softmax":
        lacking[:] = 0.0
    return np.column_stack([outputs, lacking]).astype(np.float32)
