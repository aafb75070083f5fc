"""A run folder made of arrays, tables or curves in memory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import pandas as pd

from hirise.data import read_catalog
from hirise.diagnosis.calls import Arguments, curves_file, understood
from hirise.diagnosis.objects import Known, is_curves, source_of
from hirise.diagnosis.sources import Reading
from hirise.errors import InputError
from hirise.history import Curves, is_history, read_curves
from hirise.importing.predictions import dataset_document, write_tables
from hirise.predictions import Predictions, all_predictions_of, read_all_predictions
from hirise.predictions.dataset_labels import with_truth
from hirise.runs import Run, create_run

_UNNAMED = "all"
"""The split of predictions that name none."""


def save_run(
    source: Any = None,
    y_pred: Any = None,
    y_score: Any = None,
    *,
    title: str = "Predictions",
    history: Any = None,
    **arguments: Unpack[Arguments],
) -> Run:
    """Save predictions or curves as a run, which the dashboard shows.

    Parameters
    ----------
    source, y_pred, y_score, **arguments
        As in `hirise.diagnose`: true labels and predictions, or one source. `images`
        are names or paths of images; `data` is the folder that holds them, where the
        pages find them. `artifacts` is the folder of the runs. `split` names the split
        of arrays.
    title : str
        What people call the run.
    history : mapping, table, path or object, optional
        Training curves, such as the `History` that Keras' `fit` returns.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        What cannot be evaluated; nothing is written then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     run = save_run(["a", "b"], ["a", "a"], split="val", artifacts=folder)
    ...     run.info.title, run.splits()
    ('Predictions', ('val',))
    """
    call = understood(source, y_pred, y_score, **arguments)
    for name in ("cluster", "training_shares"):
        if name in call.options:
            raise TypeError(f"A run holds no `{name}`. Give it to `diagnose`.")
    data = call.options.get("data")
    catalog = None
    if data is not None:
        column = call.options.get("label_column")
        catalog = read_catalog(Path(data), label_column=column)
    parts: tuple[Predictions, ...] = ()
    if history is None and _is_history(call.source):
        history = call.source
    else:
        parts = _parts(call.source, call.reading, call.options.get("split"))
    curves = None if history is None else _curves(history)
    if catalog is not None:
        parts = tuple(with_truth(part, catalog, Path("y_pred")) for part in parts)
    names = catalog.class_names if catalog is not None else ()
    artifacts = Path(call.options.get("artifacts", "artifacts"))
    writer = create_run(
        artifacts,
        title=title,
        class_names=parts[0].class_names if parts else names,
        dataset=None if catalog is None else dataset_document(catalog, artifacts),
        status="imported",
        notes=(*(parts[0].notes if parts else ()), *(curves.notes if curves else ())),
    )
    return write_tables(writer, parts, curves.table if curves else None, catalog)


def _is_history(source: Known) -> bool:
    if isinstance(source, pd.DataFrame | Mapping):
        return is_curves(source)
    return isinstance(source, str | os.PathLike) and is_history(Path(source))


def _parts(
    source: Known, reading: Reading, split: str | None
) -> tuple[Predictions, ...]:
    if isinstance(source, Run):
        raise InputError(
            "This is a run already.", where=source.info.id, how="Rename it instead."
        )
    if isinstance(source, Predictions):
        parts: tuple[Predictions, ...] = (source,)
    elif isinstance(source, pd.DataFrame | Mapping):
        parts = all_predictions_of(source, **reading)
    else:
        parts = read_all_predictions(Path(source), **reading)
    if split is not None and len(parts) == 1:
        return (replace(parts[0], split=split),)
    return tuple(p if p.split else replace(p, split=_UNNAMED) for p in parts)


def _curves(history: Any) -> Curves:
    """Curves of any form as `read_curves` gives them."""
    found = source_of(history, {}).source
    if isinstance(found, pd.DataFrame | Mapping):
        with curves_file(found) as path:
            return read_curves(path)
    if isinstance(found, str | os.PathLike):
        return read_curves(Path(found))
    raise TypeError(
        f"`history` is a {type(history).__name__}. Give a dict of curves, a table or a "
        "path."
    )
