"""What can be read off a Keras network, and its predictions in inference mode."""

from __future__ import annotations

import hashlib
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.models.activations import activation_of, loss_of

_LOGGED_ACCURACY = (
    "accuracy",
    "acc",
    "sparse_categorical_accuracy",
    "categorical_accuracy",
    "binary_accuracy",
)


class KerasNetwork:
    """The network of a `fit`, as `RecordedSplit` predicts with it."""

    def __init__(self, model: keras.Model) -> None:
        self.model = model

    def predict(self, x: Any) -> NDArray[Any]:
        outputs = self.model.predict_on_batch(x)
        if isinstance(outputs, dict | list | tuple):
            raise InputError(
                "The network has several outputs.",
                how="RunRecorder evaluates a network with one.",
            )
        return np.asarray(keras.ops.convert_to_numpy(outputs))

    @property
    def activation(self) -> str:
        return last_activation(self.model)

    @property
    def from_logits(self) -> bool | None:
        loss = loss_of(getattr(self.model, "loss", None))
        return None if loss is None else loss["from_logits"]


def last_activation(model: keras.Model) -> str:
    """The activation of the last layer; "" if it is not known.

    Examples
    --------
    >>> last_activation(keras.Sequential([keras.layers.Dense(2, activation="softmax")]))
    'softmax'
    """
    layers = getattr(model, "layers", [])
    if not layers:
        return ""
    last = layers[-1]
    return last_activation(last) if hasattr(last, "layers") else activation_of(last)


def describe_model(model: keras.Model, *, epochs: int) -> dict[str, Any]:
    """What can be read off a compiled network, as the recipe of a run.

    Examples
    --------
    >>> model = keras.Sequential([keras.layers.Dense(2)], name="small")
    >>> describe_model(model, epochs=3)["last_activation"]
    'linear'
    """
    optimizer = getattr(model, "optimizer", None)
    rate = getattr(optimizer, "learning_rate", None)
    loss = loss_of(getattr(model, "loss", None)) or {}
    return {
        "name": model.name,
        "epochs": epochs,
        "optimizer": None if optimizer is None else optimizer.name,
        "learning_rate": None if rate is None else float(rate),
        "loss": loss.get("name"),
        "from_logits": loss.get("from_logits"),
        "last_activation": last_activation(model),
        "select_by": "last",
    }


def logged_metrics(logs: dict[str, Any]) -> dict[str, float]:
    """What Keras logged of an epoch; its training metrics are running means."""
    row = {}
    for prefix in ("", "val_"):
        if f"{prefix}loss" in logs:
            row[f"{prefix}loss"] = float(logs[f"{prefix}loss"])
        for name in _LOGGED_ACCURACY:
            if f"{prefix}{name}" in logs:
                row[f"{prefix}accuracy"] = float(logs[f"{prefix}{name}"])
                break
    return row


def hash_weights(model: keras.Model) -> bytes:
    """Tells whether another callback changed the weights."""
    digest = hashlib.blake2b(digest_size=16)
    for weights in model.get_weights():
        digest.update(np.ascontiguousarray(weights).tobytes())
    return digest.digest()
