"""Layers of a network for a few images: dead units, input and outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats
from hirise.models.inspection import describe_loss
from hirise.models.layer_stats import (
    FORMAT,
    InputStats,
    constant_units,
    layer_entry,
    output_entry,
)

BATCH = 32

_ACTIVATIONS = ("Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax")
_SCALERS = ("Normalization", "Rescaling")
_NORMALISERS = (
    "BatchNormalization",
    "GroupNormalization",
    "LayerNormalization",
)


class Range:
    """Lowest and highest value over the images, at each place of a tensor."""

    def __init__(self) -> None:
        self.low: Floats | None = None
        self.high: Floats | None = None

    def add(self, tensor: Any) -> None:
        """Take in a batch; what is no plain tensor of one shape is left out."""
        if tensor is not None and len(getattr(tensor, "shape", ())) >= 2:
            self.add_values(tensor)

    def add_values(self, values: Any) -> None:
        """Take in (n_images, ..., units) values."""
        # Keras' own reductions use all cores, and the values need not be copied.
        low = np.asarray(keras.ops.min(values, axis=0), dtype=np.float64)
        high = np.asarray(keras.ops.max(values, axis=0), dtype=np.float64)
        if self.low is None or self.high is None:
            self.low, self.high = low, high
        elif self.low.shape == low.shape:
            self.low = np.minimum(self.low, low)
            self.high = np.maximum(self.high, high)


class Spread(Range):
    """A range with the mean and the standard deviation of all values."""

    def __init__(self) -> None:
        super().__init__()
        self.stats = InputStats()

    def add_values(self, values: Any) -> None:
        super().add_values(values)
        self.stats.add_values(keras.ops.convert_to_numpy(values))


class LayerRecord:
    """Inputs and outputs of one layer, over all its calls."""

    def __init__(self, layer: keras.Layer) -> None:
        self.layer = layer
        self.inputs = Spread()
        self.outputs = Range()

    @property
    def is_learned(self) -> bool:
        """Whether the layer has weights and does more than scale pixels."""
        return bool(self.layer.weights) and type(self.layer).__name__ not in _SCALERS


def first_tensor(value: Any) -> Any:
    """The first tensor in a nest of tuples and lists; None if there is none.

    Examples
    --------
    >>> first_tensor(([1, 2], 3)), first_tensor(())
    (1, None)
    """
    while isinstance(value, tuple | list):
        if not value:
            return None
        value = value[0]
    return value


def probe(
    model: keras.Model,
    images: NDArray[np.float32],
    class_names: Sequence[str],
    *,
    split: str,
    loss: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Pass `images` through `model` and describe what its layers do.

    Parameters
    ----------
    images : (n_images, height, width, channels) float32
        At most 256, as the model takes them.
    class_names : sequence of str
        The labels, in the order of the outputs.
    split : str
        Where the images are from.
    loss : dict, optional
        `name` and `from_logits`, as `loss_of` gives them; by default that of `model`.

    Returns
    -------
    dict
        The document `activations.json`, see docs/run-folder.md.
    """
    outputs, records = _record(model, images)
    return {
        "format": FORMAT,
        "split": split,
        "n_images": len(images),
        "layers": list(_units(records)),
        "input": _input(records),
        "output": _output(outputs, records, class_names),
        "loss": loss if loss is not None else loss_of(getattr(model, "loss", None)),
    }


def loss_of(loss: Any) -> dict[str, Any] | None:
    """`name` and `from_logits` of a Keras loss, by object or by name; None if unknown.

    `from_logits` is None where the loss has no such setting.

    Examples
    --------
    >>> loss_of(keras.losses.CategoricalCrossentropy(from_logits=True))
    {'name': 'CategoricalCrossentropy', 'from_logits': True}
    """
    if isinstance(loss, keras.losses.Loss):
        loss = {"class_name": type(loss).__name__, "config": loss.get_config()}
    elif not isinstance(loss, str):
        return None
    return describe_loss(loss)


