"""How a file is understood, column by column. Nothing is written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from hirise.errors import InputError, parameter
from hirise.history import Curves, read_curves
from hirise.importing.importer import unpacked
from hirise.importing.kinds import Corrections, Kind, Understood, kind_of
from hirise.models.inspection import FORM_NAMES, ModelFile, inspect_model
from hirise.predictions import Predictions, read_columns, read_predictions
from hirise.predictions.column_names import read_name
from hirise.predictions.reading import Interpreted, interpret
from hirise.runs import Run

FIRST_ROWS = 5
EXAMPLES = 3
FEW = 3
"""Names of files that a note lists."""
LOOKED_AT = 1000
"""Rows from which the examples are taken."""
DOUBTED = 0.1
"""Fraction of rows with another prediction than the most probable class, above
which the class order is doubted."""
IGNORED = "ignored"
UNCLEAR = "not yet clear"
ROLES = {
    "image": "image",
    "y_true": "truth",
    "y_pred": "prediction",
    "split": "split",
    "group": "group",
}
"""The roles in words."""


def describe_predictions(path: Path, corrections: Corrections) -> Understood:
    r"""Understand a predictions file; see `describe_file`.

    Examples
    --------
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "predictions.csv")
    ...     _ = path.write_text("File Name,y_pred\na.jpg,other\n")
    ...     describe_predictions(path, Corrections()).given
    {'image': 'File Name'}
    """
    given = dict(corrections.columns)
    table, about = read_columns(path, text=tuple(given.values()))
    reading, problem, may_be_logits = None, "", False
    try:
        reading = interpret(
            table,
            about,
            logits=corrections.logits,
            class_names=corrections.class_names,
            columns=given,
            **corrections.decisions,
        )
    except InputError as error:
        problem = error.worded(parameter)
        may_be_logits = error.refusal.mentions("logits")
    scored = reading.scores.columns if reading and reading.scores else ()
    parts = reading.parts if reading else ()
    names = parts[0].class_names if parts else ()
    logits = corrections.logits or (
        bool(scored) and all("logit" in read_name(name).meanings for name in scored)
    )
    roles = reading.roles.columns if reading else given
    return Understood(
        "predictions",
        columns=_column_roles(table, roles, reading, logits=logits),
        class_names=names,
        splits=split_table(parts, _split_names(parts, corrections.split)),
        notes=_notes(reading, logits=logits),
        head=table.head(FIRST_ROWS),
        given={**reading.roles.by_name, **given} if reading else given,
        numbered=bool(names) and set(names) == set(map(str, range(len(names)))),
        scored=bool(scored) or may_be_logits,
        doubt=_doubt(reading),
        problem=problem,
    )


def _column_roles(
    table: pd.DataFrame,
    given: Mapping[str, str],
    reading: Interpreted | None,
    *,
    logits: bool,
) -> pd.DataFrame:
    roles = {
        column: ROLES[role]
        for role, column in given.items()
        if column in table and role in ROLES
    }
    scores = reading.scores if reading else None
    if scores is not None:
        kind = "logit" if logits else "probability"
        # A single column of scores belongs to the second of two classes.
        names = scores.class_names[-len(scores.columns) :]
        roles |= {
            column: f"{kind} of {name}"
            for column, name in zip(scores.columns, names, strict=True)
            if column not in roles
        }
    other = IGNORED if reading else UNCLEAR
    return column_table(table, lambda name: roles.get(name, other))


def column_table(table: pd.DataFrame, role: Callable[[str], str]) -> pd.DataFrame:
    """`column`, `role` and `examples` of each column.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"image": ["a.jpg", "b.jpg"], "note": ["blurred", "blurred"]}
    ... )
    >>> column_table(table, lambda name: ROLES.get(name, IGNORED))
      column        role      examples
    0  image       image  a.jpg, b.jpg
    1   note  ignored       blurred
    """
    return pd.DataFrame(
        {
            "column": [str(name) for name in table.columns],
            "role": [role(str(name)) for name in table.columns],
            "examples": [_examples(table[name]) for name in table.columns],
        },
        dtype="str",
    )


def _examples(column: pd.Series) -> str:
    distinct = column.head(LOOKED_AT).dropna().drop_duplicates()
    return ", ".join(str(value) for value in distinct.head(EXAMPLES))


def _split_names(parts: Sequence[Predictions], given: str | None) -> list[str]:
    """As an import names them; the given name is for a file without a column."""
    named = [part.split for part in parts]
    return [given or "all"] if named == [""] else [name or "all" for name in named]


def split_table(parts: Sequence[Predictions], names: Sequence[str]) -> pd.DataFrame:
    """`split`, `n_images` and `n_labelled` of each part.

    Examples
    --------
    >>> import numpy as np
    >>> part = Predictions(np.array([0, 1]), ("a", "b"), np.array([0, -1]))
    >>> split_table([part], ["val"])
      split  n_images  n_labelled
    0   val         2           1
    """
    labelled = [int(part.labelled.sum()) for part in parts]
    return pd.DataFrame(
        {
            "split": pd.Series(names, dtype="str"),
            "n_images": pd.Series(list(map(len, parts)), dtype="int64"),
            "n_labelled": pd.Series(labelled, dtype="int64"),
        }
    )


def _doubt(reading: Interpreted | None) -> str:
    """Whether the classes seem to be in another order than the probabilities."""
    parts = reading.parts if reading else ()
    differ = sum(
        int((part.likeliest != part.y_pred).sum())
        for part in parts
        if part.proba is not None
    )
    n = sum(map(len, parts))
    if differ <= DOUBTED * n:
        return ""
    return (
        f"In {differ:,} of {n:,} rows the predicted class is not the one with the "
        "largest probability. Check the order of the classes."
    )


def _notes(reading: Interpreted | None, *, logits: bool) -> tuple[str, ...]:
    """What was assumed, in sentences."""
    if reading is None:
        return ()
    part = reading.parts[0]
    notes = list(part.notes)
    if logits:
        notes.append("The scores are logits; softmax turned them into probabilities.")
    if reading.scores is None:
        notes.append("There are no probabilities, only predicted labels.")
    if part.y_true is None:
        notes.append(
            "There is no ground truth, so nothing can be scored unless a dataset with "
            "these images is given."
        )
    return tuple(notes)


MOST_ASIDE = 20
"""Unknown metrics that are listed. A log folder may hold thousands."""


def describe_file(path: Path, corrections: Corrections | None = None) -> Understood:
    r"""Understand a predictions file, a history, a run (folder or zip) or a model.

    Parameters
    ----------
    path : Path
    corrections : Corrections, optional
        Of a predictions file.

    Raises
    ------
    InputError
        No such file, damaged, or hostile. What a correction may mend is
        `Understood.problem` instead.

    Examples
    --------
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "predictions.csv")
    ...     _ = path.write_text("image,y_true,y_pred\na.jpg,crater,other\n")
    ...     understood = describe_file(path)
    >>> understood.columns
       column        role examples
    0   image       image    a.jpg
    1  y_true       truth   crater
    2  y_pred  prediction    other
    """
    kind = kind_of(path)
    if kind == "predictions":
        return describe_predictions(path, corrections or Corrections())
    return _DESCRIBERS[kind](path)


def _history(path: Path) -> Understood:
    curves = read_curves(path)
    table = curves.raw if len(curves.raw.columns) else _as_logged(curves)
    roles = {name: _role(column) for column, name in curves.sources.items()}
    roles |= {n: "epoch" for n in map(str, table) if n.strip().lower() == "epoch"}
    return Understood(
        "history",
        columns=column_table(table, lambda name: roles.get(name, IGNORED)),
        facts=_facts([("epochs", f"{len(curves.table):,}")]),
        notes=(
            *curves.notes,
            "A history holds no predictions: curves are shown, but a verdict needs "
            "the class frequencies of a dataset.",
        ),
        head=table.head(FIRST_ROWS),
    )


def _as_logged(curves: Curves) -> pd.DataFrame:
    """The curves under their original names, and some that are not used."""
    table = curves.table.rename(columns=curves.sources)
    aside = [name for name in curves.left_aside if name not in table][:MOST_ASIDE]
    return pd.concat([table, pd.DataFrame(columns=aside)], axis=1)


def _role(curve: str) -> str:
    part = "validation" if curve.startswith("val_") else "training"
    return f"{part} {curve.removeprefix('val_').replace('_', ' ')}"


def _not_used(names: tuple[str, ...]) -> str:
    some, n = ", ".join(names[:FEW]), len(names)
    if n == 1:
        return f"1 file is not used: {some}."
    joint = ":" if n <= FEW else ", such as"
    return f"{n:,} files are not used{joint} {some}."


def _run(path: Path) -> Understood:
    with TemporaryDirectory() as folder, unpacked(path, Path(folder)) as unpacked_run:
        run, ignored = unpacked_run
        notes: tuple[str, ...] = ()
        if ignored:
            notes = (_not_used(ignored),)
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
    """How the model will be run, and what it could do."""
    yield (
        "A model is run on the images of a dataset folder, in a separate process "
        "with limits of memory and time. Layers that can run code of their own are "
        "refused."
    )
    if model.form == "savedmodel":
        yield (
            "The graph of a SavedModel can read and write files. This model was "
            "inspected. Its only such operations save its variables, and predicting "
            "does not call them. Load it only if you trust its source."
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
