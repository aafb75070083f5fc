"""Labels and split that a run was given, kept in its folder, so that it can go on."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

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
