"""Activations and the first input of a PyTorch network, as it is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from hirise.models.layer_stats import InputStats, constant_units, layer_entry
from hirise.recording.labels import as_array

_ACTIVATIONS = {
    "relu": "relu",
    "relu_": "relu",
    "relu6": "relu6",
    "leaky_relu": "leaky_relu",
    "leaky_relu_": "leaky_relu",
    "prelu": "prelu",
    "elu": "elu",
    "elu_": "elu",
    "gelu": "gelu",
    "silu": "silu",
    "hardswish": "hardswish",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softsign": "softsign",
    "softmax": "softmax",
    "log_softmax": "log_softmax",
}
"""Functions of PyTorch, and the activation that each computes."""
_NORMALISERS = ("BatchNorm", "LayerNorm", "GroupNorm", "InstanceNorm")


class FirstInput:
    """The input of the first layer with weights."""

    def __init__(self, name: str, module: torch.nn.Module) -> None:
        self.name, self.module = name, module
        self.near = [type(module).__name__]
        self.stats = InputStats()
        self.low: Any = None
        self.high: Any = None

    def add(self, tensor: torch.Tensor) -> None:
        add_tensor(self.stats, tensor)
        low, high = as_array(tensor.amin(dim=0)), as_array(tensor.amax(dim=0))
        if self.low is None:
            self.low, self.high = low, high
        elif self.low.shape == low.shape:
            self.low = np.minimum(self.low, low)
            self.high = np.maximum(self.high, high)

    def entry(self) -> dict[str, Any] | None:
        summary = self.stats.summary()
        if summary is None:
            return None
        low, high = self.low.reshape(-1, 1), self.high.reshape(-1, 1)
        return {
            "layer": self.name,
            **summary,
            "varies": not bool(constant_units(low.T, high.T).all()),
            "normalised": any(k.startswith(_NORMALISERS) for k in self.near[:2]),
        }


class Calls(TorchFunctionMode):  # type: ignore[misc]
    """Activations that are computed, by module or by function, while it is entered."""

    def __init__(self, model: torch.nn.Module, *, ranges: bool = False) -> None:
        super().__init__()
        self.model, self.ranges = model, ranges
        self.first: FirstInput | None = None
        self.last_name, self._last_module = "", ""
        self._within = ""
        self._last: tuple[str, Any] = ("", None)
        self._found: dict[str, tuple[str, str, Any, Any]] = {}
        self._again: dict[str, int] = {}
        self._handles: list[Any] = []

    def __enter__(self) -> Any:
        for name, module in self.model.named_modules():
            if next(module.children(), None) is None:
                self._handles += [
                    module.register_forward_pre_hook(self._before(name)),
                    module.register_forward_hook(self._after(name)),
                ]
        self._handles.append(self.model.register_forward_pre_hook(self._begin))
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        for handle in self._handles:
            handle.remove()
        super().__exit__(*error)

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        activation = _ACTIVATIONS.get(getattr(func, "__name__", ""), "")
        if activation and isinstance(result, torch.Tensor) and result.ndim >= 2:
            self._record(activation, result)
        return result

    def last_activation(self, outputs: Any) -> str:
        """The activation that gave `outputs`; `linear` where a layer did."""
        activation, result = self._last
        is_tensor = isinstance(outputs, torch.Tensor) and result is not None
        if is_tensor and outputs.data_ptr() == result.data_ptr():
            return activation
        return "linear" if self._last_module in ("Linear", "Conv2d") else ""

    def layers(self) -> list[dict[str, Any]]:
        """Those with an activation, less the one that gives the outputs."""
        entries = []
        for name, (kind, activation, low, high) in self._found.items():
            if activation in ("softmax", "log_softmax"):
                continue
            entries.append(layer_entry(name, kind, activation, low, high))
        return entries

    def _begin(self, module: Any, inputs: Any) -> None:
        self._again = {}

    def _before(self, name: str) -> Callable[..., None]:
        def before(module: Any, inputs: Any) -> None:
            self._within = name
            kind = type(module).__name__
            weighted = next(module.parameters(recurse=False), None) is not None
            if weighted and self.first is None:
                self.first = FirstInput(name, module)
            first = self.first
            if first is None:
                return
            if weighted and first.module is not module and len(first.near) < 2:
                first.near.append(kind)
            tensor = first_tensor(inputs)
            if first.module is module and tensor is not None:
                first.add(tensor)

        return before

    def _after(self, name: str) -> Callable[..., None]:
        def after(module: Any, inputs: Any, output: Any) -> None:
            kind = type(module).__name__
            if next(module.parameters(recurse=False), None) is not None:
                self.last_name, self._last_module = name, kind
            elif kind not in ("Dropout", "Identity", "Flatten"):
                self._last_module = kind

        return after

    def _record(self, activation: str, result: torch.Tensor) -> None:
        self._last = (activation, result)
        if not self.ranges:
            return
        number = self._again.get(self._within, 0)
        self._again[self._within] = number + 1
        name = self._within + (f" ({number + 1})" if number else "")
        # Channels of a convolution stand second in PyTorch, units of others last.
        places = (0, *range(2, result.ndim)) if result.ndim == 4 else (0,)
        if result.ndim == 3:
            places = (0, 1)
        low = as_array(result.amin(dim=places)).astype(np.float64)
        high = as_array(result.amax(dim=places)).astype(np.float64)
        if name in self._found and self._found[name][2].shape == low.shape:
            _, _, lowest, highest = self._found[name]
            low, high = np.minimum(low, lowest), np.maximum(high, highest)
        self._found[name] = (activation, activation, low, high)


def add_tensor(stats: InputStats, tensor: torch.Tensor) -> None:
    """Take in the numbers of a tensor."""
    numbers = tensor.detach().float()
    low, high = torch.aminmax(numbers)
    stats.add(
        low=float(low),
        high=float(high),
        total=float(numbers.sum(dtype=torch.float64)),
        squares=float(numbers.double().square().sum()),
        n=numbers.numel(),
    )
    if numbers.ndim == 4:
        flat = numbers.flatten(1)
        steps = numbers.diff(dim=3).abs()
        stats.add_images(
            n_images=len(numbers),
            n_constant=int((flat.amax(1) == flat.amin(1)).sum()),
            differences=float(steps.sum(dtype=torch.float64)),
            n_differences=steps.numel(),
            channels=numbers.sum(dim=(0, 2, 3), dtype=torch.float64).cpu().numpy(),
        )


def first_tensor(values: Any) -> Any:
    """The first tensor of images in a nest of arguments; None if there is none."""
    for value in values:
        if isinstance(value, torch.Tensor) and value.ndim >= 2:
            return value
        if isinstance(value, tuple | list) and value:
            return first_tensor(value)
    return None
