"""What a network does inside with a few images: dead units, input, outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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

    @property
    def units(self) -> int:
        """Size of the last axis: channels of a convolution, units of a dense layer."""
        assert self.low is not None
        return int(self.low.shape[-1])

    def still(self, tolerance: float) -> NDArray[np.bool_]:
        """(units,) whether a unit is the same for all images, at every place."""
        assert self.low is not None
        assert self.high is not None
        with np.errstate(invalid="ignore", over="ignore"):
            size = np.maximum(np.abs(self.low), np.abs(self.high))
            same = self.high - self.low <= tolerance * size
        return np.asarray(same.reshape(-1, self.units).all(axis=0))


class Spread(Range):
    """A range with the mean and the standard deviation of all values."""

    def __init__(self) -> None:
        super().__init__()
        self._n = 0
        self._sum = self._squares = 0.0

    def add_values(self, values: Any) -> None:
        super().add_values(values)
        values = np.asarray(keras.ops.convert_to_numpy(values))
        with np.errstate(invalid="ignore", over="ignore"):
            self._n += values.size
            self._sum += float(values.sum(dtype=np.float64))
            self._squares += float(np.square(values, dtype=np.float64).sum())

    def summary(self) -> dict[str, float | None]:
        """`min`, `max`, `mean` and `std` of all values; None where not finite."""
        assert self.low is not None
        assert self.high is not None
        with np.errstate(invalid="ignore", over="ignore"):
            mean = self._sum / self._n
            spread = max(self._squares / self._n - mean**2, 0.0) ** 0.5
        found = {
            "min": float(self.low.min()),
            "max": float(self.high.max()),
            "mean": mean,
            "std": spread,
        }
        return {key: one if np.isfinite(one) else None for key, one in found.items()}


class Heard:
    """What one layer was given and gave, over all its calls."""

    def __init__(self, layer: keras.Layer) -> None:
        self.layer = layer
        self.taken_in = Spread()
        self.given_out = Range()

    def hear(self, given: Any, found: Any) -> None:
        """Note one call."""
        self.taken_in.add(given)
        self.given_out.add(first_tensor(found))


def first_tensor(value: Any) -> Any:
    """The first tensor in a nest of tuples and lists; None if there is none."""
    while isinstance(value, tuple | list):
        if not value:
            return None
        value = value[0]
    return value


FORMAT = 1
BATCH = 32
STILL = 1e-6
"""A unit that moves by no more than this share of its size is constant."""
FLOOR = 1e-30
"""Of a probability before its logarithm is taken."""

_ACTIVATIONS = ("Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax")
_SCALERS = ("Normalization", "Rescaling")
_NORMALISERS = (
    "BatchNormalization",
    "GroupNormalization",
    "LayerNormalization",
)


def probe(
    model: keras.Model,
    images: NDArray[np.float32],
    class_names: Sequence[str],
    *,
    split: str,
    loss: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Let `images` pass through `model` and say what its layers did.

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
    outputs, heard = _listened(model, images)
    return {
        "format": FORMAT,
        "split": split,
        "n_images": len(images),
        "layers": list(_units(heard)),
        "input": _input(heard),
        "output": _output(outputs, heard, class_names),
        "loss": loss if loss is not None else loss_of(getattr(model, "loss", None)),
    }


def loss_of(loss: Any) -> dict[str, Any] | None:
    """`name` and `from_logits` of a Keras loss, by object or by name; None if unknown.

    `from_logits` is None where the loss has no such setting.
    """
    if isinstance(loss, str):
        known = "crossentropy" in loss
        return {"name": loss, "from_logits": False if known else None}
    if not isinstance(loss, keras.losses.Loss):
        return None
    return {"name": type(loss).__name__, "from_logits": _from_logits(loss)}


def _from_logits(loss: keras.losses.Loss) -> bool | None:
    found = loss.get_config().get("from_logits")
    return None if found is None else bool(found)


def _listened(
    model: keras.Model, images: NDArray[np.float32]
) -> tuple[NDArray[np.float64], list[Heard]]:
    """The outputs, and what each layer without layers of its own did, in order."""
    heard: dict[int, Heard] = {}
    outputs = []
    with _ears(model, heard):
        for start in range(0, len(images), BATCH):
            found = model(images[start : start + BATCH], training=False)
            outputs.append(np.asarray(keras.ops.convert_to_numpy(found), np.float64))
    return np.concatenate(outputs), list(heard.values())


@contextmanager
def _ears(model: keras.Model, heard: dict[int, Heard]) -> Iterator[None]:
    leaves = {id(layer): layer for layer in leaves_of(model)}.values()
    try:
        for layer in leaves:
            # Keras would track, and save, what is set in the ordinary way.
            object.__setattr__(layer, "call", _listening(layer, heard))
        yield
    finally:
        for layer in leaves:
            layer.__dict__.pop("call", None)


def _listening(layer: keras.Layer, heard: dict[int, Heard]) -> Any:
    plain = layer.call

    def call(*inputs: Any, **options: Any) -> Any:
        given = first_tensor(inputs)
        found = plain(*inputs, **options)
        record = heard.setdefault(id(layer), Heard(layer))
        # Only what is read later: a deep network holds millions of numbers per image.
        record.hear(
            given if _is_first_learned(record, heard) else None,
            found if activation_of(layer) else None,
        )
        return found

    return call


def _is_first_learned(record: Heard, heard: dict[int, Heard]) -> bool:
    return record is next(filter(_is_learned, heard.values()), None)


def _is_learned(record: Heard) -> bool:
    layer = record.layer
    return bool(layer.weights) and type(layer).__name__ not in _SCALERS


def leaves_of(layer: keras.Layer) -> Iterator[keras.Layer]:
    """The layers in `layer` that hold no others; input layers compute nothing."""
    inner = list(layer._flatten_layers(include_self=False, recursive=False))
    for one in inner:
        if not isinstance(one, keras.layers.InputLayer):
            yield from leaves_of(one)
    if not inner:
        yield layer


def _units(heard: list[Heard]) -> Iterator[dict[str, Any]]:
    """Dead units of every layer with an activation but the last."""
    for record in heard[:-1]:
        name = activation_of(record.layer)
        found = record.given_out
        if name in ("", "linear") or found.low is None:
            continue
        dead = int(found.still(STILL).sum())
        yield {
            "name": record.layer.name,
            "type": type(record.layer).__name__,
            "activation": name,
            "units": found.units,
            "dead": dead,
            "dead_share": dead / found.units,
        }


def activation_of(layer: keras.Layer) -> str:
    """The name of a layer's activation, `linear` and "" (it has none) included."""
    kind = type(layer).__name__
    function = getattr(layer, "activation", None)
    if callable(function):
        return str(getattr(function, "__name__", type(function).__name__))
    return kind.lower() if kind in _ACTIVATIONS else ""


