"""The columns of a predictions file, and the role that each was given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from hirise.errors import InputError
from hirise.importing.corrections import Corrections
from hirise.importing.understood import Understood
from hirise.predictions import Predictions, read_columns
from hirise.predictions.interpret import Interpreted, interpret
from hirise.predictions.roles import suggested_roles, with_roles

FIRST_ROWS = 5
EXAMPLES = 3
LOOKED_AT = 1000
"""Rows among which examples are looked for."""
DOUBTED = 0.1
"""Share of rows whose prediction is not the likeliest class that is suspicious."""
LEFT_ASIDE = "left aside"
UNCLEAR = "not yet clear"
ROLES = {
    "image": "image",
    "y_true": "truth",
    "y_pred": "prediction",
    "split": "split",
    "group": "group",
}
"""How the roles are called where people read them."""


def describe_predictions(
    path: Path, corrections: Corrections, *, guess: bool = False
) -> Understood:
    """Understand a predictions file; see `describe_file`."""
    given = dict(corrections.columns)
    table, about = read_columns(path, text=tuple(given.values()))
    raw = [str(name) for name in table.columns]
    suggested = {
        role: name
        for role, name in suggested_roles(raw).items()
        if role not in given and name not in given.values()
    }
    if guess and suggested:
        given |= suggested
        table, about = read_columns(path, text=tuple(given.values()))
    found, problem = None, ""
    try:
        found = interpret(
            with_roles(table, given),
            about,
            logits=corrections.logits,
            class_names=corrections.class_names,
        )
    except InputError as error:
        problem = str(error)
    scored = found.scores.columns if found and found.scores else ()
    parts = found.parts if found else ()
    names = parts[0].class_names if parts else ()
    logits = corrections.logits or (
        bool(scored) and all(name.startswith("logit_") for name in scored)
    )
    return Understood(
        "predictions",
        columns=_column_roles(table, given, found, logits=logits),
        class_names=names,
        splits=split_table(parts, _split_names(parts, corrections.split)),
        notes=_notes(found, suggested if guess else {}, logits=logits),
        head=table.head(FIRST_ROWS),
        suggested={} if guess else suggested,
        given=given,
        numbered=bool(names) and set(names) == set(map(str, range(len(names)))),
        scored=bool(scored) or "--logits" in problem,
        doubt=_doubt(found),
        problem=problem,
    )


def _column_roles(
    table: pd.DataFrame,
    given: dict[str, str],
    found: Interpreted | None,
    *,
    logits: bool,
) -> pd.DataFrame:
    roles = {role: ROLES[role] for role in ROLES if role in table and role not in given}
    named = {column: role for role, column in given.items() if role in ROLES}
    roles |= {column: ROLES[role] for column, role in named.items() if column}
    scores = found.scores if found else None
    if scores is not None:
        kind = "logit" if logits else "probability"
        names = scores.class_names[-len(scores.columns) :]
        roles |= {
            column: f"{kind} of {name}"
            for column, name in zip(scores.columns, names, strict=True)
            if column not in roles
        }
    other = LEFT_ASIDE if found else UNCLEAR
    return column_table(table, lambda name: roles.get(name, other))


def column_table(table: pd.DataFrame, role: Callable[[str], str]) -> pd.DataFrame:
    """`column`, `role` and `examples` of each column."""
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
    """`split`, `n_images` and `n_labelled` of each part."""
    labelled = [int(part.labelled.sum()) for part in parts]
    return pd.DataFrame(
        {
            "split": pd.Series(names, dtype="str"),
            "n_images": pd.Series(list(map(len, parts)), dtype="int64"),
            "n_labelled": pd.Series(labelled, dtype="int64"),
        }
    )


def _doubt(found: Interpreted | None) -> str:
    """Whether the classes seem to be in another order than the probabilities."""
    parts = found.parts if found else ()
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
        f"largest probability. Are the classes in the right order?"
    )


def _notes(
    found: Interpreted | None, guessed: dict[str, str], *, logits: bool
) -> tuple[str, ...]:
    """What was assumed, in sentences."""
    taken = [f"{column!r} as the {ROLES[role]}" for role, column in guessed.items()]
    notes = [f"Columns were taken by their names: {', '.join(taken)}."] if taken else []
    if found is None:
        return tuple(notes)
    part = found.parts[0]
    notes += part.notes
    if logits:
        notes.append("The scores are logits; softmax turned them into probabilities.")
    if found.scores is None:
        notes.append("There are no probabilities, only predicted labels.")
    if part.y_true is None:
        notes.append(
            "There is no truth: nothing can be compared with it, unless a dataset "
            "that holds these images is given."
        )
    return tuple(notes)
