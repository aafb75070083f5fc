"""Files of predictions: which those are, and their columns."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hirise.arrays import Floats
from hirise.errors import InputError
from hirise.predictions.arrays import columns_of_arrays
from hirise.predictions.column_names import RESERVED, check_distinct, label_kind
from hirise.predictions.confusion_matrices import is_square_of_counts
from hirise.predictions.csv_files import csv_header, csv_rows, first_line, read_csv
from hirise.predictions.json_files import is_of_predictions, load_json, read_json
from hirise.predictions.other_tables import (
    is_report,
    is_table_of_runs,
    is_table_of_scores,
)

MOST_BYTES = 4_000_000_000
"""Memory that the numbers of one file may take."""

_CELLS = 1_000_000
"""Values that are read at once."""

_INDEX = re.compile(r"|Unnamed: 0|__index_level_\d+__")
# A `.npy` of objects is a pickle too.
_PICKLES = (".pkl", ".pickle", ".p", ".joblib", ".dill", ".pt", ".pth", ".bin", ".npy")
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


def read_columns(
    path: Path, *, text: Collection[str] = ()
) -> tuple[pd.DataFrame, dict[str, object]]:
    r"""Read the columns of a file and what it says of itself (`class_names`, `split`).

    Columns named in `RESERVED` or `text` stay text in a CSV. A row number that pandas
    wrote as a column without a name is left out. Pickles are never loaded.

    Raises
    ------
    InputError
        No such file, an unknown format, or a file that is damaged.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "predictions.csv")
    ...     _ = path.write_text("image;y_pred\na.jpg;007\n")
    ...     table, about = read_columns(path)
    >>> table.to_dict("records"), about
    ([{'image': 'a.jpg', 'y_pred': '007'}], {})
    """
    check_readable(path)
    readers = {
        ".parquet": _read_parquet,
        ".pq": _read_parquet,
        ".npz": _read_npz,
        ".json": read_json,
        ".jsonl": read_json,
        ".ndjson": read_json,
    }
    reader = readers.get(path.suffix.lower())
    about: dict[str, object] = {}
    if reader is not None:
        table, about = reader(path)
    else:
        table = read_csv(path, (*RESERVED, *text))
    check_distinct(str(path), map(str, table.columns))
    return table.drop(columns=[c for c in table.columns if _is_index(table, c)]), about


def _is_index(table: pd.DataFrame, name: object) -> bool:
    """Whether a column without a name holds the numbers of the rows, or nothing."""
    if not _INDEX.fullmatch(str(name)):
        return False
    column = table[name]
    if pd.api.types.is_numeric_dtype(column) and is_square_of_counts(table, name):
        return False
    return bool(pd.api.types.is_numeric_dtype(column) or column.isna().all())


def check_readable(path: Path) -> None:
    """Refuse pickles, what is absent, and what is empty.

    Examples
    --------
    >>> check_readable(Path("model.pkl"))
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: model.pkl: This format can run code when it is opened, so
    it is not read. Save the predictions as CSV, Parquet or npz.
    """
    if path.suffix.lower() in _PICKLES:
        raise InputError(
            "This format can run code when it is opened, so it is not read.",
            where=path,
            how="Save the predictions as CSV, Parquet or npz.",
        )
    if not path.is_file():
        raise InputError("There is no such file.", where=path)
    if path.stat().st_size == 0:
        raise InputError("This file is empty.", where=path)


def _check_memory(path: Path, n_bytes: int) -> None:
    """A few kilobytes can claim to hold terabytes of equal numbers."""
    if n_bytes > MOST_BYTES:
        raise InputError(
            f"This would take {n_bytes / 1e9:,.1f} GB of memory. At most "
            f"{MOST_BYTES / 1e9:,.1f} GB are read.",
            where=path,
            how="Give fewer images at a time.",
        )


def _read_parquet(path: Path) -> tuple[pd.DataFrame, dict[str, object]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(path)
        _check_memory(path, footer.num_rows * footer.num_columns * 8)
        file = pq.ParquetFile(path)
        check_distinct(str(path), file.schema_arrow.names)
        metadata = file.schema_arrow.metadata or {}
        about: dict[str, object] = {}
        if b"class_names" in metadata:
            about["class_names"] = tuple(map(str, json.loads(metadata[b"class_names"])))
        about["split"] = metadata.get(b"split", b"").decode()
        if b"threshold" in metadata:
            about["threshold"] = float(metadata[b"threshold"])
        if b"ordinal" in metadata:
            about["ordinal"] = True
        return _decoded(_table_of(file)), about
    except InputError:
        raise
    except (
        pa.ArrowException,
        OSError,
        ValueError,
        TypeError,
        RecursionError,
    ) as error:
        raise InputError(
            f"This is not a readable Parquet file ({first_line(error)}).", where=path
        ) from error


def _table_of(file: Any) -> pd.DataFrame:
    """All columns; an index that pandas kept, such as the image, is one of them.

    Floats that stand beside each other, as probabilities do, are read some columns at a
    time into one array, which is nearly all the memory that they take.
    """
    import pyarrow as pa

    types, names = file.schema_arrow.types, file.schema_arrow.names
    floats = [i for i, kind in enumerate(types) if kind in (pa.float32(), pa.float64())]
    same = len({types[i] for i in floats}) == 1
    if not same or floats[-1] - floats[0] >= len(floats):
        whole: pd.DataFrame = file.read().to_pandas(ignore_metadata=True)
        return whole
    others = [names[i] for i in range(len(types)) if i not in floats]
    dtype = types[floats[0]].to_pandas_dtype()
    numbers = np.empty((len(floats), file.metadata.num_rows), dtype)
    _fill(numbers, file, [names[i] for i in floats])
    beside = pd.DataFrame(numbers.T, columns=[names[i] for i in floats], copy=False)
    if not others:
        return beside
    table = file.read(columns=others).select(others)
    rest: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    cut = floats[0]
    return pd.concat([rest.iloc[:, :cut], beside, rest.iloc[:, cut:]], axis=1)


def _fill(numbers: Floats, file: Any, names: list[str]) -> None:
    """Read columns of floats into (n_columns, n_rows) `numbers`."""
    start = 0
    for group in range(file.num_row_groups):
        n_rows = file.metadata.row_group(group).num_rows
        step = max(1, _CELLS // max(n_rows, 1))
        for first in range(0, len(names), step):
            chosen = names[first : first + step]
            table = file.read_row_group(group, columns=chosen)
            # By name: "a" reads "a.b" too, as if it lay inside.
            for row, name in zip(numbers[first:], chosen, strict=False):
                row[start : start + n_rows] = table.column(name).to_numpy()
        start += n_rows


def _decoded(table: pd.DataFrame) -> pd.DataFrame:
    """Bytes as text."""
    mixed = [name for name in table if table[name].dtype == object]
    return table.assign(**{str(name): table[name].map(_text) for name in mixed})


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value


def _read_npz(path: Path) -> tuple[pd.DataFrame, dict[str, object]]:
    if not zipfile.is_zipfile(path):
        raise InputError(
            "This is not an npz file, or it is cut short.",
            where=path,
            how="Write it with `numpy.savez`.",
        )
    try:
        with zipfile.ZipFile(path) as archive:
            _check_memory(path, sum(member.file_size for member in archive.infolist()))
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: np.asarray(file[name]) for name in file.files}
    except InputError:
        raise
    except Exception as error:
        # The header of an array is parsed as Python: a damaged one raises anything.
        raise InputError(
            f"This is not a readable npz of plain arrays ({first_line(error)}).",
            where=path,
            how="Save text as strings, not as objects.",
        ) from error
    return columns_of_arrays(arrays)
