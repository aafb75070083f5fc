"""Checkpoints of a training after each epoch, and the weights of its best epochs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np
from numpy.typing import NDArray

from hirise.errors import InputError, error_line
from hirise.files import disk_errors
from hirise.recipes import Recipe, from_dict, to_dict
from hirise.runs import Run, RunWriter
from hirise.runs.epochs import EPOCHS, best_epochs, epoch_path, stored_epochs
from hirise.runs.manage import CHECKPOINT
from hirise.training.plan import Plan

Arrays = list[NDArray[Any]]
_GROUPS = ("variables", "optimizer", "best_weights")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """All that is needed to resume a training with the same result.

    Attributes
    ----------
    epoch : int
        Epochs that are done; 0 before the first one ends.
    settings : str
        Hash of the settings, to be compared on resuming.
    over : bool
        Whether the training had ended, before all epochs perhaps.
    broken : str
        The sentence of the recorder on a loss that is not finite, or "".
    variables, optimizer, best_weights : list of arrays
        The network's, with the states of its random numbers; the optimiser's, with
        the place in its schedule; and the weights of the best epoch, if any.
    best, wait, best_epoch : number
        Of `keras.callbacks.EarlyStopping`; `best` is NaN before the first epoch.
    """

    epoch: int
    settings: str
    over: bool = False
    broken: str = ""
    best: float = float("nan")
    wait: int = 0
    best_epoch: int = 0
    variables: Arrays = field(default_factory=list)
    optimizer: Arrays = field(default_factory=list)
    best_weights: Arrays = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write a `.npz` file without pickles."""
        values = {k: v for k, v in vars(self).items() if k not in _GROUPS}
        for group in _GROUPS:
            arrays = getattr(self, group)
            # Five digits, as the names are sorted as text when they are read.
            values |= {f"{group}/{n:05d}": array for n, array in enumerate(arrays)}
        # Opened here, as NumPy appends `.npz` to a path with another suffix.
        with path.open("wb") as file:
            np.savez(file, **values)


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """The checkpoint in a run folder; None if there is none.

    Raises
    ------
    InputError
        If the file is not a checkpoint.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        return None
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            values: dict[str, Any] = {
                k: file[k].item() for k in file.files if "/" not in k
            }
            values |= {
                group: [
                    file[k] for k in sorted(file.files) if k.startswith(f"{group}/")
                ]
                for group in _GROUPS
            }
        return Checkpoint(**values)
    except (OSError, ValueError, TypeError, EOFError, KeyError, BadZipFile) as error:
        raise InputError(
            f"The file is not a checkpoint of this version ({error_line(error)}).",
            where=path,
            how="Delete the run and retrain.",
        ) from error


def settings_mark(plan: Plan) -> str:
    """A hash of everything that determines a training, 16 hex digits.

    Settings with their default are left out, so that a later version with more settings
    can resume.
    """
    usual = to_dict(Recipe(name=plan.recipe.name))
    settings = {k: v for k, v in to_dict(plan.recipe).items() if v != usual.get(k)}
    text = json.dumps([settings, plan.seed, plan.catalog.fingerprint], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class BestEpoch(keras.callbacks.EarlyStopping):  # type: ignore[misc]
    """Early stopping that can resume from a checkpoint."""

    checkpoint: Checkpoint | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        super().on_train_begin(logs)
        # Keras has just reset all of this at the beginning of `fit`.
        self.restore()

    def restore(self) -> None:
        """Take over the state in `checkpoint`."""
        if self.checkpoint is not None and self.checkpoint.best_weights:
            self.best = self.checkpoint.best
            self.wait = self.checkpoint.wait
            self.best_epoch = self.checkpoint.best_epoch
            self.best_weights = self.checkpoint.best_weights


class EpochKeeper(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes a checkpoint before the first epoch and after each; comes last.

    Parameters
    ----------
    writer : RunWriter
    settings : str
    recorder : callback
        Its `broken` is kept.
    best : BestEpoch or None
    """

    def __init__(
        self, writer: RunWriter, settings: str, recorder: Any, best: BestEpoch | None
    ) -> None:
        super().__init__()
        self.writer = writer
        self.settings = settings
        self.recorder = recorder
        self.best = best

    def begin(self, model: keras.Model) -> Checkpoint:
        """Restore `model` and callbacks from the checkpoint of the run, if it has one.

        Raises
        ------
        InputError
            If the checkpoint belongs to other settings.
        """
        self.set_model(model)
        # Keras makes these variables in the first step, too late to restore them.
        model.optimizer.build(model.trainable_variables)
        checkpoint = read_checkpoint(self.writer.folder)
        if checkpoint is None:
            checkpoint = Checkpoint(epoch=0, settings=self.settings)
            self._write(checkpoint)
            return checkpoint
        if checkpoint.settings != self.settings:
            raise InputError(
                "The settings in run.json have changed since the training.",
                where=self.writer.folder,
                how="Restore them, or retrain.",
            )
        _assign(model.variables, checkpoint.variables)
        _assign(model.optimizer.variables, checkpoint.optimizer)
        if self.best is not None:
            self.best.checkpoint = checkpoint
            self.best.restore()
        self.recorder.broken = checkpoint.broken or None
        self.writer.log(f"resumed after epoch {checkpoint.epoch}")
        return checkpoint

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._write(
            Checkpoint(
                epoch=epoch + 1,
                settings=self.settings,
                over=bool(self.model.stop_training),
                broken=self.recorder.broken or "",
            )
        )

    def _write(self, checkpoint: Checkpoint) -> None:
        """Write `checkpoint` with the weights and the state of early stopping."""
        best = self.best
        if best is not None and checkpoint.epoch and best.best_weights is not None:
            checkpoint = replace(
                checkpoint,
                best=float(best.best),
                wait=best.wait,
                best_epoch=best.best_epoch,
                best_weights=best.best_weights,
            )
        checkpoint = replace(
            checkpoint,
            variables=_values(self.model.variables),
            optimizer=_values(self.model.optimizer.variables),
        )
        self.writer.write_file(CHECKPOINT, checkpoint.write)


