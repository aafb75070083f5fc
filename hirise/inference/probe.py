"""What a network does inside with a few images: dead units, input range, output spread.

Works on any Keras model that runs eagerly: each layer's `call` is listened to while the
images pass, so that Sequential, functional, nested and subclassed models are alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from hirise.inference.heard import Heard, first_tensor

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
        The document `activations.json`, see docs/architecture.md.
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
