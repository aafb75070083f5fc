"""What the layers of a PyTorch network say before it is trained."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

_LINEAR_BETWEEN = ("Dropout", "Flatten", "Pool", "Identity")
"""Parts of names of modules that leave a linear map linear, or nearly so."""


def wiring_of(model: nn.Module) -> dict[str, Any]:
    """`linear_layers` and `equal_weights` of a network before its first step.

    Layers in a row are those of one `nn.Sequential`.
    """
    linear: list[str] = []
    for name, module in model.named_modules():
        if isinstance(module, nn.Sequential):
            linear += [f"{name}.{key}" if name else key for key in _linear(module)]
    return {"linear_layers": linear, "equal_weights": _equal(model)}


def _linear(parts: nn.Sequential) -> list[str]:
    """Layers whose output reaches the next one with weights unchanged."""
    found: list[str] = []
    waiting = None
    for key, module in parts.named_children():
        kind = type(module).__name__
        if kind in ("Linear", "Conv1d", "Conv2d", "Conv3d"):
            if waiting is not None:
                found.append(waiting)
            # A convolution of each channel alone is one half of a separable one.
            waiting = key if getattr(module, "groups", 1) == 1 else None
        elif not any(part in kind for part in _LINEAR_BETWEEN):
            waiting = None
    return found


def _equal(model: nn.Module) -> list[str]:
    """Hidden layers whose weights all have one value; the last may start at 0."""
    layers = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
    weights = [
        (name, module.weight.detach())
        for name, module in model.named_modules()
        if isinstance(module, layers)
        and module.weight.requires_grad
        and not (is_lazy(module.weight) or module.weight.is_meta)
    ]
    return [
        name
        for name, weight in weights[:-1]
        if weight.numel() > 1 and bool((weight.max() == weight.min()).item())
    ]
