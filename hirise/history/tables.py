"""Histories as tables: Keras' `CSVLogger` and `History.history`, and their like."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints
from hirise.errors import InputError
from hirise.history.epochs import Points
from hirise.history.names import curve_of
from hirise.history.source import MOST_BYTES, Logged, Reader, Source, check_epochs
from hirise.predictions.files import (
    DECIMAL_COMMA,
    check_distinct,
    check_readable,
    csv_header,
    not_csv,
    not_utf8,
    read_columns,
    too_many_fields,
)

_MISSING = ("", "NA", "NaN", "nan", "null", "None")
"""`CSVLogger` writes NA for what the last epoch lacks."""


def read_table(path: Path) -> Source:
    """A CSV with one row per epoch (any delimiter), or JSON.

    JSON holds a dict of lists (Keras' `History.history`) or a list of one dict per
    epoch. A last line of a CSV that was not written to its end is left out.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "history.json")
    ...     _ = path.write_text('{"loss": [0.9, 0.7]}')
    ...     read_table(path).points("loss").values.tolist()
    [0.9, 0.7]
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


def _steps(raw: pd.DataFrame) -> Ints:
    """Whole numbers in a column `epoch`, or else the number of the row."""
    epoch = next((n for n in raw.columns if n.lower() == "epoch"), None)
    if epoch is not None:
        numbers = pd.to_numeric(raw[epoch], errors="coerce").to_numpy(dtype=float)
        if np.isfinite(numbers).all() and (np.abs(numbers) < 2**40).all():
            steps = numbers.astype(np.int64)
            if (steps == numbers).all():
                return steps
    return np.arange(len(raw))


def _numbers(path: Path, column: pd.Series) -> Floats:
    try:
        return pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
    except (ValueError, TypeError, OverflowError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"Column `{column.name}` is not all numbers ({reason}).",
            where=path,
            how="Give one number per epoch.",
        ) from error


def _read_csv(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    check_readable(path)
    _check_size(path)
    try:
        header, delimiter = csv_header(path)
        text = path.read_bytes().decode("utf-8-sig")  # with its line ends
        check_epochs(path, text.count("\n") - 1)
        lines = csv.reader(
            text.splitlines(), delimiter=delimiter, skipinitialspace=True
        )
        rows = [row for row in lines if row][1:]
    except UnicodeDecodeError as error:
        raise not_utf8(path) from error
    except csv.Error as error:
        raise not_csv(path, error) from error
    check_distinct(str(path), header)
    notes: tuple[str, ...] = ()
    if rows and _is_unfinished(text, rows[-1], len(header)):
        rows = rows[:-1]
        notes = ("The last line was not written to its end, so it is left out.",)
    # A file that was begun anew at its end holds its header again.
    rows = [row for row in rows if [cell.strip() for cell in row] != header]
    if any(len(row) > len(header) for row in rows):
        raise too_many_fields(path, len(header), delimiter)
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
    if decimal_commas and given.str.fullmatch(DECIMAL_COMMA).all():
        given = given.str.replace(",", ".", regex=False)
    try:
        return pd.to_numeric(given).reindex(column.index)
    except (ValueError, OverflowError):
        return cells


def _read_json(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InputError("There is no such file.", where=path)
    _check_size(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(document, dict) and isinstance(document.get("history"), dict):
            document = document["history"]
        if isinstance(document, dict):
            document = {k: v for k, v in document.items() if isinstance(v, list)}
        elif not isinstance(document, list) or not all(
            isinstance(epoch, dict) for epoch in document
        ):
            raise ValueError("it is neither a dict nor a list of dicts")
        return pd.DataFrame(document)
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(
            f"This is not a history in JSON ({str(error).splitlines()[0]}).",
            where=path,
            how="Expected is Keras' `History.history`: a list of numbers per curve.",
        ) from error


def _check_size(path: Path) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise InputError(
            f"This is larger than {MOST_BYTES / 1e6:.0f} MB, so it is not a history.",
            where=path,
            how="Give one row per epoch.",
        )


def _is_history(path: Path) -> bool:
    """Whether a file is JSON, or has a column that is a curve by its name."""
    if path.suffix.lower() == ".json":
        return not path.is_dir()
    if path.suffix.lower() not in (".csv", ".tsv", ".txt", ".log"):
        return False
    try:
        columns = csv_header(path)[0]
    except (OSError, UnicodeDecodeError, csv.Error):
        return False  # what is wrong with it is told when it is read
    # A prediction may be called top1, and then the file does not hold curves.
    curves = {curve_of(name) for name in columns if name.lower() != "top1"}
    return bool(curves - {None, "learning_rate"})


TABLE = Reader(_is_history, read_table)
