"""Training curves of any tool, under our names, with one row per epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.errors import InputError, shown, unreadable
from hirise.history.epoch_rows import HOW
from hirise.history.epochs import Points, as_epochs
from hirise.history.mlflow import MLFLOW
from hirise.history.mlflow_database import DATABASE
from hirise.history.names import (
    ERROR,
    RATES,
    TEST,
    TRAIN,
    VAL,
    column_of,
    is_binary,
    is_of_epochs,
)
from hirise.history.source import Reader, Source, check_epochs
from hirise.history.tables import TABLE, is_log
from hirise.history.tensorboard import TENSORBOARD
from hirise.history.training_folders import FOLDER
from hirise.history.values import as_understood, with_lost_losses
from hirise.predictions import holds_predictions

_NAMED = 6


@dataclass(frozen=True, eq=False)
class Curves:
    """A history as it was understood.

    Attributes
    ----------
    table : DataFrame, one row per epoch
        `epoch` (from 1), then `loss`, `accuracy`, `balanced_accuracy`, `macro_f1`, the
        same with `val_`, and `learning_rate`: those that are there.
    sources : mapping of column to name
        What each curve is called where it comes from.
    left_aside : tuple of str
        Metrics that are not read, or were there under another name already.
    notes : tuple of str
        What was assumed, for people.
    raw : DataFrame
        The file as a table; empty where it is none.
    """

    table: pd.DataFrame
    sources: dict[str, str]
    left_aside: tuple[str, ...]
    notes: tuple[str, ...]
    raw: pd.DataFrame

    def with_classes(self, n_classes: int) -> Curves:
        """The same for that many classes: a binary accuracy of more than two is none.

        Its column is then called `binary_accuracy`, with `val_` before it or not.
        """
        renamed = {
            column: column.replace("accuracy", "binary_accuracy")
            for column, name in self.sources.items()
            if column.endswith("accuracy") and is_binary(name)
        }
        if n_classes <= 2 or not renamed:
            return self
        note = (
            f"Binary accuracy is not an accuracy with {n_classes} classes: it is the "
            "mean over one yes-or-no question per class."
        )
        return replace(
            self,
            table=self.table.rename(columns=renamed),
            sources={renamed.get(c, c): name for c, name in self.sources.items()},
            notes=(*self.notes, note),
        )


def read_history(path: Path) -> pd.DataFrame:
    r"""Read a history: columns `epoch` (from 1), `loss`, `accuracy`, `val_loss`….

    See `read_curves`, which also gives the names that these columns had.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "log.csv")
    ...     _ = path.write_text("epoch,loss,val_acc\n0,0.9,0.5\n1,0.7,0.6\n")
    ...     read_history(path)
       epoch  loss  val_accuracy
    0      1   0.9           0.5
    1      2   0.7           0.6
    """
    return read_curves(path).table


def read_curves(path: Path) -> Curves:
    r"""Read training curves from the files of any tool.

    Parameters
    ----------
    path : Path
        A CSV (Keras' `CSVLogger`) or JSON (`History.history`, or a list of one dict per
        epoch); an event file of TensorBoard, or its log folder; a run folder of MLflow.

    Raises
    ------
    InputError
        Not a history: what was found instead, or which value is not a number.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "log.csv")
    ...     _ = path.write_text("loss,val_acc,grad_norm\n0.9,0.5,3\n0.7,0.6,2\n")
    ...     curves = read_curves(path)
    >>> curves.sources, curves.left_aside
    ({'loss': 'loss', 'val_accuracy': 'val_acc'}, ('grad_norm',))
    """
    reader = _find_reader(path)
    if reader is None and path.is_dir():
        raise InputError(
            "This folder holds no training curves.",
            where=path,
            how=f"{FORMS} Links are not followed.",
        )
    try:
        source = (reader or TABLE).read(path)
        chosen, notes = _choose_columns(source)
        points = {column: source.points(name) for column, name in chosen.items()}
        of_epochs = source.points(source.epoch) if source.epoch else None
    except OSError as error:
        raise unreadable(
            error,
            where=error.filename or path,
            how="Change its permissions, or copy it elsewhere.",
        ) from error
    points = {column: curve for column, curve in points.items() if len(curve.steps)}
    points, more_notes = as_understood(points)
    if not set(points) - {"learning_rate"}:
        raise _no_curves(path, source)
    if of_epochs is not None and len(of_epochs.steps):
        points = {n: _to_epochs(curve, of_epochs) for n, curve in points.items()}
    table, notes_of_epochs = as_epochs(
        points,
        numbered=source.numbered or of_epochs is not None,
        within=source.within or of_epochs is not None,
    )
    check_epochs(path, len(table))
    if len(table) == 1 and not {"loss", "val_loss"} & set(points):
        raise _one_value(path, chosen[_error_of(next(iter(points)), chosen)])
    table, notes_of_losses = with_lost_losses(table)
    sources = {column: chosen[_error_of(column, chosen)] for column in points}
    left_aside = tuple(n for n in source.logged if n not in sources.values())
    left_aside = tuple(n for n in left_aside if n != source.epoch)
    notes = (*source.notes, *notes, *more_notes, *notes_of_epochs, *notes_of_losses)
    return Curves(table, sources, left_aside, notes, source.raw)


def _to_epochs(curve: Points, of_epochs: Points) -> Points:
    """`curve` by the epoch that was logged at, or next after, each of its steps."""
    order = np.argsort(of_epochs.steps, kind="stable")
    at = np.searchsorted(of_epochs.steps[order], curve.steps)
    numbers = of_epochs[1]
    epochs = numbers[order][np.minimum(at, len(order) - 1)]
    return curve._replace(steps=np.nan_to_num(np.ceil(epochs - 1e-6)).astype(np.int64))


def is_history(path: Path) -> bool:
    r"""Whether a file or folder holds training curves, not predictions or a run.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "table.csv")
    ...     _ = path.write_text("epoch,loss\n0,0.9\n")
    ...     first = is_history(path)
    ...     _ = path.write_text("image,y_true,y_pred\na.jpg,crater,other\n")
    ...     first, is_history(path)
    (True, False)
    """
    return is_log(path) or (
        not holds_predictions(path) and _find_reader(path) is not None
    )


def _find_reader(path: Path) -> Reader | None:
    return next((reader for reader in READERS if reader.recognises(path)), None)


def _choose_columns(source: Source) -> tuple[dict[str, str], tuple[str, ...]]:
    """Which name becomes which column; of several, the one that is of epochs."""
    found: dict[tuple[str, str], str] = {}
    # Names of epochs come first; the others keep their order.
    for name in sorted(source.logged, key=lambda name: not is_of_epochs(name)):
        meaning = source.logged[name].meaning
        if meaning is not None:
            found.setdefault((meaning.curve, meaning.split), name)
    found, notes = _with_splits(found)
    splits = {split for _, split in found}
    if TEST in splits and VAL not in splits:
        found = {(c, VAL if s == TEST else s): n for (c, s), n in found.items()}
        notes = (
            *notes,
            "There are no validation curves, so the test curves are used.",
        )
    order = list(source.logged)
    in_order = sorted(found.items(), key=lambda item: order.index(item[1]))
    columns = {
        column_of(curve, split): name
        for (curve, split), name in in_order
        if split != TEST
    }
    return columns, notes


def _with_splits(
    found: dict[tuple[str, str], str],
) -> tuple[dict[tuple[str, str], str], tuple[str, ...]]:
    """`found` with a split for each curve whose name tells none.

    It is training, as in Keras; but where both losses tell their split, as fastai and
    transformers print them, a rate without one was measured on validation images.
    """
    told = {("loss", TRAIN), ("loss", VAL)} <= set(found)
    with_split = {(c, split): name for (c, split), name in found.items() if split}
    notes = []
    for (curve, split), name in found.items():
        if split:
            continue
        if told and curve in RATES and (curve, VAL) not in with_split:
            with_split[curve, VAL] = name
            notes.append(
                f"`{shown(name)}` is read as a validation curve, since the names of "
                "both losses tell their split."
            )
        else:
            with_split.setdefault((curve, TRAIN), name)
    return with_split, tuple(notes)


def _error_of(column: str, chosen: Mapping[str, str]) -> str:
    """The column that one was made of: an accuracy may be one minus an error rate."""
    return column if column in chosen else column.replace("accuracy", ERROR)


def _one_value(path: Path, name: str) -> InputError:
    """The error that metrics were measured once, as after a training."""
    return InputError(
        f"`{shown(name)}` was logged once, and no loss, so this is no training curve.",
        where=path,
        how=HOW,
    )


def _no_curves(path: Path, source: Source) -> InputError:
    names = [repr(shown(name)) for name in source.logged]
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    listed = ", ".join(names[:_NAMED]) + more or "none"
    return InputError(
        f"No training curves were found ({source.noun}: {listed}).",
        where=path,
        how="Expected: `loss`, `accuracy`, `val_loss`, `val_accuracy`, one row per "
        "epoch.",
    )


FORMS = (
    "Name a folder that holds metrics.csv (Lightning), results.csv (Ultralytics), "
    "trainer_state.json (Hugging Face), summary.csv (timm), event files of TensorBoard "
    "or metrics of MLflow."
)
READERS = (FOLDER, DATABASE, MLFLOW, TENSORBOARD, TABLE)
"""In the order in which they are asked whether a path is theirs."""
