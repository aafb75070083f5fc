"""Keeps the weights of the epochs that are best on val, and gives them back."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from hirise.errors import InputError
from hirise.recipes import from_dict
from hirise.runs import Run, RunWriter
from hirise.runs.disk import disk_errors
from hirise.runs.epochs import EPOCHS, best_epochs, epoch_path, kept_epochs


class EpochWeights(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes the weights of each epoch that is best on val so far.

    Comes after the recorder and before the checkpoint is written: what is best no more
    is deleted only once a checkpoint knows of the better one, so that a training which
    goes on from any checkpoint finds the best epochs up to there.
    """

    def __init__(self, writer: RunWriter) -> None:
        super().__init__()
        self.writer = writer

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._forget()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        run = self.writer.read()
        if epoch + 1 in best_epochs(run.history()).values():
            self._write(epoch + 1, dict(enumerate(self.model.get_weights())))

    def finish(self, model: keras.Model, last: int) -> None:
        """Of the best epochs keep what differs from `model`, which is epoch `last`."""
        self._forget(last)
        final = model.get_weights()
        for epoch in kept_epochs(self.writer.read()):
            kept = _read(self.writer.read(), epoch)
            apart = {
                n: array
                for n, array in kept.items()
                if not np.array_equal(array, final[n], equal_nan=True)
            }
            if len(apart) < len(kept):
                self._write(epoch, apart)

    def _forget(self, last: int | None = None) -> None:
        run = self.writer.read()
        best = set(best_epochs(run.history()).values()) - {last}
        with disk_errors(run.folder):
            for epoch in set(kept_epochs(run)) - best:
                epoch_path(run.folder, epoch).unlink(missing_ok=True)

    def _write(self, epoch: int, arrays: dict[int, Any]) -> None:
        named = {f"{n:05d}": array for n, array in arrays.items()}
        name = f"{EPOCHS}/{epoch_path(self.writer.folder, epoch).name}"
        self.writer.write_file(name, lambda path: np.savez(path, **named))


def restore_epoch(model: keras.Model, run: Run, epoch: int) -> None:
    """Give `model`, which is the run's `model.keras`, the weights of an earlier epoch.

    Raises
    ------
    InputError
        If the file of that epoch is absent or broken.
    """
    weights = model.get_weights()
    before = _frozen_before(run, len(weights))
    for n, array in _read(run, epoch).items():
        n += before
        if n >= len(weights) or weights[n].shape != array.shape:
            raise InputError(f"{epoch_path(run.folder, epoch)}: is of another network.")
        weights[n] = array
    model.set_weights(weights)


def _frozen_before(run: Run, n_weights: int) -> int:
    """How many arrays of a network belong to a backbone that did not learn."""
    recipe = from_dict(run.info.recipe or {})
    if recipe.trainable != "head":
        return 0
    normalised, last = 2, 2
    return n_weights - (normalised + 2 * len(recipe.dense) + last)


def _read(run: Run, epoch: int) -> dict[int, Any]:
    path = epoch_path(run.folder, epoch)
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            return {int(name): file[name] for name in file.files}
    except Exception as error:
        # NumPy raises whatever a broken file makes it raise.
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read ({reason}).") from error
