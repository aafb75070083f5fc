"""A predictions or history file -> a table of columns: CSV, Parquet or npz."""

import csv
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.errors import InputError
from hirise.predictions.probabilities import RESERVED

_DELIMITERS = ",;\t|"
_PICKLES = (".pkl", ".pickle", ".p", ".joblib", ".dill", ".pt", ".pth", ".bin", ".npy")


def read_columns(path: Path) -> tuple[pd.DataFrame, dict[str, object]]:
    """Read the columns of a file and what it says of itself (`class_names`, `split`).

    Columns named in `RESERVED` stay text in a CSV. Pickles are never loaded.

    Raises
    ------
    InputError
        No such file, an unknown format, or a file that is damaged.
    """
    if path.suffix.lower() in _PICKLES:
        raise InputError(
            f"{path}: this format can run code when it is opened and is not read. "
            f"Save the predictions as CSV, Parquet or npz."
        )
    if not path.is_file():
        raise InputError(f"{path}: no such file.")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty.")
    readers = {".parquet": _read_parquet, ".pq": _read_parquet, ".npz": _read_npz}
    reader = readers.get(path.suffix.lower(), _read_csv)
    table, about = reader(path)
    if table.columns.has_duplicates:
        name = table.columns[table.columns.duplicated()][0]
        raise InputError(f"{path}: column {name!r} occurs twice.")
    return table, about


def _read_parquet(path: Path) -> tuple[pd.DataFrame, dict[str, object]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        metadata = table.schema.metadata or {}
        about: dict[str, object] = {}
        if b"class_names" in metadata:
            about["class_names"] = tuple(map(str, json.loads(metadata[b"class_names"])))
        about["split"] = metadata.get(b"split", b"").decode()
        return table.to_pandas(), about
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(
            f"{path}: not a readable Parquet file ({_first(error)})."
        ) from error


def _read_npz(path: Path) -> tuple[pd.DataFrame, dict[str, object]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path}: not a readable npz of plain arrays ({_first(error)}). Text "
            f"must be saved as strings, not objects."
        ) from error
    about: dict[str, object] = {}
    if "class_names" in arrays:
        about["class_names"] = tuple(map(str, arrays.pop("class_names")))
    columns: dict[str, object] = {}
    for name, array in arrays.items():
        columns.update(_array_columns(path, name, array))
    lengths = {name: len(column) for name, column in columns.items()}  # type: ignore[arg-type]
    if len(set(lengths.values())) > 1:
        raise InputError(f"{path}: arrays differ in length: {lengths}.")
    return pd.DataFrame(columns), about


def _array_columns(path: Path, name: str, array: np.ndarray) -> dict[str, object]:
    if array.ndim == 1:
        return {name: array}
    if array.ndim == 2 and name in {"proba", "probabilities", "logits"}:
        return {f"proba_{i}": column for i, column in enumerate(array.T)}
    if array.ndim == 2 and name in {"y_true", "y_pred"}:
        if not ((array == 0) | (array == 1)).all() or (array.sum(axis=1) != 1).any():
            raise InputError(
                f"{path}: `{name}` is not one label per image: multi-label targets "
                f"cannot be judged here."
            )
        return {name: array.argmax(axis=1)}
    raise InputError(
        f"{path}: array {name!r} has shape {array.shape}; one value per image "
        f"is expected."
    )


def csv_header(path: Path) -> tuple[list[str], str]:
    """Column names of a CSV file and the delimiter that stands between them."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = [line for _, line in zip(range(20), file, strict=False)]
    delimiter = _delimiter(lines)
    names = next(csv.reader(lines, delimiter=delimiter), [])
    return [name.strip() for name in names], delimiter


def _read_csv(path: Path) -> tuple[pd.DataFrame, dict[str, object]]:
    try:
        header, delimiter = csv_header(path)
        table = _parse(path, header, delimiter, ".")
        if delimiter == ";" and _has_decimal_commas(table):
            table = _parse(path, header, delimiter, ",")
        return table, {}
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: not a text file in UTF-8; save it as UTF-8 CSV."
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise InputError(f"{path}: not a readable CSV ({_first(error)}).") from error


def _parse(path: Path, names: list[str], delimiter: str, decimal: str) -> pd.DataFrame:
    text = {name: str for name in names if name in RESERVED}
    missing = {name: ["", "NaN", "nan", "null"] for name in names if name not in text}
    return pd.read_csv(
        path,
        sep=delimiter,
        decimal=decimal,
        header=0,
        names=names,
        index_col=False,
        dtype=text,
        keep_default_na=False,
        na_values=missing,
        encoding="utf-8-sig",
        low_memory=False,
    )


def _has_decimal_commas(table: pd.DataFrame) -> bool:
    texts: pd.DataFrame = table.drop(
        columns=[c for c in RESERVED if c in table]
    ).select_dtypes("str")
    return any(texts[name].str.fullmatch(r"-?\d+,\d+").all() for name in texts.columns)


def _delimiter(lines: list[str]) -> str:
    """The delimiter that cuts the first lines into most fields, equally many each."""

    def n_fields(delimiter: str) -> int:
        counts = {len(row) for row in csv.reader(lines, delimiter=delimiter) if row}
        return counts.pop() if len(counts) == 1 else 0

    return max(_DELIMITERS, key=n_fields)


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
