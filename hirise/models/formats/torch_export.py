"""PyTorch programs (`.pt2`): the safe copy that `hirise.models.torch_program` makes."""

from __future__ import annotations

import logging
import tempfile
import warnings
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import numpy as np

from hirise.errors import InputError
from hirise.models.formats.image_model import (
    ImageInput,
    ImageModel,
    Images,
    count_outputs,
    first_line,
    input_of_shape,
)
from hirise.models.torch_program import EXPORT_AGAIN, Program, read_program


def load_pt2(path: Path, *, size: int | None = None) -> ImageModel:
    """Load a `.pt2` file.

    Raises
    ------
    InputError
        Unsafe, damaged, of another version of PyTorch, or no image classifier.
    """
    program = read_program(path)
    module = _load(path, program)
    taken = input_of_shape(path, program.input_shape, size=size)
    return ImageModel(
        **taken._asdict(),
        n_outputs=count_outputs(path, program.output_shape),
        run=_Runner(module, taken, program.batch),
    )


class _Runner:
    """Runs a program on batches; one with a fixed batch, piece by piece."""

    def __init__(self, module: Any, taken: ImageInput, batch: int | None) -> None:
        self.module, self.taken, self.batch = module, taken, batch
        self.channels_last = True

    def __call__(self, images: Images) -> Any:
        import torch

        arranged = self.taken.arrange(images)
        step = self.batch or len(arranged)
        parts = []
        with torch.inference_mode():
            for start in range(0, len(arranged), step):
                piece = arranged[start : start + step]
                whole = np.resize(piece, (step, *piece.shape[1:]))
                outputs = self._run(torch.from_numpy(whole))
                parts.append(outputs[: len(piece)].float().numpy())
        return np.concatenate(parts)

    def _run(self, images: Any) -> Any:
        """Outputs for one batch; convolutions are twice as fast on channels last."""
        import torch

        if self.channels_last and images.ndim == 4:
            try:
                return self.module(images.to(memory_format=torch.channels_last))
            except RuntimeError:
                # A program that views images as vectors was made for the usual layout.
                self.channels_last = False
        return self.module(images)


def _load(path: Path, program: Program) -> Any:
    import torch

    logging.getLogger("torch.export").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copy = Path(folder, "model.pt2")
        with ZipFile(copy, "w", ZIP_STORED) as archive:
            for name, content in program.members.items():
                archive.writestr(f"model/{name}", content)
        try:
            return torch.export.load(copy).module()
        except Exception as error:
            # PyTorch raises whatever a damaged program makes it raise.
            raise InputError(
                f"The file cannot be loaded by PyTorch {torch.__version__} "
                f"({first_line(error)}).",
                where=path,
                how=EXPORT_AGAIN,
            ) from error
