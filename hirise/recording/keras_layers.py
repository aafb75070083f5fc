"""Gradients, updates and inputs of the layers in a `fit`, and its first batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from hirise.models.activations import leaves_of, probe
from hirise.recording.layer_log import Budget, LayerLog

IMAGES = 32
"""Images of which a gradient is taken, and layers are described, after an epoch."""


class KerasLayers:
    """Measures the layers of a network, with any backend of Keras.

    Updates are measured in some batches, as many as fit into a small fraction of the
    time. Gradients are taken after an epoch, of a few training images, where the
    backend is TensorFlow: Keras itself does not show those of a step.
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self.initial_loss: float | None = None
        self._log, self._budget = LayerLog(), Budget()
        self._before: dict[str, NDArray[Any]] = {}

    def begin_batch(self) -> None:
        """A training step begins."""
        if self._budget.allows():
            with self._budget:
                self._before = {
                    name: _values(kernel) for name, kernel in self._kernels()
                }

    def end_batch(self, loss: float | None) -> None:
        """A training step is over; `loss` is the mean of the epoch so far."""
        if self.initial_loss is None and loss is not None:
            self.initial_loss = loss
        if not self._before:
            return
        with self._budget:
            for name, kernel in self._kernels():
                before = self._before.get(name)
                if before is None:
                    continue
                with np.errstate(invalid="ignore", over="ignore"):
                    moved = float(np.linalg.norm(_values(kernel) - before))
                    size = float(np.linalg.norm(before))
                self._log.add(name, "update", moved / size if size else float("inf"))
            self._before = {}

    def measure(self, x: Any, y: Any) -> None:
        """Gradients of training images, and dead units, after an epoch."""
        if not self._budget.allows():
            return
        with self._budget:
            for name, norm in self._gradients(x, y).items():
                self._log.add(name, "gradient", norm)
            if isinstance(x, np.ndarray):
                images = x.astype(np.float32)
                for layer in probe(self.model, images, (), split="train")["layers"]:
                    self._log.set(layer["name"], dead_share=layer["dead_share"])

    def rows(self, epoch: int) -> list[dict[str, Any]]:
        """What was measured since the last call, by layer."""
        return self._log.rows(epoch=epoch)

    def regularisation_loss(self) -> float:
        """The penalty that the network adds to its loss."""
        penalties = [_values(loss) for loss in getattr(self.model, "losses", ())]
        return float(sum(float(penalty) for penalty in penalties))

    def batch_normalisation(self) -> dict[str, Any]:
        """How many layers keep moving averages, and their largest momentum."""
        momenta = [
            float(layer.momentum)
            for layer in leaves_of(self.model)
            if type(layer).__name__ == "BatchNormalization"
        ]
        return {"layers": len(momenta), "momentum": max(momenta, default=None)}

    def _kernels(self) -> list[tuple[str, Any]]:
        named: dict[str, Any] = {}
        for layer in leaves_of(self.model):
            kernel = next((w for w in layer.trainable_weights if len(w.shape) > 1), 0)
            if not isinstance(kernel, int):
                named.setdefault(layer.name, kernel)
        return list(named.items())

    def _gradients(self, x: Any, y: Any) -> dict[str, float]:
        if keras.backend.backend() != "tensorflow":
            return {}
        import tensorflow as tf

        kernels = self._kernels()
        variables = [kernel.value for _, kernel in kernels]
        with _unchanged(self.model), tf.GradientTape() as tape:
            outputs = self.model(x, training=True)
            loss = self.model.compute_loss(x, y, outputs, training=True)
        gradients = tape.gradient(loss, variables)
        return {
            name: float(np.linalg.norm(np.asarray(gradient)))
            for (name, _), gradient in zip(kernels, gradients, strict=True)
            if gradient is not None
        }


@contextmanager
def _unchanged(model: keras.Model) -> Iterator[None]:
    """Moving averages and seeds stay as they are, as do the network's metrics."""
    kept = [(variable, _values(variable)) for variable in model.non_trainable_variables]
    try:
        yield
    finally:
        for variable, values in kept:
            variable.assign(values)


def _values(variable: Any) -> NDArray[Any]:
    if isinstance(variable, keras.Variable):
        return np.array(variable.numpy())
    return np.array(keras.ops.convert_to_numpy(variable))
