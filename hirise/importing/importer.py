"""Any file that is no model -> a run."""

from __future__ import annotations

from pathlib import Path

from hirise.errors import InputError
from hirise.importing.corrections import Corrections
from hirise.importing.history import import_history
from hirise.importing.kinds import kind_of
from hirise.importing.predictions import import_predictions
from hirise.importing.runfolder import import_run
from hirise.runs import Run


def import_file(
    path: Path,
    artifacts: Path,
    *,
    title: str | None = None,
    history: Path | None = None,
    data: Path | None = None,
    corrections: Corrections | None = None,
) -> Run:
    """Make a run of predictions, of a history alone, or of a run folder or its zip.

    Parameters
    ----------
    path : Path
    artifacts : Path
        Where run folders are kept.
    title : str, optional
        Defaults to the file's name, or the run's own title.
    history : Path, optional
        Training curves beside predictions.
    data : Path, optional
        The dataset folder.
    corrections : Corrections, optional
        How to read a predictions file.

    Raises
    ------
    InputError
        Anything unreadable or hostile; nothing is written then.
    """
    kind = kind_of(path)
    read = corrections or Corrections()
    if kind == "model":
        raise InputError(
            f"{path}: is a model. Its predictions are made by: hirise predict --model "
            f"{path} --data DIR"
        )
    if kind == "predictions":
        return import_predictions(
            path,
            artifacts,
            title=title,
            history=history,
            data=data,
            logits=read.logits,
            split=read.split,
            class_names=read.class_names,
            columns=read.columns,
        )
    if history is not None:
        raise InputError(
            f"{history}: a history goes with predictions, and {path} is a {kind}."
        )
    bring = import_run if kind == "run" else import_history
    return bring(path, artifacts, title=title, data=data)
