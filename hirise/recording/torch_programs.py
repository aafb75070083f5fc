"""A PyTorch network as an exported program, which `hirise predict` reads."""

from __future__ import annotations

import copy
import io
import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from hirise.errors import InputError
from hirise.models.formats.image_model import count_outputs, input_of_shape
from hirise.models.torch_program import read_program

TOLERANCE = 1e-3
"""Difference of an output of the program to that of the network, at most."""


class _OneInput(torch.nn.Module):  # type: ignore[misc]
    """A network that takes one tensor and gives one, as programs that are read do."""

    def __init__(self, model: torch.nn.Module, name: str) -> None:
        super().__init__()
        self.model, self.name = model, name

    def forward(self, x: torch.Tensor) -> Any:
        result = self.model(**{self.name: x}) if self.name else self.model(x)
        return getattr(result, "logits", result)


def write_program(model: torch.nn.Module, x: Any, path: Path) -> None:
    """Export a network that is in inference mode, and check the program.

    Parameters
    ----------
    x : tensor, or mapping with one tensor
        A batch, as the network takes it.

    Raises
    ------
    InputError
        If it takes something else, or `torch.export` cannot export it, or the program
        could not be read again or gives other outputs.
    """
    name, tensor = next(iter(x.items())) if isinstance(x, Mapping) else ("", x)
    if not isinstance(tensor, torch.Tensor) or (name and len(x) > 1):
        raise InputError("It takes more than one tensor.")
    # A copy of the example: that of a data set stays in it, and may be changed.
    example = tensor.detach().clone().cpu()
    # The network stays on its device, and free of what an export leaves in it.
    plain = _OneInput(copy.deepcopy(model).cpu(), name).eval()
    logging.getLogger("torch.export").setLevel(logging.ERROR)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = _export(plain, example)
        expected, found = plain(example), program.module()(example)
        difference = float((expected - found).abs().max())
        if not difference <= TOLERANCE:
            raise InputError(f"The exported outputs differ by {difference:.2g}.")
        buffer = io.BytesIO()
        torch.export.save(program, buffer)
    path.write_bytes(buffer.getvalue())
    read = read_program(path)
    input_of_shape(path, read.input_shape)
    count_outputs(path, read.output_shape)


def _export(model: torch.nn.Module, example: torch.Tensor) -> Any:
    """The program for any number of images, or else for as many as in the example."""
    any_number = ({0: torch.export.Dim.AUTO},)
    try:
        return torch.export.export(model, (example,), dynamic_shapes=any_number)
    except Exception as error:
        # PyTorch raises whatever the network makes it raise.
        line = str(error).strip().partition("\n")[0][:200]
        raise InputError(
            f"`torch.export` cannot export it ({type(error).__name__}: {line})."
        ) from error