def _values(variables: Any) -> Arrays:
    return [np.asarray(keras.ops.convert_to_numpy(values)) for values in variables]


def _assign(variables: Any, values: Arrays) -> None:
    if len(variables) != len(values):
        raise InputError(
            "The checkpoint belongs to a different network from the one this version "
            "builds.",
            how="Retrain.",
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


class EpochWeights(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes the weights of each epoch that is best on val so far.

    Comes after the recorder and before the checkpoint is written: weights that are no
    longer the best are deleted only once a checkpoint holds better ones, so that a
    training resumed from any checkpoint finds the best epochs up to there.
    """

    def __init__(self, writer: RunWriter) -> None:
        super().__init__()
        self.writer = writer

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._delete_worse()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        run = self.writer.read()
        if epoch + 1 in best_epochs(run.history()).values():
            self._write(epoch + 1, dict(enumerate(self.model.get_weights())))

    def finish(self, model: keras.Model, last: int) -> None:
        """Keep of the best epochs what differs from `model`, which is epoch `last`."""
        self._delete_worse(last)
        final = model.get_weights()
        for epoch in stored_epochs(self.writer.read()):
            arrays = _read_epoch(self.writer.read(), epoch)
            # NaN differs from itself: broken weights would be kept without `equal_nan`.
            different = {
                n: array
                for n, array in arrays.items()
                if not np.array_equal(array, final[n], equal_nan=True)
            }
            if len(different) < len(arrays):
                self._write(epoch, different)

    def _delete_worse(self, last: int | None = None) -> None:
        run = self.writer.read()
        best = set(best_epochs(run.history()).values()) - {last}
        with disk_errors(run.folder):
            for epoch in set(stored_epochs(run)) - best:
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
    for n, array in _read_epoch(run, epoch).items():
        n += before
        if n >= len(weights) or weights[n].shape != array.shape:
            raise InputError(
                "The weights belong to a different network.",
                where=epoch_path(run.folder, epoch),
                how="Retrain.",
            )
        weights[n] = array
    model.set_weights(weights)


def _frozen_before(run: Run, n_weights: int) -> int:
    """How many arrays of a network belong to a backbone that did not learn."""
    recipe = from_dict(run.info.recipe or {})
    if recipe.trainable != "head":
        return 0
    # Arrays: mean and variance; kernel and bias of each dense layer and the last.
    normalised, last = 2, 2
    return n_weights - (normalised + 2 * len(recipe.dense) + last)


def _read_epoch(run: Run, epoch: int) -> dict[int, Any]:
    path = epoch_path(run.folder, epoch)
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            return {int(name): file[name] for name in file.files}
    except Exception as error:
        # NumPy raises whatever a broken file makes it raise.
        raise InputError(
            f"The weights cannot be read ({error_line(error)}).",
            where=path,
            how="Retrain.",
        ) from error