def _record(
    model: keras.Model, images: NDArray[np.float32]
) -> tuple[Floats, list[LayerRecord]]:
    """The outputs, and the record of each layer without layers of its own, in order."""
    records: dict[int, LayerRecord] = {}
    outputs = []

    def observe(layer: keras.Layer, inputs: Any, result: Any) -> None:
        record = records.setdefault(id(layer), LayerRecord(layer))
        # Only what is read later: a deep network holds millions of numbers per image.
        learned = (other for other in records.values() if other.is_learned)
        if record is next(learned, None):
            record.inputs.add(first_tensor(inputs))
        if activation_of(layer):
            record.outputs.add(first_tensor(result))

    with observed_calls(model, observe):
        for start in range(0, len(images), BATCH):
            result = model(images[start : start + BATCH], training=False)
            outputs.append(np.asarray(keras.ops.convert_to_numpy(result), np.float64))
    return np.concatenate(outputs), list(records.values())


Observe = Callable[[keras.Layer, Any, Any], None]
"""Gets a layer, its inputs and its result."""


@contextmanager
def observed_calls(model: keras.Model, observe: Observe) -> Iterator[None]:
    """Call `observe` after each call of a layer that holds no other layers."""
    leaves = {id(layer): layer for layer in leaves_of(model)}.values()
    try:
        for layer in leaves:
            # Keras would track, and save, what is set in the ordinary way.
            object.__setattr__(layer, "call", _observed(layer, observe))
        yield
    finally:
        for layer in leaves:
            layer.__dict__.pop("call", None)


def _observed(layer: keras.Layer, observe: Observe) -> Any:
    call = layer.call

    def observed(*inputs: Any, **options: Any) -> Any:
        result = call(*inputs, **options)
        observe(layer, inputs, result)
        return result

    return observed


def leaves_of(layer: keras.Layer) -> Iterator[keras.Layer]:
    """The layers in `layer` that hold no others; input layers compute nothing.

    Examples
    --------
    >>> inner = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="d")])
    >>> [layer.name for layer in leaves_of(inner)]
    ['d']
    """
    # Private, but only models have `layers`, and any layer can hold others.
    inner = list(layer._flatten_layers(include_self=False, recursive=False))
    for child in inner:
        if not isinstance(child, keras.layers.InputLayer):
            yield from leaves_of(child)
    if not inner:
        yield layer


def _units(records: list[LayerRecord]) -> Iterator[dict[str, Any]]:
    """Dead and saturated units of every layer with an activation but the last."""
    for record in records[:-1]:
        name, outputs = activation_of(record.layer), record.outputs
        if name in ("", "linear") or outputs.low is None or outputs.high is None:
            continue
        kind = type(record.layer).__name__
        yield layer_entry(record.layer.name, kind, name, outputs.low, outputs.high)


def activation_of(layer: keras.Layer) -> str:
    """The name of a layer's activation, `linear` and "" (it has none) included.

    Examples
    --------
    >>> activation_of(keras.layers.Dense(2, activation="relu"))
    'relu'
    >>> activation_of(keras.layers.Flatten())
    ''
    """
    kind = type(layer).__name__
    function = getattr(layer, "activation", None)
    if callable(function):
        return str(getattr(function, "__name__", type(function).__name__))
    return kind.lower() if kind in _ACTIVATIONS else ""


def _input(records: list[LayerRecord]) -> dict[str, Any] | None:
    """What arrives at the first layer that has learned something."""
    learned = [record for record in records if record.is_learned]
    first = learned[0].inputs if learned else Spread()
    summary = first.stats.summary()
    if summary is None or first.low is None or first.high is None:
        return None
    near = [type(record.layer).__name__ for record in learned[:2]]
    low, high = first.low.reshape(1, -1), first.high.reshape(1, -1)
    return {
        "layer": learned[0].layer.name,
        **summary,
        "varies": not bool(constant_units(low, high).all()),
        "normalised": any(kind in _NORMALISERS for kind in near),
    }


def _output(
    outputs: Floats, records: list[LayerRecord], class_names: Sequence[str]
) -> dict[str, Any]:
    """How the logits move over the images, and what the last layer is."""
    last = records[-1].layer if records else None
    return output_entry(
        outputs,
        layer="" if last is None else last.name,
        activation="" if last is None else activation_of(last),
        class_names=class_names,
    )