def _input(heard: list[Heard]) -> dict[str, Any] | None:
    """What arrives at the first layer that has learned something."""
    learned = [record for record in heard if _is_learned(record)]
    if not learned or learned[0].taken_in.low is None:
        return None
    first = learned[0].taken_in
    near = [type(record.layer).__name__ for record in learned[:2]]
    return {
        "layer": learned[0].layer.name,
        **first.summary(),
        "varies": not bool(first.still(STILL).all()),
        "normalised": any(kind in _NORMALISERS for kind in near),
    }


def _output(
    outputs: NDArray[np.float64], heard: list[Heard], class_names: Sequence[str]
) -> dict[str, Any]:
    """How the logits move over the images, and what the last layer is."""
    last = heard[-1].layer if heard else None
    activation = "" if last is None else activation_of(last)
    logits = outputs.reshape(len(outputs), -1)
    if activation == "softmax":
        logits = np.log(np.maximum(logits, FLOOR))
    elif activation == "sigmoid":
        logits = np.log(np.maximum(logits, FLOOR) / np.maximum(1 - logits, FLOOR))
    with np.errstate(invalid="ignore", over="ignore"):
        spread = logits.std(axis=0)
    return {
        "layer": "" if last is None else last.name,
        "activation": activation,
        "units": int(logits.shape[1]),
        "n_labels": len(class_names),
        "logit_std": [float(one) if np.isfinite(one) else None for one in spread],
    }
