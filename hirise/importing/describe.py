"""A file -> what was understood of it; nothing is written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from hirise.history import Curves, read_curves
from hirise.importing.columns import (
    FIRST_ROWS,
    LEFT_ASIDE,
    column_table,
    describe_predictions,
    split_table,
)
from hirise.importing.corrections import Corrections
from hirise.importing.kinds import Kind, kind_of
from hirise.importing.runfolder import unpacked
from hirise.importing.understood import Understood
from hirise.modelfile import FORM_NAMES, ModelFile, inspect_model
from hirise.predictions import read_predictions
from hirise.runs import Run

MOST_ASIDE = 20
"""Metrics named that were not understood; a log folder may hold thousands."""


def describe_file(
    path: Path, corrections: Corrections | None = None, *, guess: bool = False
) -> Understood:
    """Understand a predictions file, a history, a run (folder or zip) or a model.

    Parameters
    ----------
    path : Path
    corrections : Corrections, optional
        Of a predictions file.
    guess : bool
        Give columns the role that their name means elsewhere (`label`: the truth),
        where `corrections` does not say otherwise.

    Raises
    ------
    InputError
        Nothing that could be corrected here: no such file, damaged, or hostile. What a
        correction may mend is `Understood.problem` instead.
    """
    kind = kind_of(path)
    if kind == "predictions":
        return describe_predictions(path, corrections or Corrections(), guess=guess)
    return _DESCRIBERS[kind](path)


def _history(path: Path) -> Understood:
    curves = read_curves(path)
    table = curves.raw if len(curves.raw.columns) else _as_logged(curves)
    roles = {name: _role(column) for column, name in curves.sources.items()}
    roles |= {n: "epoch" for n in map(str, table) if n.strip().lower() == "epoch"}
    return Understood(
        "history",
        columns=column_table(table, lambda name: roles.get(name, LEFT_ASIDE)),
        facts=_facts([("epochs", f"{len(curves.table):,}")]),
        notes=(
            *curves.notes,
            "A history holds no predictions: curves are shown, and a verdict needs "
            "the class shares of a dataset.",
        ),
        head=table.head(FIRST_ROWS),
    )


def _as_logged(curves: Curves) -> pd.DataFrame:
    """The curves under the names that they came with, and some that were left aside."""
    table = curves.table.rename(columns=curves.sources)
    aside = [name for name in curves.left_aside if name not in table][:MOST_ASIDE]
    return pd.concat([table, pd.DataFrame(columns=aside)], axis=1)


def _role(curve: str) -> str:
    side = "validation" if curve.startswith("val_") else "training"
    return f"{side} {curve.removeprefix('val_').replace('_', ' ')}"


def _run(path: Path) -> Understood:
    with TemporaryDirectory() as folder, unpacked(path, Path(folder)) as found:
        run = found.run
        notes: tuple[str, ...] = ()
        if found.left_aside:
            some = ", ".join(found.left_aside[:3])
            notes = (f"{len(found.left_aside)} files are left aside: {some}.",)
        return Understood(
            "run",
            class_names=run.info.class_names,
            splits=_splits_of(run),
            facts=_facts(_run_facts(run)),
            notes=(*notes, *run.info.notes),
        )


def _splits_of(run: Run) -> pd.DataFrame:
    paths = map(run.predictions_path, run.splits())
    return split_table([read_predictions(path) for path in paths], run.splits())


def _run_facts(run: Run) -> Iterable[tuple[str, str]]:
    info = run.info
    yield "title", info.title
    yield "made", info.created
    yield "status", info.status
    yield "recipe", str((info.recipe or {}).get("name", "")) or "none"
    yield "epochs", f"{len(run.history()):,}"


def _model(path: Path) -> Understood:
    model = inspect_model(path)
    sizes = ["any" if n is None else str(n) for n in model.input_shape]
    facts = [
        ("format", FORM_NAMES[model.form]),
        ("name", model.name),
        ("made with Keras", model.keras_version),
        ("takes", " × ".join(sizes)),
        ("layers", str(model.n_layers or "")),
    ]
    return Understood(
        "model",
        facts=_facts((what, value) for what, value in facts if value),
        notes=tuple(_model_notes(model)),
    )


def _model_notes(model: ModelFile) -> Iterable[str]:
    """How it is run, and what it could do there."""
    yield (
        "A model is run on the images of a dataset folder, in a process of its own "
        "with limits of memory and time. Layers that can run code of their own are "
        "refused."
    )
    if model.form == "savedmodel":
        yield (
            "The graph of a SavedModel can read and write files. This one was looked "
            "through and holds no such operation but the saving of its own variables, "
            "which predicting does not call; load it only if you trust who made it."
        )
    if sys.platform != "linux":
        yield "This system cannot cut that process off from the network."


def _facts(rows: Iterable[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["what", "value"], dtype="str")


_DESCRIBERS: dict[Kind, Callable[[Path], Understood]] = {
    "history": _history,
    "run": _run,
    "model": _model,
}
