"""What a person has -> Evidence: a run, curves, a file, a table, arrays."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict

import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.gather import gather, gather_history, gather_predictions
from hirise.errors import InputError
from hirise.history import is_history
from hirise.predictions import Predictions, predictions_of, read_predictions
from hirise.runs import Run, find_run
from hirise.runs.info import INFO_FILE

Source = Run | Predictions | pd.DataFrame | Mapping[str, Any] | str | os.PathLike[str]
"""A run, its id or folder; predictions, as such, in a file, a table or arrays; training
curves, in a file or a log folder."""

Shares = Mapping[str, float] | pd.Series


class Options(TypedDict, total=False):
    """The keyword arguments of `evidence_of`."""

    split: str | None
    cluster: str
    logits: bool
    class_names: Sequence[str] | None
    training_shares: Shares | None
    artifacts: str | os.PathLike[str]


def evidence_of(
    source: Source,
    *,
    split: str | None = None,
    cluster: str = "auto",
    logits: bool = False,
    class_names: Sequence[str] | None = None,
    training_shares: Shares | None = None,
    artifacts: str | os.PathLike[str] = "artifacts",
) -> Evidence:
    """All that `source` tells about one split: what `diagnose` judges.

    Parameters
    ----------
    source : Run, Predictions, DataFrame, mapping, or path
        A run, its folder or its id; a predictions file (CSV, Parquet, npz) or a
        training history as `hirise.history.read_curves` takes it (CSV, JSON, an event
        file or log folder of TensorBoard, a run folder of MLflow); a table or arrays as
        `predictions_of` takes them, such as
        `{"y_true": labels, "proba": model.predict(images)}`.
    split : str, optional
        Defaults to val, else test, else the only one; names arrays, which have none.
    cluster : {"auto", "landmark", "observation", "none"}
        What the intervals resample.
    logits : bool
        The scores are logits.
    class_names : sequence of str, optional
        Names of the classes in the order of their ids or numbered columns.
    training_shares : mapping or Series, optional
        Share, or number, of training images by class name.
    artifacts : path
        Folder of the runs, where `source` is an id.

    Raises
    ------
    InputError
        What cannot be read or judged, saying what, where and how to mend it.
    """
    shares = None if training_shares is None else _shares(training_shares)
    known: Run | Predictions | Path | None = None
    if isinstance(source, str | os.PathLike):
        known = file_or_run(os.fspath(source), Path(artifacts))
    elif isinstance(source, Run | Predictions):
        known = source
    if isinstance(known, Path) and is_history(known):
        return gather_history(known, training_shares=shares)
    if isinstance(known, Run):
        _refuse_reading("a run", logits=logits, class_names=class_names)
        return gather(known, split=split, cluster=cluster, training_shares=shares)
    if isinstance(known, Predictions):
        _refuse_reading("Predictions", logits=logits, class_names=class_names)
        predictions = _of_split(known, split)
    elif isinstance(known, Path):
        predictions = read_predictions(
            known, split=split, logits=logits, class_names=class_names
        )
    else:
        predictions = predictions_of(
            _table(source), split=split, logits=logits, class_names=class_names
        )
    told = "predictions" if known is None or known is source else str(known)
    return gather_predictions(
        predictions, source=told, cluster=cluster, training_shares=shares
    )


def file_or_run(target: str, artifacts: Path) -> Path | Run:
    """The file or folder of curves of that name, else the run.

    Raises
    ------
    InputError
        Neither is there.
    """
    path = Path(target)
    if path.is_file() or _is_log_folder(path, artifacts / target):
        return path
    if path.suffix and not path.exists() and not (artifacts / target).is_dir():
        raise InputError(f"{target}: no such file or run.")
    return find_run(artifacts, target)


def _is_log_folder(path: Path, own: Path) -> bool:
    """Whether it is a folder of curves; a run, also one named by its id, is none."""
    runs = (path / INFO_FILE, own / INFO_FILE)
    return path.is_dir() and not any(map(Path.is_file, runs)) and is_history(path)


def _table(source: object) -> pd.DataFrame | Mapping[str, Any]:
    if isinstance(source, pd.DataFrame | Mapping):
        return source
    raise TypeError(
        f"`source` must be a run, a path, Predictions, a DataFrame or a mapping such "
        f"as {{'y_true': …, 'proba': …}}, got {type(source).__name__}."
    )


def _of_split(predictions: Predictions, split: str | None) -> Predictions:
    if split is None or split == predictions.split:
        return predictions
    if predictions.split:
        raise InputError(
            f"These are predictions of split {predictions.split!r}, not {split!r}; "
            f"leave `split` out, or give the file or run that they come from."
        )
    return replace(predictions, split=split)


def _refuse_reading(
    what: str, *, logits: bool, class_names: Sequence[str] | None
) -> None:
    if logits or class_names is not None:
        raise InputError(
            f"`logits` and `class_names` say how a file or arrays are read; leave "
            f"them out for {what}."
        )


def _shares(given: Shares) -> pd.Series:
    shares = pd.Series(dict(given), dtype=float)
    if (
        not len(shares)
        or not (shares >= 0).all()
        or not 0 < shares.sum() < float("inf")
    ):
        raise InputError(
            "`training_shares` must be shares or numbers of images by class name, "
            "none negative and not all 0."
        )
    return shares / shares.sum()
