"""Settings of a training: which can be read, and what is usual."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

RECTIFIERS = (
    "relu",
    "relu6",
    "leaky_relu",
    "leakyrelu",
    "prelu",
    "elu",
    "gelu",
    "silu",
)
"""A unit of these dies of one step too large; sigmoids and tanhs fade or saturate."""
BOUNDED = ("tanh", "softsign", "softplus", "exponential")
"""Other activations of hidden layers."""
NUMBER_LOSSES = ("mse", "mean_squared", "l1", "mae", "mean_absolute", "hinge", "huber")
HIGH_RATES = {"": 5e-3, "sgd": 0.5, "adadelta": 5.0, "adagrad": 0.5}
LOW_RATES = {"": 2e-5, "sgd": 1e-4, "adadelta": 0.05, "adagrad": 1e-4}
"""By optimiser; "" for those whose step does not depend on the gradient."""
HIGH_MOMENTUM, HIGH_WITH_MOMENTUM = 0.8, 0.05
"""A momentum of .9 makes steps ten times as long; batch normalisation bears them."""
HIGH_DROPOUT = 0.6
MOST = 1e15
"""Larger numbers are no settings."""


def _is_number(value: object) -> bool:
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one and -MOST <= value <= MOST  # type: ignore[operator]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and _is_number(value) and value >= 0


def _are_names(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_weights(value: object) -> bool:
    """A number for each class, or how they are derived."""
    if isinstance(value, list | tuple):
        return all(_is_number(v) for v in value)
    return _is_text(value)


def _are_reasons(value: object) -> bool:
    return isinstance(value, dict) and all(_is_text(v) for v in value.values())


KINDS: dict[str, Callable[[object], bool]] = {
    **dict.fromkeys(
        ("learning_rate", "momentum", "dropout", "initial_loss", "weight_decay"),
        _is_number,
    ),
    **dict.fromkeys(("steps", "batch_size", "batch_normalisation"), _is_count),
    **dict.fromkeys(("optimizer", "loss", "last_activation", "select_by"), _is_text),
    **dict.fromkeys(("linear_layers", "equal_weights"), _are_names),
    "trainable": _is_number,
    "class_weights": _are_weights,
    "unread_labels": _are_reasons,
}
"""Settings that a diagnosis reads -> whether a value is of the kind it takes."""


def readable_settings(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a diagnosis reads, as far as they are of the kind it takes.

    A run folder may come from anywhere: what is of another kind is not known.

    Examples
    --------
    >>> readable_settings({"dropout": 0.5, "learning_rate": "high", "steps": True})
    {'dropout': 0.5}
    """
    return {n: recipe[n] for n, is_one in KINDS.items() if is_one(recipe.get(n))}


@dataclass(frozen=True)
class Rates:
    """The usual range of learning rates of an optimiser.

    Examples
    --------
    >>> usual = usual_rates({"optimizer": "SGD"})
    >>> usual.low, usual.high
    (0.0001, 0.5)
    """

    optimiser: str
    low: float
    high: float


def usual_rates(settings: Mapping[str, Any]) -> Rates:
    """The range for the optimiser of a training.

    With a momentum, and without batch normalisation, high rates of SGD are lower ones.

    Examples
    --------
    >>> usual_rates({"optimizer": "SGD", "momentum": 0.9}).high
    0.5
    >>> plain = {"optimizer": "SGD", "momentum": 0.9, "batch_normalisation": 0}
    >>> usual_rates(plain).high
    0.05
    """
    # Keras counts those of one kind in a process: adam_3.
    name = re.sub(r"_\d+$", "", str(settings.get("optimizer") or "").lower())
    low, high = LOW_RATES.get(name, LOW_RATES[""]), HIGH_RATES.get(name, HIGH_RATES[""])
    momentum, layers = settings.get("momentum"), settings.get("batch_normalisation")
    if name == "sgd" and isinstance(momentum, int | float) and layers == 0:
        high = HIGH_WITH_MOMENTUM if momentum >= HIGH_MOMENTUM else high
    return Rates(name, low, high)


def is_for_numbers(loss: object) -> bool:
    """Whether a loss is one for numbers: squared or absolute errors, hinge.

    Examples
    --------
    >>> is_for_numbers("MeanSquaredError"), is_for_numbers("categorical_crossentropy")
    (True, False)
    """
    plain = _plain(loss)
    return any(name.replace("_", "") in plain for name in NUMBER_LOSSES)


def is_categorical(loss: object) -> bool:
    """Whether a loss of Keras is the cross-entropy of one class among several."""
    return "categoricalcrossentropy" in _plain(loss)


def is_binary(loss: object) -> bool:
    """Whether a loss is the cross-entropy of yes and no, output by output."""
    plain = _plain(loss)
    return "binarycrossentropy" in plain or plain.startswith("bce")


def _plain(loss: object) -> str:
    return str(loss or "").lower().replace("_", "")
