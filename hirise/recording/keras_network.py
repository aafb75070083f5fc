"""What is measured of a Keras network while it is trained, with any backend."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.models.activations import activation_of, leaves_of, loss_of, probe
from hirise.recording.keras_wiring import wiring_of
from hirise.recording.labels import as_array
from hirise.recording.layer_log import Budget, LayerLog
from hirise.recording.loaders import few_of

IMAGES = 32
"""Images of which gradients are taken after an epoch."""
PACKAGES = ("tensorflow", "tensorflow-cpu", "keras")


class KerasWatcher:
    """Watches a network from `watch` on.

    Updates are measured in some batches, as many as fit into a small fraction of the
    time, where a callback says when batches begin and end. Gradients are taken after
    an epoch, of a few training images, where the backend is TensorFlow: Keras itself
    does not show those of a step.

    Parameters
    ----------
    model : keras.Model
    predict : function, optional
        Outputs for a batch, in place of `model(batch)`.
    loss : str or keras.losses.Loss, optional
        By default the one that the network is compiled with.
    """

    packages = PACKAGES
    model_file = ""

    def __init__(
        self,
        model: keras.Model,
        *,
        predict: Callable[[Any], Any] | None = None,
        loss: Any = None,
    ) -> None:
        self.model = model
        self.initial_loss: float | None = None
        self.inputs: dict[str, Any] = {}
        self._predict, self._loss = predict or model.predict_on_batch, loss
        self._first_rate, self._wiring = self.learning_rate, wiring_of(model)
        self._log, self._budget = LayerLog(), Budget()
        # Copies of large kernels use up the time for steps, and gradients are few.
        self._gradient_budget = Budget(least=1)
        self._before: dict[str, NDArray[Any]] = {}

    @property
    def activation(self) -> str:
        return last_activation(self.model)

    @property
    def loss(self) -> dict[str, Any] | None:
        """`name` and `from_logits`."""
        return loss_of(self._loss or getattr(self.model, "loss", None))

    @property
    def from_logits(self) -> bool | None:
        return None if self.loss is None else self.loss["from_logits"]

    @property
    def learning_rate(self) -> float | None:
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        return None if rate is None else float(rate)

    @property
    def regularisation_loss(self) -> float:
        """The penalty that the network adds to its loss."""
        penalties = [_values(loss) for loss in getattr(self.model, "losses", ())]
        return float(sum(float(penalty) for penalty in penalties))

    def predict(self, x: Any) -> NDArray[Any]:
        """Outputs of a batch, in inference mode."""
        outputs = self._predict(x)
        if isinstance(outputs, dict | list | tuple):
            raise InputError(
                "The network has several outputs.",
                how="RunRecorder evaluates a network with one.",
            )
        return as_array(keras.ops.convert_to_numpy(outputs))

    def settings(self) -> dict[str, Any]:
        """What is known of network, loss and optimiser, for the recipe of a run."""
        optimizer, loss = getattr(self.model, "optimizer", None), self.loss or {}
        return {
            "name": self.model.name,
            "optimizer": None if optimizer is None else optimizer.name,
            "learning_rate": self._first_rate,
            "momentum": _number_of(optimizer, "momentum"),
            "loss": loss.get("name"),
            "from_logits": loss.get("from_logits"),
            "last_activation": self.activation,
            "initial_loss": self.initial_loss,
            "batch_normalisation": self._batch_normalisation()["layers"],
            **self._weights(),
            **self._wiring,
        }

    def _weights(self) -> dict[str, Any]:
        """Which weights are learned, and the strongest dropout."""
        dropouts = [
            float(getattr(layer, "rate", 0.0))
            for layer in leaves_of(self.model)
            if type(layer).__name__.endswith("Dropout")
        ]
        n_all = sum(int(np.prod(w.shape)) for w in self.model.weights)
        n_learned = sum(int(np.prod(w.shape)) for w in self.model.trainable_weights)
        return {
            "trainable": n_learned / n_all if n_all else None,
            "dropout": max(dropouts, default=0.0),
        }

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

    def learn(
        self, batches: Sequence[Any], labels: Sequence[NDArray[Any]], *, is_over: bool
    ) -> None:
        """Gradients of training images; in the end the input of the first layer."""
        if is_over:
            self.probe(batches, (), split="train")
            return
        if not self._gradient_budget.allows():
            return
        with self._gradient_budget:
            few = _joined(few_of(batches, IMAGES))
            ids = np.concatenate(few_of(labels, IMAGES))
            for name, norm in self._gradients(few, ids).items():
                self._log.add(name, "gradient", norm)

    def layer_rows(self, epoch: int) -> list[dict[str, Any]]:
        """What was measured since the last call, by layer."""
        for name, kernel in self._kernels():
            self._log.set(name, weight_norm=float(np.linalg.norm(_values(kernel))))
        return self._log.rows(epoch=epoch)

    def probe(
        self, batches: Sequence[Any], class_names: Sequence[str], *, split: str
    ) -> dict[str, Any]:
        """Describe what the layers do with a few images; see `activations.json`."""
        images = _joined(batches)
        if not isinstance(images, np.ndarray):
            raise InputError("The network takes more than one array.")
        document = probe(
            self.model,
            images.astype(np.float32),
            class_names,
            split=split,
            loss=self.loss,
        )
        for layer in document["layers"]:
            kept = ("dead_share", "saturated_share")
            self._log.set(layer["name"], **{k: layer[k] for k in kept if k in layer})
        taken = document["input"]
        if taken is not None:
            beside = ("layer", "varies", "normalised")
            self.inputs[split] = {k: v for k, v in taken.items() if k not in beside}
        document["batch_normalisation"] = self._batch_normalisation()
        return document | {"inputs": self.inputs}

    def mark(self) -> str:
        """Changes with the weights."""
        digest = hashlib.blake2b(digest_size=16)
        for weights in self.model.get_weights():
            digest.update(np.ascontiguousarray(weights).tobytes())
        return digest.hexdigest()

    def save(self, path: Path, x: Any) -> None:
        """Nothing: a network of Keras is not kept."""

    def close(self) -> None:
        """Nothing is to be taken away."""

    def _batch_normalisation(self) -> dict[str, Any]:
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
        is_compiled = getattr(self.model, "compiled", False)
        if keras.backend.backend() != "tensorflow" or not is_compiled:
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


def _number_of(thing: Any, name: str) -> float | None:
    value = getattr(thing, name, None)
    return float(value) if isinstance(value, int | float) else None


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


@contextmanager
def _unchanged(model: keras.Model) -> Iterator[None]:
    """Moving averages and seeds stay as they are, as do the network's metrics."""
    kept = [(variable, _values(variable)) for variable in model.non_trainable_variables]
    try:
        yield
    finally:
        for variable, values in kept:
            variable.assign(values)


def _joined(batches: Sequence[Any]) -> Any:
    """Batches as one, each of one array or of several."""
    return keras.tree.map_structure(
        lambda *parts: np.concatenate([as_array(part) for part in parts]), *batches
    )


def _values(variable: Any) -> NDArray[Any]:
    if isinstance(variable, keras.Variable):
        return np.array(variable.numpy())
    return np.array(keras.ops.convert_to_numpy(variable))
