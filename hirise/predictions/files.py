"""Files and arrays of predictions as tables of columns."""

from __future__ import annotations

import csv
import json
import re
import warnings
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hirise.errors import InputError
from hirise.predictions.arrays import check_distinct, columns_of_arrays
from hirise.predictions.columns import RESERVED, may_hold_labels
from hirise.predictions.json_files import read_json
from hirise.predictions.other_tables import (
    is_report_text,
    is_square_of_counts,
    report_error,
)

_DELIMITERS = ",;\t|"
DECIMAL_COMMA = r"-?\d+(,\d+)?([eE][+-]?\d+)?"
MOST_BYTES = 4_000_000_000
"""Memory that the numbers of one file may take."""

_CELLS = 8_000_000
"""Values that are read at once."""

_NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][+-]?\d+)?")
_COUNT = re.compile(r"\d+(\.0*)?([eE]\+?\d+)?")
_IMAGE_FILE = re.compile(r"\.(jpe?g|png|bmp|tiff?|gif|webp|dcm|npy)$", re.IGNORECASE)
_MOST_CLASSES = 2_000
_INDEX = re.compile(r"|Unnamed: 0|__index_level_\d+__")
# A `.npy` of objects is a pickle too.
_PICKLES = (".pkl", ".pickle", ".p", ".joblib", ".dill", ".pt", ".pth", ".bin", ".npy")


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
    table, about = reader(path) if reader else _read_csv(path, (*RESERVED, *text))
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
            f"This is not a readable Parquet file ({_first(error)}).", where=path
        ) from error


def _table_of(file: Any) -> pd.DataFrame:
    """All columns; an index that pandas kept, such as the image, is one of them.

    Floats that stand beside each other, as probabilities do, are read part by part into
    one array, which is all the memory that they take.
    """
    import pyarrow as pa

    types, names = file.schema_arrow.types, file.schema_arrow.names
    floats = [i for i, kind in enumerate(types) if kind in (pa.float32(), pa.float64())]
    same = len({types[i] for i in floats}) == 1
    if not same or floats[-1] - floats[0] >= len(floats):
        whole: pd.DataFrame = file.read().to_pandas(ignore_metadata=True)
        return whole
    others = [i for i in range(len(types)) if i not in floats]
    dtype = types[floats[0]].to_pandas_dtype()
    numbers = np.empty((len(floats), file.metadata.num_rows), dtype)
    kept, start = [], 0
    for batch in file.iter_batches(batch_size=max(1, _CELLS // len(types))):
        for row, i in zip(numbers, floats, strict=True):
            values = batch.column(i).to_numpy(zero_copy_only=False)
            row[start : start + len(batch)] = values
        kept.append(batch.select(others))
        start += len(batch)
    beside = pd.DataFrame(numbers.T, columns=[names[i] for i in floats], copy=False)
    if not others:
        return beside
    schema = pa.schema([file.schema_arrow.field(i) for i in others])
    table = pa.Table.from_batches(kept, schema)
    rest: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    cut = floats[0]
    return pd.concat([rest.iloc[:, :cut], beside, rest.iloc[:, cut:]], axis=1)


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
            f"This is not a readable npz of plain arrays ({_first(error)}).",
            where=path,
            how="Save text as strings, not as objects.",
        ) from error
    return columns_of_arrays(arrays)


def csv_header(path: Path) -> tuple[list[str], str]:
    r"""Column names of a CSV file and the delimiter that stands between them.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "log.csv")
    ...     _ = path.write_text("epoch; loss\n1; 0,5\n")
    ...     csv_header(path)
    (['epoch', 'loss'], ';')
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = [line for _, line in zip(range(20), file, strict=False)]
    delimiter = _delimiter(lines)
    names = next(filter(None, _rows(lines, delimiter)), [])
    return [name.strip() for name in names], delimiter


def csv_rows(path: Path, delimiter: str, *, most: int) -> list[list[str]]:
    r"""The first lines of a CSV file as fields, the header among them.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "log.csv")
    ...     _ = path.write_text("epoch,loss\n1,0.5\n")
    ...     csv_rows(path, ",", most=9)
    [['epoch', 'loss'], ['1', '0.5']]
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = [line for _, line in zip(range(most), file, strict=False)]
    return [row for row in _rows(lines, delimiter) if row]


def _rows(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True)


