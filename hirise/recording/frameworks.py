"""What a recorder asks of frameworks: loaders, time, networks, random numbers."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.recording.loaders import Loader, loader_of

_WATCHERS = {
    "torch": ("hirise.recording.torch", "TorchWatcher"),
    "keras": ("hirise.recording.keras_network", "KerasWatcher"),
}
"""Module and class, by the package of a network."""
TRAIN_IMAGES = 2_000
"""Training images, at most, that are predicted after each epoch."""
FRACTION = {"train": 0.01, "val": 0.02}
"""Of the time of an epoch that predicting the images of a split may take."""
FEWEST = {"train": 100, "val": 200}
"""Images that are predicted after each epoch, however long that takes."""
SHORT = 0.05
"""Seconds of a call that is repeated until they have passed."""
SHORTEST = 5.0
"""Seconds of an epoch, at least, of which the fraction is taken."""


class Watcher(Protocol):
    """A network that a framework's module watches."""

    packages: tuple[str, ...]

    @property
    def activation(self) -> str:
        """Of the last layer; "" where it is not known."""

    @property
    def from_logits(self) -> bool | None: ...
    @property
    def learning_rate(self) -> float | None: ...
    @property
    def regularisation_loss(self) -> float | None: ...
    def predict(self, x: Any) -> NDArray[Any]: ...
    def settings(self) -> dict[str, Any]: ...
    def learn(self, batches: Sequence[Any], labels: Sequence[NDArray[Any]]) -> None:
        """Measure what training images alone tell, after an epoch."""

    def layer_rows(self, epoch: int) -> list[dict[str, Any]]: ...
    def probe(
        self, batches: Sequence[Any], class_names: Sequence[str], *, split: str
    ) -> dict[str, Any]: ...
    def mark(self) -> str:
        """Changes with the weights."""

    def close(self) -> None: ...


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
        each = _seconds(predict, x) / max(len(labels), 1)
        most = int(FRACTION[split] * max(seconds, SHORTEST) / max(each, 1e-9))
        most = max(FEWEST[split], most)
        return min(most, TRAIN_IMAGES) if split == "train" else most
    return FEWEST[split]


def _seconds(call: Callable[[Any], object], x: Any) -> float:
    """How long a call takes; a short one is repeated, as others use the machine too."""
    times: list[float] = []
    while len(times) < 4 and sum(times) < SHORT:
        begun = time.perf_counter()
        call(x)
        times.append(time.perf_counter() - begun)
    return min(times)


def watcher_of(model: Any, **options: Any) -> Watcher:
    """What watches a network of this kind.

    Raises
    ------
    InputError
        If there is nothing that does.
    """
    for base in type(model).__mro__:
        # By name, so that nothing but this needs a framework. Networks of Keras can be
        # modules of PyTorch too, but theirs comes first.
        module, name = _WATCHERS.get(base.__module__.partition(".")[0], ("", ""))
        if module:
            watcher: Watcher = getattr(import_module(module), name)(model, **options)
            return watcher
    raise InputError(
        f"`watch` cannot watch {type(model).__name__}.",
        how="It takes a network of PyTorch or Keras.",
    )


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
