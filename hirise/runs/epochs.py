"""Weights of earlier epochs, in the folder `epochs` of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from hirise.runs.folder import Run

EPOCHS = "epochs"

BEST_BY = {
    "macro_f1": "macro-F1",
    "balanced_accuracy": "balanced accuracy",
    "loss": "loss",
}
"""Metrics on val whose best epochs are kept -> what people call them."""


def epoch_path(folder: Path, epoch: int) -> Path:
    """Where the weights of an epoch, counted from 1, are in a run folder.

    Examples
    --------
    >>> epoch_path(Path("my-run"), 3).as_posix()
    'my-run/epochs/0003.npz'
    """
    return folder / EPOCHS / f"{epoch:04d}.npz"


def stored_epochs(run: Run) -> tuple[int, ...]:
    """The epochs, counted from 1, whose weights are kept beside `model.keras`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     run = create_run(Path(folder), title="Small", class_names=["a", "b"]).read()
    ...     epoch_path(run.folder, 3).parent.mkdir()
    ...     epoch_path(run.folder, 3).touch()
    ...     stored_epochs(run)
    (3,)
    """
    files = (run.folder / EPOCHS).glob("[0-9]*.npz")
    return tuple(sorted(int(file.stem) for file in files if file.stem.isdigit()))


def best_epochs(history: pd.DataFrame) -> dict[str, int]:
    """For each metric of `BEST_BY` the epoch that is best on val; of equals the first.

    Parameters
    ----------
    history : DataFrame
        As `Run.history` gives it. Metrics that are never known are left out.

    Examples
    --------
    >>> history = pd.DataFrame({"epoch": [1, 2, 3], "val_loss": [0.9, 0.7, 0.8]})
    >>> history = history.assign(
    ...     val_macro_f1=[0.2, 0.5, 0.6], val_balanced_accuracy=np.nan
    ... )
    >>> best_epochs(history)
    {'macro_f1': 3, 'loss': 2}
    """
    best = {}
    for metric in BEST_BY:
        values = history[f"val_{metric}"].to_numpy(dtype=float)
        values = -values if metric == "loss" else values
        if not np.isnan(values).all():
            best[metric] = int(history["epoch"].iloc[int(np.nanargmax(values))])
    return best
