"""What a recorder asks of frameworks: loaders, time, networks, random numbers."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np

from hirise.recording.loaders import Loader, loader_of

TRAIN_IMAGES = 2_000
"""Training images, at most, that are predicted after each epoch."""
FRACTION = {"train": 0.01, "val": 0.02}
"""Of the time of an epoch that predicting the images of a split may take."""
FEWEST = {"train": 100, "val": 200}
"""Images that are predicted after each epoch, however long that takes."""


def load_batches(data: Any, most: int | None) -> Loader:
    """The batches of whatever loader was given, of at most so many images."""
    readers = [module.loader_of for module in loaded_frameworks()]
    return loader_of(data, most=most, of_framework=readers)


def most_within(
    data: Any, predict: Callable[[Any], Any], split: str, seconds: float
) -> int:
    """How many images as can be predicted in a fraction of an epoch's `seconds`."""
    for x, labels in load_batches(data, FEWEST["train"]).pairs():
        predict(x)  # the first call may compile, or allocate
        begun = time.perf_counter()
        predict(x)
        each = (time.perf_counter() - begun) / max(len(labels), 1)
        most = max(FEWEST[split], int(FRACTION[split] * seconds / max(each, 1e-9)))
        return min(most, TRAIN_IMAGES) if split == "train" else most
    return FEWEST[split]


def first_images(batches: Sequence[Any], n: int) -> list[Any]:
    """The first batch, cut to `n` images where it can be cut."""
    first = batches[0]
    if isinstance(first, Mapping):
        return [{name: value[:n] for name, value in first.items()}]
    return [first[:n]] if hasattr(first, "shape") else [first]


def framework_of(model: Any) -> Any:
    """The module that watches a network of this kind; None if there is none."""
    for base in type(model).__mro__:
        if base.__module__.partition(".")[0] == "torch":
            # By name, so that nothing but this needs PyTorch.
            return import_module("hirise.recording.torch")
    return None


@contextmanager
def kept_random_state() -> Iterator[None]:
    """Random numbers of the training stay as they would be without a recorder."""
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    states = [(module, module.random_state()) for module in loaded_frameworks()]
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002
        for module, state in states:
            module.set_random_state(state)


def loaded_frameworks() -> list[Any]:
    """The modules of frameworks whose loaders may be given."""
    return [import_module("hirise.recording.torch")] if "torch" in sys.modules else []
