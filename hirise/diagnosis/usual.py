"""What settings of a training are usual."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
