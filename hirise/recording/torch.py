"""What hooks tell of a PyTorch network while it is trained in any loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from hirise.errors import InputError
from hirise.models.layer_stats import FORMAT, InputStats, output_entry
from hirise.recording.labels import as_array, label_encoding
from hirise.recording.layer_log import Budget, LayerLog
from hirise.recording.torch_calls import Calls, add_tensor, first_tensor
from hirise.recording.torch_loaders import loader_of
from hirise.recording.torch_programs import write_program
from hirise.recording.torch_wiring import wiring_of
from hirise.runs.folder import TORCH_MODEL

__all__ = [
    "PACKAGES",
    "TorchWatcher",
    "loader_of",
    "random_state",
    "set_random_state",
]

PACKAGES = ("torch", "torchvision")

_LOGITS = {
    "cross_entropy": True,
    "binary_cross_entropy_with_logits": True,
    "binary_cross_entropy": False,
    "nll_loss": None,
    "multi_margin_loss": None,
    "mse_loss": None,
    "l1_loss": None,
}
"""Losses of `torch.nn.functional`, and whether they take logits; None: neither."""


class TorchWatcher:
    """Watches a network with hooks, from `watch` until it is closed.

    Gradients and updates are measured in some steps of its optimiser, as many as fit
    into a small fraction of the time.

    Parameters
    ----------
    model : torch.nn.Module
    predict : function, optional
        Outputs for a batch, in place of `model(batch)`.
    loss : str or torch.nn.Module, optional
        Found when it is first called, if it is one of PyTorch.
    """

    packages = PACKAGES
    model_file = TORCH_MODEL

    def __init__(
        self,
        model: torch.nn.Module,
        *,
        predict: Callable[[Any], Any] | None = None,
        loss: Any = None,
    ) -> None:
        self.model = model
        self.activation = ""
        self.loss = None if loss is None else _describe_loss(loss)
        self.initial_loss: float | None = None
        self.class_weights: list[float] | None = None
        self.encoding = ""
        self.batch_size = 0
        self.inputs = {"train": InputStats(), "val": InputStats()}
        self._predict = predict
        self._optimizer: torch.optim.Optimizer | None = None
        self._first_rate: float | None = None
        self._log, self._budget = LayerLog(), Budget()
        self._wiring = wiring_of(model)
        self._weights = {
            name: module.weight
            for name, module in model.named_modules()
            if _is_weighted(module)
        }
        self._owned = {id(p) for p in model.parameters()}
        self._before: dict[str, torch.Tensor] = {}
        self._known_activation = False
        self._handles: list[Any] = []
        self._functions: dict[str, Callable[..., Any]] = {}
        self._hook()

    @property
    def from_logits(self) -> bool | None:
        """Whether the loss takes logits; None where that is not known."""
        return None if self.loss is None else self.loss["from_logits"]

    def predict(self, x: Any) -> NDArray[Any]:
        """Outputs of a batch, in inference mode."""
        with _inference(self.model):
            if self._known_activation:
                return as_array(self._outputs(x))
            calls = Calls(self.model)
            with calls:
                outputs = self._outputs(x)
            self.activation = calls.last_activation(outputs)
            self._known_activation = True
            return as_array(outputs)

    def settings(self) -> dict[str, Any]:
        """What is known of network, loss and optimiser, for the recipe of a run."""
        optimizer = self._optimizer
        groups = [] if optimizer is None else optimizer.param_groups
        return {
            "name": type(self.model).__name__,
            "optimizer": None if optimizer is None else type(optimizer).__name__,
            "learning_rate": self._first_rate,
            "weight_decay": float(groups[0].get("weight_decay", 0)) if groups else None,
            "loss": None if self.loss is None else self.loss["name"],
            "from_logits": self.from_logits,
            "last_activation": self.activation,
            "label_encoding": self.encoding or None,
            "initial_loss": self.initial_loss,
            "batch_size": self.batch_size or None,
            "batch_normalisation": self._batch_normalisation()["layers"],
            "class_weights": self.class_weights,
            **self._parameters(),
            **self._wiring,
        }

    def _parameters(self) -> dict[str, Any]:
        """Which parameters are learned, and the strongest dropout."""
        dropouts = [
            float(module.p)
            for module in self.model.modules()
            if isinstance(module, torch.nn.modules.dropout._DropoutNd)
        ]
        n_all = sum(p.numel() for p in self.model.parameters())
        learned = sum(p.numel() for p in self.model.parameters() if p.requires_grad)
        return {
            "trainable": learned / n_all if n_all else None,
            "dropout": max(dropouts, default=0.0),
        }

    @property
    def learning_rate(self) -> float | None:
        """That of the first group of parameters, as it is now."""
        if self._optimizer is None:
            return None
        return float(self._optimizer.param_groups[0]["lr"])

    @property
    def regularisation_loss(self) -> float | None:
        """The penalty that weight decay stands for: half its sum of squares."""
        if self._optimizer is None:
            return None
        penalty = 0.0
        with torch.no_grad():
            for group in self._optimizer.param_groups:
                decay = group.get("weight_decay", 0.0)
                if decay:
                    norms = torch._foreach_norm(group["params"])
                    squares = sum(float(norm) ** 2 for norm in norms)
                    penalty += 0.5 * float(decay) * squares
        return penalty

    def learn(
        self, batches: Sequence[Any], labels: Sequence[NDArray[Any]], *, is_over: bool
    ) -> None:
        """Nothing: gradients are those of training steps."""

    def layer_rows(self, epoch: int) -> list[dict[str, Any]]:
        """What was measured of the layers since the last call."""
        with torch.no_grad():
            for name, weight in self._weights.items():
                self._log.set(name, weight_norm=float(weight.float().norm()))
        return self._log.rows(epoch=epoch)

    def probe(
        self, batches: Sequence[Any], class_names: Sequence[str], *, split: str
    ) -> dict[str, Any]:
        """Describe what the layers do with a few images; see `activations.json`."""
        calls, outputs = Calls(self.model, ranges=True), []
        with _inference(self.model), calls:
            outputs = [as_array(self._outputs(x)) for x in batches]
        numbers = np.concatenate(outputs).astype(np.float64)
        layers = calls.layers()
        for layer in layers:
            values = {key: layer[key] for key in ("dead_share",)}
            if "saturated_share" in layer:
                values["saturated_share"] = layer["saturated_share"]
            self._log.set(layer["name"], **values)
        if calls.first is not None and split in self.inputs:
            self.inputs[split] = calls.first.stats
        return {
            "format": FORMAT,
            "split": split,
            "n_images": len(numbers),
            "layers": layers,
            "input": None if calls.first is None else calls.first.entry(),
            "inputs": {name: stats.summary() for name, stats in self.inputs.items()},
            "output": output_entry(
                numbers,
                layer=calls.last_name,
                activation=self.activation,
                class_names=class_names,
            ),
            "loss": self.loss,
            "batch_normalisation": self._batch_normalisation(),
        }

    def _batch_normalisation(self) -> dict[str, Any]:
        """How many layers keep moving averages; as Keras, the momentum of the past."""
        momenta = [
            1 - float(module.momentum or 0)
            for module in self.model.modules()
            if type(module).__name__.startswith("BatchNorm")
        ]
        return {"layers": len(momenta), "momentum": max(momenta, default=None)}

    def mark(self) -> str:
        """The norm of all weights, which changes with them."""
        with torch.no_grad():
            norms = torch._foreach_norm([p.float() for p in self.model.parameters()])
            return repr(sum(float(norm) for norm in norms))

    def save(self, path: Path, x: Any) -> None:
        """Write the network as a program, see `hirise.recording.torch_programs`."""
        if self._predict is not None:
            raise InputError("Its outputs are those of the function `predict`.")
        with _inference(self.model):
            write_program(self.model, _on_device(x, self.model), path)

    def close(self) -> None:
        """Take all hooks away."""
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self._forget_losses()

    def _outputs(self, x: Any) -> Any:
        if self._predict is not None:
            return self._predict(x)
        x = _on_device(x, self.model)
        result = self.model(**x) if isinstance(x, dict) else self.model(x)
        return getattr(result, "logits", result)

    def _hook(self) -> None:
        self._handles = [
            self._first_learned().register_forward_pre_hook(
                self._on_forward, with_kwargs=True
            ),
            register_optimizer_step_pre_hook(self._on_step),
            register_optimizer_step_post_hook(self._after_step),
        ]
        self._spy_on_losses()

    def _first_learned(self) -> torch.nn.Module:
        """The first module with weights of its own, where a training step begins."""
        for module in self.model.modules():
            if next(module.parameters(recurse=False), None) is not None:
                return module
        return self.model

    def _on_forward(self, module: Any, inputs: Any, named: Any) -> None:
        if not module.training or torch.is_inference_mode_enabled():
            return
        tensor = first_tensor((*inputs, *named.values()))
        if tensor is None:
            return
        self.batch_size = max(self.batch_size, len(tensor))
        if self._budget.allows():
            with self._budget:
                self._measure_input(tensor)

    def _measure_input(self, tensor: torch.Tensor) -> None:
        """The numbers that the network gets in training; see `probe` for validation."""
        with torch.no_grad():
            add_tensor(self.inputs["train"], tensor)

    def _spy_on_losses(self) -> None:
        """Find the loss: watch its functions, which modules call too, for one step."""
        for name in _LOGITS:
            function = getattr(functional, name)
            self._functions[name] = function
            setattr(functional, name, self._observed(name, function))

    def _observed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def observed(*inputs: Any, **options: Any) -> Any:
            result = function(*inputs, **options)
            if torch.is_grad_enabled() and self.initial_loss is None:
                target = options["target"] if "target" in options else inputs[1]
                self.loss = self.loss or {"name": name, "from_logits": _LOGITS[name]}
                self.encoding = label_encoding(as_array(target))
                weights = options.get("weight")
                if isinstance(weights, torch.Tensor) and weights.ndim == 1:
                    self.class_weights = as_array(weights).astype(float).tolist()
                if isinstance(result, torch.Tensor) and result.ndim == 0:
                    n = len(target) if options.get("reduction") == "sum" else 1
                    self.initial_loss = float(result.detach()) / n
            return result

        return observed

    def _forget_losses(self) -> None:
        for name, function in self._functions.items():
            setattr(functional, name, function)
        self._functions = {}

    def _on_step(self, optimizer: Any, args: Any, named: Any) -> None:
        parameters = (p for group in optimizer.param_groups for p in group["params"])
        if self._optimizer is None:
            if not any(id(p) in self._owned for p in parameters):
                return
            self._optimizer = optimizer
            self._first_rate = float(optimizer.param_groups[0]["lr"])
        if optimizer is not self._optimizer or not self._budget.allows():
            return
        with self._budget, torch.no_grad():
            learned = {n: w for n, w in self._weights.items() if w.grad is not None}
            for name, weight in learned.items():
                self._log.add(name, "gradient", float(weight.grad.norm()))
            self._before = {name: w.detach().clone() for name, w in learned.items()}

    def _after_step(self, optimizer: Any, args: Any, named: Any) -> None:
        if optimizer is not self._optimizer:
            return
        self._forget_losses()
        if not self._before:
            return
        with self._budget, torch.no_grad():
            for name, before in self._before.items():
                moved = float((self._weights[name] - before).norm())
                size = float(before.norm())
                self._log.add(name, "update", moved / size if size else float("inf"))
            self._before = {}


def _is_weighted(module: Any) -> bool:
    weight = getattr(module, "weight", None)
    return isinstance(weight, torch.nn.Parameter) and weight.ndim >= 2


def _describe_loss(loss: Any) -> dict[str, Any]:
    if isinstance(loss, str):
        return {"name": loss, "from_logits": _LOGITS.get(loss)}
    name = type(loss).__name__ if isinstance(loss, torch.nn.Module) else str(loss)
    words = {known.replace("_", "") + "loss": known for known in _LOGITS}
    words |= {known.replace("_", ""): known for known in _LOGITS}
    words |= {"bceloss": "binary_cross_entropy"}
    words |= {"bcewithlogitsloss": "binary_cross_entropy_with_logits"}
    known = words.get(name.lower(), "")
    return {"name": known or name, "from_logits": _LOGITS.get(known)}


def _on_device(x: Any, model: torch.nn.Module) -> Any:
    """A batch where the network is."""
    parameter = next(model.parameters(), None)
    if parameter is None:
        return x
    if isinstance(x, dict):
        return {name: _on_device(value, model) for name, value in x.items()}
    if isinstance(x, np.ndarray):
        x = torch.from_numpy(x)
    return x.to(parameter.device) if isinstance(x, torch.Tensor) else x


@contextmanager
def _inference(model: torch.nn.Module) -> Iterator[None]:
    """Inference mode of each module, and afterwards the mode that each had."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


def random_state() -> torch.Tensor:
    """That of PyTorch's numbers on the CPU, which loaders and data sets draw from."""
    return torch.get_rng_state()


def set_random_state(state: torch.Tensor) -> None:
    """Go back to an earlier state."""
    torch.set_rng_state(state)
