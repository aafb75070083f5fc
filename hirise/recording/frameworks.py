"""What a recorder asks of frameworks: loaders, time, networks, random numbers."""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hirise.errors import InputError, error_line
from hirise.recording.loaders import Loader, loader_of, rows_of
from hirise.runs import RunWriter

_WATCHERS = {
    "torch": ("hirise.recording.torch", "TorchWatcher"),
    "keras": ("hirise.recording.keras_network", "KerasWatcher"),
}
"""Module and class, by the package of a network."""
EVERY = 2**31
"""More images than any split has."""
TIMED_IMAGES = 64
"""Images, at most, whose prediction is timed."""
TRAIN_IMAGES = 2_000
"""Training images, at most, that are predicted after each epoch."""
FRACTION = {"train": 0.01, "val": 0.02}
"""Of the time of an epoch that predicting the images of a split may take."""
FEWEST = {"train": 100, "val": 200}
"""Images that are predicted after each epoch, however long that takes."""
LAYER_IMAGES = 64
"""Images with which the layers are described after each epoch."""
SHORT = 0.05
"""Seconds of a call that is repeated until they have passed."""
SHORTEST = 2.5
"""Seconds of an epoch, at least, of which the fraction is taken."""


class Watcher(Protocol):
    """A network that a framework's module watches."""

    model: Any
    packages: tuple[str, ...]
    model_file: str
    """The file of a run that keeps the network; "" where none does."""

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
    def learn(
        self, batches: Sequence[Any], labels: Sequence[NDArray[Any]], *, is_over: bool
    ) -> None:
        """Measure what training images alone tell, after an epoch or all of them."""

    def layer_rows(self, epoch: int) -> list[dict[str, Any]]: ...
    def probe(
        self, batches: Sequence[Any], class_names: Sequence[str], *, split: str
    ) -> dict[str, Any]: ...
    def mark(self) -> str:
        """Changes with the weights."""

    def save(self, path: Path, x: Any) -> None:
        """Write the network as a file, with a batch of images as an example."""

    def close(self) -> None: ...


def load_batches(data: Any, most: int | None) -> Loader:
    """The batches of whatever loader was given, of at most so many images."""
    readers = [module.loader_of for module in loaded_frameworks()]
    return loader_of(data, most=most, of_framework=readers)


def seconds_per_image(data: Any, predict: Callable[[Any], Any]) -> float:
    """How long an image takes to be predicted."""
    for x, labels in load_batches(data, TIMED_IMAGES).pairs():
        x = rows_of(x, slice(TIMED_IMAGES))
        predict(x)  # the first call may compile, or allocate
        return _seconds(predict, x) / max(min(len(labels), TIMED_IMAGES), 1)
    return 0.0


def most_within(split: str, seconds: float, *, each: float) -> int:
    """How many images of `each` seconds fit into a fraction of an epoch's `seconds`.

    Examples
    --------
    >>> most_within("val", 100.0, each=0.004), most_within("train", 100.0, each=0.1)
    (500, 100)
    """
    most = int(FRACTION[split] * max(seconds, SHORTEST) / max(each, 1e-9))
    most = max(FEWEST[split], most)
    return min(most, TRAIN_IMAGES) if split == "train" else most


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


def keep_model(
    writer: RunWriter, watcher: Watcher, model: Any, batches: Sequence[Any]
) -> None:
    """Keep the network as the run's model, or say in a note why that is not so."""
    if not watcher.model_file:
        return
    try:
        if model is not watcher.model:
            raise InputError("Another network was watched.")
        if not batches:
            raise InputError("No loader of images was given.")
        writer.write_file(
            watcher.model_file, lambda path: watcher.save(path, batches[0])
        )
    except Exception as error:
        # The training is recorded all the same.
        text = str(error) if isinstance(error, InputError) else error_line(error)
        notes = (*writer.read().info.notes, f"The model is not kept. {text}")
        writer.update(notes=list(notes))


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


def known_settings(found: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that are known, less numbers that JSON cannot hold.

    Examples
    --------
    >>> known_settings({"dropout": 0.5, "loss": None, "initial_loss": float("nan")})
    {'dropout': 0.5}
    """
    return {
        key: value
        for key, value in found.items()
        if value is not None and (not isinstance(value, float) or math.isfinite(value))
    }
