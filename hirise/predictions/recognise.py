"""Whether a file holds predictions rather than training curves, by names alone."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from hirise.errors import InputError
from hirise.predictions.columns import RESERVED, label_kind
from hirise.predictions.files import csv_header, csv_rows
from hirise.predictions.json_files import is_of_predictions, load_json
from hirise.predictions.other_tables import (
    is_report,
    is_table_of_runs,
    is_table_of_scores,
)

_JSON = (".json", ".jsonl", ".ndjson")
_TEXT = (".csv", ".tsv", ".txt", ".log")
_FIRST_ROWS = 1_000


def holds_predictions(path: Path) -> bool:
    r"""Whether a text file holds predictions, or a table that is none of epochs.

    A table of runs counts too: the reader of predictions says what it is.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "table.csv")
    ...     _ = path.write_text("file,actual,predicted\na.jpg,cat,dog\n")
    ...     holds_predictions(path)
    True
    """
    suffix = path.suffix.lower()
    try:
        if not path.is_file():
            return False
        if suffix in _JSON:
            return is_of_predictions(load_json(path))
        if suffix in _TEXT:
            return _is_table_of_images(path)
    except (OSError, ValueError, csv.Error, InputError):
        return False  # what is wrong with it is told when it is read
    return False


def _is_table_of_images(path: Path) -> bool:
    header, delimiter = csv_header(path)
    if {"y_true", "y_pred"} & set(header) or is_report(header):
        return True
    if any(label_kind(name) in ("true", "pred") for name in header):
        return True
    if any(name.startswith("p:") for name in header) or set(RESERVED) <= set(header):
        return True
    rows = csv_rows(path, delimiter, most=_FIRST_ROWS)[1:]
    filled = [row for row in rows if len(row) == len(header)]
    if not filled or len(set(header)) < len(header):
        return False
    table = pd.DataFrame(filled, columns=header)
    typed = table.apply(_as_numbers)
    return is_table_of_runs(typed) or is_table_of_scores(typed)


def _as_numbers(column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    return column if numbers.isna().all() else numbers
