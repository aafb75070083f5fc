"""CSV: any delimiter, decimal commas, files without a header, reports as text."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Collection, Iterator
from pathlib import Path

import pandas as pd

from hirise.errors import InputError
from hirise.predictions.column_names import check_distinct, may_hold_labels
from hirise.predictions.confusion_matrices import table_of_counts
from hirise.predictions.other_tables import report_error

_DELIMITERS = ",;\t|"
DECIMAL_COMMA = r"-?\d+(,\d+)?([eE][+-]?\d+)?"
_NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][+-]?\d+)?")
_IMAGE_FILE = re.compile(r"\.(jpe?g|png|bmp|tiff?|gif|webp|dcm|npy)$", re.IGNORECASE)
_COUNT = re.compile(r"\d+(\.0*)?([eE]\+?\d+)?")
_MOST_CLASSES = 2_000
_REPORT = re.compile(r"^\s*precision\s+recall\s+f1-score\s+support\s*$", re.M)


def read_csv(path: Path, text: Collection[str]) -> pd.DataFrame:
    r"""The columns of a CSV; those named in `text` stay text, as those of labels do.

    Raises
    ------
    InputError
        A file that is damaged, has no header, or is a report.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "predictions.csv")
    ...     _ = path.write_text("image;p:a;p:b\n1;0,9;0,1\n")
    ...     read_csv(path, ["image"]).to_dict("records")
    [{'image': '1', 'p:a': 0.9, 'p:b': 0.1}]
    """
    try:
        header, delimiter = csv_header(path)
        if _REPORT.search(_head(path)):
            raise report_error().at(path)
        if _has_no_header(header):
            return _without_header(path, header, delimiter)
        text = [name for name in header if name in text or may_hold_labels(name)]
        table = _parse(path, header, delimiter, ".", text)
        numbers = table.drop(columns=text, errors="ignore")
        if delimiter != "," and _has_decimal_commas(numbers):
            table = _parse(path, header, delimiter, ",", text)
        return table
    except InputError:
        raise
    except pd.errors.ParserWarning as error:
        raise too_many_fields(path, len(header), delimiter) from error
    except UnicodeDecodeError as error:
        raise not_utf8(path) from error
    except (ValueError, csv.Error, OverflowError) as error:
        raise not_csv(path, error) from error


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


def _delimiter(lines: list[str]) -> str:
    """The delimiter that cuts the first lines into most fields, equally many each.

    Where none cuts them equally, the one that cuts the header into most.
    """

    def n_fields(delimiter: str) -> tuple[bool, int]:
        counts = [len(row) for row in _rows(lines, delimiter) if row] or [0]
        return (counts[0] > 1 and len(set(counts)) == 1, counts[0])

    return max(_DELIMITERS, key=n_fields)


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
        return table_of_counts(counts, names)
    raise InputError(
        "The first line holds values, not the names of the columns.",
        where=path,
        how="Begin the file with a line such as image,y_true,y_pred.",
    )


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
    return InputError(f"This is not a readable CSV ({first_line(error)}).", where=path)


def first_line(error: Exception) -> str:
    r"""What another library says first of an error, without a full stop.

    Examples
    --------
    >>> first_line(ValueError("Line 3 is cut.\nHelp: …"))
    'Line 3 is cut'
    """
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