def _read_csv(
    path: Path, text: Collection[str]
) -> tuple[pd.DataFrame, dict[str, object]]:
    try:
        header, delimiter = csv_header(path)
        if is_report_text(_head(path)):
            raise report_error().at(path)
        if _has_no_header(header):
            return _without_header(path, header, delimiter), {}
        text = [name for name in header if name in text or may_hold_labels(name)]
        table = _parse(path, header, delimiter, ".", text)
        numbers = table.drop(columns=text, errors="ignore")
        if delimiter != "," and _has_decimal_commas(numbers):
            table = _parse(path, header, delimiter, ",", text)
        return table, {}
    except InputError:
        raise
    except pd.errors.ParserWarning as error:
        raise too_many_fields(path, len(header), delimiter) from error
    except UnicodeDecodeError as error:
        raise not_utf8(path) from error
    except (ValueError, csv.Error, OverflowError) as error:
        raise not_csv(path, error) from error


def _head(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return file.read(2_000)


def _has_no_header(header: list[str]) -> bool:
    """Whether the first line holds values: an image's file name, or only numbers."""
    cells = [cell for cell in header if cell]
    # A frame of probabilities is written with the numbers of its columns.
    numbered = [cell for cell in cells if cell.isdigit()]
    in_order = numbered == [str(i) for i in range(len(numbered))] and len(numbered) > 1
    if all(_NUMBER.fullmatch(cell) for cell in cells):
        return not in_order
    return bool(cells and _IMAGE_FILE.search(cells[0]))


def _without_header(path: Path, first: list[str], delimiter: str) -> pd.DataFrame:
    """A confusion matrix without names.

    Raises
    ------
    InputError
        Any other table without a header: its columns cannot be told.
    """
    rows = csv_rows(path, delimiter, most=_MOST_CLASSES + 2)
    is_square = len(rows) == len(first) and {len(row) for row in rows} == {len(rows)}
    if is_square and all(
        _COUNT.fullmatch(cell.strip()) for row in rows for cell in row
    ):
        names = [str(i) for i in range(len(rows))]
        counts = [[int(float(cell)) for cell in row] for row in rows]
        table = pd.DataFrame(counts, columns=names)
        table.insert(0, "true", names)
        return table
    raise InputError(
        "The first line holds values, not the names of the columns.",
        where=path,
        how="Begin the file with a line such as image,y_true,y_pred.",
    )


def too_many_fields(path: Path, n_columns: int, delimiter: str) -> InputError:
    """The error that a row of a CSV is longer than its header.

    Examples
    --------
    >>> print(too_many_fields(Path("log.csv"), 3, ","))
    log.csv: A row has more fields than the header (3). Put values that contain ',' in
    quotes.
    """
    return InputError(
        f"A row has more fields than the header ({n_columns}).",
        where=path,
        how=f"Put values that contain {delimiter!r} in quotes.",
    )


def not_utf8(path: Path) -> InputError:
    """The error that a CSV is in another encoding.

    Examples
    --------
    >>> print(not_utf8(Path("log.csv")))
    log.csv: This is not a text file in UTF-8. Save it as UTF-8 CSV.
    """
    return InputError(
        "This is not a text file in UTF-8.", where=path, how="Save it as UTF-8 CSV."
    )


def not_csv(path: Path, error: Exception) -> InputError:
    """The error that a CSV cannot be parsed.

    Examples
    --------
    >>> print(not_csv(Path("log.csv"), ValueError("line 3 is cut")))
    log.csv: This is not a readable CSV (line 3 is cut).
    """
    return InputError(f"This is not a readable CSV ({_first(error)}).", where=path)


def _parse(
    path: Path, names: list[str], delimiter: str, decimal: str, text: Collection[str]
) -> pd.DataFrame:
    check_distinct(str(path), names)
    missing = {name: ["", "NaN", "nan", "null"] for name in names if name not in text}
    with warnings.catch_warnings():
        # pandas drops what is longer than the header, and only warns.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            path,
            sep=delimiter,
            decimal=decimal,
            header=0,
            names=names,
            # By default longer rows make the first column an index.
            index_col=False,
            dtype={name: str for name in names if name in text},
            keep_default_na=False,
            na_values=missing,
            skipinitialspace=True,
            encoding="utf-8-sig",
            # Read in parts, a column may get another type in each.
            low_memory=False,
        )


def _has_decimal_commas(table: pd.DataFrame) -> bool:
    texts: pd.DataFrame = table.select_dtypes("str")
    return any(
        column.str.fullmatch(DECIMAL_COMMA).all() and column.str.contains(",").any()
        for column in (texts[name].dropna() for name in texts.columns)
    )


def _delimiter(lines: list[str]) -> str:
    """The delimiter that cuts the first lines into most fields, equally many each.

    Where none cuts them equally, the one that cuts the header into most.
    """

    def n_fields(delimiter: str) -> tuple[bool, int]:
        counts = [len(row) for row in _rows(lines, delimiter) if row] or [0]
        return (counts[0] > 1 and len(set(counts)) == 1, counts[0])

    return max(_DELIMITERS, key=n_fields)


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
