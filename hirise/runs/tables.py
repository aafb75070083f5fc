"""Tables of a run folder: curves, counts, and given labels and split."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from hirise.errors import InputError

_METRICS = ("loss", "accuracy", "balanced_accuracy", "macro_f1")
HISTORY_COLUMNS = (
    "epoch",
    *_METRICS,
    *(f"val_{name}" for name in _METRICS),
    "learning_rate",
    "seconds",
)
RIGHT_COLUMNS = (
    "right_accuracy",
    "right_macro_f1",
    "right_val_accuracy",
    "right_val_macro_f1",
)
"""More columns of a replay: the same predictions against the right labels."""
PREDICTED_COUNTS_COLUMNS = ("epoch", "split", "class_name", "n")


def read_growing(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """A CSV file that another process may be appending to.

    A last line without its line end is still being written, or was cut off by a kill;
    it is left out. An absent file is an empty table.

    Returns
    -------
    DataFrame
        `columns` first (missing ones are NaN), then whatever else the file has.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return pd.DataFrame({name: _empty(name) for name in columns})
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}).") from error
    whole = text[: text.rfind("\n") + 1]
    if not whole:
        return pd.DataFrame({name: _empty(name) for name in columns})
    try:
        table = pd.read_csv(
            io.StringIO(whole),
            dtype=dict.fromkeys(_TEXT, "str"),
            keep_default_na=False,
            na_values={
                name: ["", "nan", "NaN"] for name in (*HISTORY_COLUMNS, *RIGHT_COLUMNS)
            },
        )
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: is not a table ({reason}).") from error
    extra = [name for name in table.columns if name not in columns]
    return table.reindex(columns=[*columns, *extra])


_TEXT = ("split", "class_name")


def _empty(name: str) -> pd.Series:
    if name in _TEXT:
        return pd.Series(dtype="str")
    return pd.Series(dtype="int64" if name in ("epoch", "n") else "float64")


LABELS_GIVEN = "labels_given.csv"
"""`image` and `class_name`: labels instead of the dataset's own."""

SPLIT_GIVEN = "split_given.csv"
"""`image` and `split`: sides that were taken over from another run."""


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a CSV that people can read too."""
    table.to_csv(path, index=False, lineterminator="\n")


def given(folder: Path, name: str) -> Path | None:
    """The file called so in a run folder; None if the run was given none."""
    path = folder / name
    return path if path.is_file() else None
