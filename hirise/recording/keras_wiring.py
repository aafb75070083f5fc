"""What the layers of a Keras network say before it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from hirise.models.activations import activation_of, leaves_of

_LINEAR_BETWEEN = ("Dropout", "Flatten", "Reshape", "Pooling", "Identity")
"""Parts of names of layers that leave a linear map linear, or nearly so."""


def wiring_of(model: keras.Model) -> dict[str, Any]:
    """`linear_layers` and `equal_weights` of a network before its first step.

    Examples
    --------
    >>> parts = [keras.Input((2,)), keras.layers.Dense(3, name="a")]
    >>> network = keras.Sequential([*parts, keras.layers.Dense(2, name="b")])
    >>> wiring_of(network)
    {'linear_layers': ['a'], 'equal_weights': []}
    """
    layers = list(leaves_of(model))
    return {
        "linear_layers": _linear(layers) if _is_chain(model) else [],
        "equal_weights": _equal(layers),
    }


def _is_chain(model: Any) -> bool:
    """Whether each layer takes the output of the one before alone."""
    if not isinstance(model, keras.Sequential):
        depths = getattr(model, "_nodes_by_depth", None)
        if not depths or any(len(nodes) > 1 for nodes in depths.values()):
            return False
    inner = [layer for layer in model.layers if hasattr(layer, "layers")]
    return all(_is_chain(layer) for layer in inner)


def _linear(layers: Sequence[Any]) -> list[str]:
    """Layers whose output reaches the next one with weights unchanged."""
    found: list[str] = []
    waiting = None
    for layer in layers:
        kind = type(layer).__name__
        if kind in ("Dense", "Conv1D", "Conv2D", "Conv3D"):
            if waiting is not None:
                found.append(waiting)
            waiting = layer.name if activation_of(layer) == "linear" else None
        elif not any(part in kind for part in _LINEAR_BETWEEN):
            waiting = None
    return found


def _equal(layers: Sequence[Any]) -> list[str]:
    """Hidden layers whose weights all have one value.

    The last layer may start at 0: its units still learn different things.
    """
    kernels = [
        (layer.name, kernel)
        for layer in layers
        if (kernel := _kernel(layer)) is not None
        and type(layer).__name__ != "Embedding"
    ]
    return [name for name, kernel in kernels[:-1] if np.ptp(kernel) == 0]


def _kernel(layer: Any) -> Any:
    for weight in layer.trainable_weights:
        if len(weight.shape) > 1 and np.prod(weight.shape) > 1:
            return np.asarray(weight.numpy())
    return None
