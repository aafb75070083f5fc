"""Histories as tables: Keras' `CSVLogger` and `History.history`, and their like."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.errors import InputError
from hirise.history.epochs import Points, Steps
from hirise.history.source import MOST_BYTES, Logged, Source, refuse_endless
from hirise.predictions.files import csv_header, read_columns, refuse_unreadable

_MISSING = ("", "NA", "NaN", "nan", "null", "None")
"""`CSVLogger` writes NA for what the last epoch lacks."""
_DECIMAL_COMMA = r"-?\d+(,\d+)?([eE][+-]?\d+)?"


def read_table(path: Path) -> Source:
    """A CSV with one row per epoch (any delimiter), or JSON.

    JSON holds a dict of lists (Keras' `History.history`) or a list of one dict per
    epoch. A last line of a CSV that was not written to its end is left out.
    """
    notes: tuple[str, ...] = ()
    if path.suffix.lower() == ".json":
        raw = _read_json(path)
    elif path.suffix.lower() in (".parquet", ".pq", ".npz"):
        raw = read_columns(path)[0]
    else:
        raw, notes = _read_csv(path)
    raw.columns = [str(name).strip() for name in raw.columns]
    steps = _steps(raw)
    return Source(
        "columns",
        {name: Logged(name) for name in raw.columns},
        lambda name: Points(steps, _numbers(path, raw[name])),
        notes=notes,
        raw=raw,
    )


def _steps(raw: pd.DataFrame) -> Steps:
    """Whole numbers in a column `epoch`, or else the number of the row."""
    epoch = next((n for n in raw.columns if n.lower() == "epoch"), None)
    if epoch is not None:
        numbers = pd.to_numeric(raw[epoch], errors="coerce").to_numpy(dtype=float)
        if np.isfinite(numbers).all() and (np.abs(numbers) < 2**40).all():
            steps = numbers.astype(np.int64)
            if (steps == numbers).all():
                return steps
    return np.arange(len(raw))


def _numbers(path: Path, column: pd.Series) -> np.ndarray:
    try:
        return pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
    except (ValueError, TypeError, OverflowError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{path}: `{column.name}` is not all numbers ({reason}). Give one number "
            f"per epoch."
        ) from error


def _read_csv(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    refuse_unreadable(path)
    _refuse_large(path)
    try:
        header, delimiter = csv_header(path)
        text = path.read_bytes().decode("utf-8-sig")  # with its line ends
        refuse_endless(path, text.count("\n") - 1)
        lines = csv.reader(
            text.splitlines(), delimiter=delimiter, skipinitialspace=True
        )
        rows = [row for row in lines if row][1:]
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: not a text file in UTF-8; save it as UTF-8 CSV."
        ) from error
    except csv.Error as error:
        raise InputError(f"{path}: not a readable CSV ({error}).") from error
    repeated = [name for name, n in Counter(header).items() if n > 1]
    if repeated:
        raise InputError(
            f"{path}: column {repeated[0]!r} occurs twice; rename or remove one."
        )
    notes: tuple[str, ...] = ()
    if rows and _is_unfinished(text, rows[-1], len(header)):
        rows = rows[:-1]
        notes = ("The last line was not written to its end and is left out.",)
    # A file that was begun anew at its end holds its header again.
    rows = [row for row in rows if [cell.strip() for cell in row] != header]
    if any(len(row) > len(header) for row in rows):
        raise InputError(
            f"{path}: a row has more fields than the header ({len(header)}); put "
            f"values that contain {delimiter!r} in quotes."
        )
    filled = [row + [""] * (len(header) - len(row)) for row in rows]
    table = pd.DataFrame(filled, columns=header, dtype="str")
    return table.apply(_typed, decimal_commas=delimiter == ";"), notes


def _is_unfinished(text: str, last: list[str], n_columns: int) -> bool:
    """Whether the last line lacks fields, or an end that the others have.

    `CSVLogger` ends each line with a carriage return and a line feed. A file whose
    lines end in a line feed alone may come from an editor, and lack the last one.
    """
    if text.endswith("\n"):
        return False
    return len(last) < n_columns or "\r\n" in text


def _typed(column: pd.Series, *, decimal_commas: bool) -> pd.Series:
    """Numbers where all are numbers or missing, else text."""
    cells = column.str.strip()
    given = cells[~cells.isin(_MISSING)]
    if decimal_commas and given.str.fullmatch(_DECIMAL_COMMA).all():
        given = given.str.replace(",", ".", regex=False)
    try:
        return pd.to_numeric(given).reindex(column.index)
    except (ValueError, OverflowError):
        return cells


def _is_epoch(row: object) -> bool:
    return isinstance(row, dict)


def _read_json(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"{path}: no such file.")
    _refuse_large(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(document, dict) and isinstance(document.get("history"), dict):
            document = document["history"]
        if isinstance(document, dict):
            document = {k: v for k, v in document.items() if isinstance(v, list)}
        elif not (isinstance(document, list) and all(map(_is_epoch, document))):
            raise ValueError("it is neither a dict nor a list of dicts")
        return pd.DataFrame(document)
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(
            f"{path}: not a history in JSON ({str(error).splitlines()[0]}). Expected "
            f"is Keras' `History.history`: a list of numbers per curve."
        ) from error


def _refuse_large(path: Path) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise InputError(
            f"{path}: is larger than {MOST_BYTES / 1e6:.0f} MB, so it is no history."
            f" Give one row per epoch."
        )
