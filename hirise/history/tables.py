"""Histories as tables: Keras' `CSVLogger`, Lightning, fastai, timm and their like."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints
from hirise.errors import InputError, shown
from hirise.history.documents import is_document, read_document
from hirise.history.epoch_rows import check_epoch_rows
from hirise.history.epochs import Points
from hirise.history.names import (
    curve_of,
    is_epoch,
    is_step,
    names_split,
)
from hirise.history.source import (
    Logged,
    Reader,
    Source,
    check_epochs,
    check_size,
    several_trainings,
)
from hirise.predictions.column_names import check_distinct, image_rank, label_kind
from hirise.predictions.csv_files import (
    DECIMAL_COMMA,
    csv_header,
    not_csv,
    not_utf8,
    too_many_fields,
)
from hirise.predictions.files import check_readable, read_columns

_BLANK = ("", "NA", "N/A", "null", "None", "-")
"""`CSVLogger` writes NA for what the last epoch lacks."""
_RUNS = (
    "name",
    "run",
    "run_name",
    "run_id",
    "model",
    "model_name",
    "experiment",
    "trial",
    "fold",
)
"""Columns that tell trainings apart, in small letters."""
_SPLIT_COLUMNS = ("phase", "split", "mode", "stage", "subset", "set", "dataset")
"""Columns that tell which images a row is of."""
_OF_RUN = " - "
"""Between the run and the metric in an export of Weights & Biases."""
_TEXT = (".csv", ".tsv", ".txt", ".log")
_EXTREMES = ("__MIN", "__MAX")
_OF_RUNS = {"Name", "State"}
"""Columns of its table of runs."""


def read_table(path: Path) -> Source:
    """A CSV with one or more rows per epoch (any delimiter), or JSON.

    A cell that is blank says nothing. A last line of a CSV that was not written to its
    end is left out.

    Raises
    ------
    InputError
        Not a table of numbers, or one of several trainings.

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
    if is_document(path):
        cells, notes = read_document(path)
    elif path.suffix.lower() in (".parquet", ".pq", ".npz"):
        cells = read_columns(path)[0].astype(object)
    else:
        cells, notes = _read_csv(path)
    cells.columns = pd.Index([str(name).strip() for name in cells.columns])
    raw = cells.apply(_typed)
    cells = _of_one_run(path, cells)
    rows_of, cells = _by_split(cells)
    if not is_document(path):
        check_epoch_rows(path, cells)
    steps, numbered, within = _steps(cells)

    def points(name: str) -> Points:
        column, rows = rows_of.get(name, (name, np.ones(len(cells), bool)))
        filled = rows & ~_is_blank(cells[column])
        values = _numbers(path, cells[column][filled])
        return Points(steps[filled], values)

    split_column = {column for column, _ in rows_of.values()}
    logged = {n: Logged(n) for n in cells.columns if n not in split_column}
    logged |= {name: Logged(name) for name in rows_of}
    return Source(
        "columns",
        logged,
        points,
        notes=notes,
        raw=raw,
        numbered=numbered,
        within=within or bool(rows_of),
    )


def _of_one_run(path: Path, cells: pd.DataFrame) -> pd.DataFrame:
    """`cells` if they are of one training; an export may have a column per run."""
    exported = [n for n in cells.columns if _OF_RUN in n]
    if exported:
        cells = cells.drop(columns=[n for n in exported if n.endswith(_EXTREMES)])
        names = {n: n.rsplit(_OF_RUN, 1) for n in exported if n in cells}
        runs = list(dict.fromkeys(run for run, _ in names.values()))
        if len(runs) > 1:
            raise several_trainings(path, runs, "curves")
        return cells.rename(columns={n: metric for n, (_, metric) in names.items()})
    column = next(filter(_tells_run, cells.columns), None)
    if column is None:
        return cells
    given = cells[column][~_is_blank(cells[column])].astype(str)
    runs = list(dict.fromkeys(given))
    if len(runs) > 1 and len(runs) == len(given):
        raise InputError(
            f"This is a table of {len(runs):,} runs ({column}: {shown(runs[0])}, "
            f"{shown(runs[1])}{', …' if len(runs) > 2 else ''}), not of epochs.",
            where=path,
            how="Give the curves of one run: a row per epoch.",
        )
    if len(runs) > 1:
        raise several_trainings(path, runs, "curves")
    return cells


def _tells_run(column: str) -> bool:
    return column.lower().replace(" ", "_") in _RUNS


def _by_split(
    cells: pd.DataFrame,
) -> tuple[
    dict[str, tuple[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]], pd.DataFrame
]:
    """Where a column tells what rows are of: each split's curves, and their rows."""
    for column in cells.columns:
        if column.lower() not in _SPLIT_COLUMNS:
            continue
        values = cells[column].astype(str).str.strip()
        if not names_split(values.unique()):
            return {}, cells
        curves = [n for n in cells.columns if curve_of(n) and n != column]
        return {
            f"{value}/{name}": (name, (values == value).to_numpy())
            for value in values.unique()
            for name in curves
        }, cells.drop(columns=column)
    return {}, cells


def _steps(cells: pd.DataFrame) -> tuple[Ints, bool, bool]:
    """The step of each row, whether it is an epoch, and whether rows are of batches."""
    step = next((n for n in cells.columns if is_step(n)), None)
    epoch = next((n for n in cells.columns if is_epoch(n)), None)
    rows = np.arange(len(cells))
    if epoch is not None:
        numbers = _whole(cells[epoch])
        one = numbers is not None and len(numbers) > 1 and (numbers == numbers[0]).all()
        if numbers is not None and (step is not None or not one):
            return numbers, True, step is not None
    if step is not None:
        numbers = _whole(cells[step])
        if numbers is not None:
            return numbers, False, False
    return rows, False, False


def _whole(column: pd.Series) -> Ints | None:
    """Whole numbers, each fraction as the epoch that it is in; None for anything else.

    A row without a number, such as one of Lightning's learning rates, belongs to what
    follows.
    """
    numbers = pd.to_numeric(column.where(~_is_blank(column)), errors="coerce")
    numbers = numbers.astype(float).bfill().ffill()
    values = numbers.to_numpy()
    if not len(values) or not np.isfinite(values).all() or np.abs(values).max() > 2**40:
        return None
    # An epoch may be told to the sixth digit only.
    whole: Ints = np.ceil(values - 1e-6).astype(np.int64)
    return whole


def _is_blank(column: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Where nothing was logged; a NaN that was written out is a value."""
    missing = column.map(lambda cell: cell is None or cell is pd.NA).to_numpy(bool)
    text = column.map(lambda cell: isinstance(cell, str) and cell.strip() in _BLANK)
    return np.asarray(missing | text.to_numpy(bool))


def _numbers(path: Path, column: pd.Series) -> Floats:
    try:
        return _of_text(column).to_numpy(dtype=float, na_value=np.nan)
    except (ValueError, TypeError, OverflowError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"Column `{column.name}` is not all numbers ({reason}).",
            where=path,
            how="Give one number per epoch.",
        ) from error


def _of_text(column: pd.Series) -> pd.Series:
    """As numbers; `81.3%` is .813, and `nan` no number."""
    text = column.map(lambda cell: cell.strip() if isinstance(cell, str) else cell)
    text = text.map(
        lambda c: np.nan if isinstance(c, str) and c.lower() == "nan" else c
    )
    percent = text.map(lambda cell: isinstance(cell, str) and cell.endswith("%"))
    if len(text) and percent.all():
        return pd.to_numeric(text.str.rstrip("%")) / 100
    return pd.to_numeric(text)


def _read_csv(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    check_readable(path)
    check_size(path)
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
    table = pd.DataFrame(filled, columns=header, dtype=object)
    if delimiter == ";":
        table = table.apply(_without_decimal_commas)
    return table, notes


def _is_unfinished(text: str, last: list[str], n_columns: int) -> bool:
    """Whether the last line lacks fields, or an end that the others have.

    `CSVLogger` ends each line with a carriage return and a line feed. A file whose
    lines end in a line feed alone may come from an editor, and lack the last one.
    """
    if text.endswith("\n"):
        return False
    return len(last) < n_columns or "\r\n" in text


def _without_decimal_commas(column: pd.Series) -> pd.Series:
    cells = column.str.strip()
    given = cells[~_is_blank(cells)]
    if len(given) and given.str.fullmatch(DECIMAL_COMMA).all():
        return cells.str.replace(",", ".", regex=False)
    return column


def _typed(column: pd.Series) -> pd.Series:
    """Numbers where all are numbers or missing, else the cells as they are."""
    try:
        return _of_text(column.where(~_is_blank(column)))
    except (ValueError, TypeError, OverflowError, AttributeError):
        return column


def is_log(path: Path) -> bool:
    r"""Whether a table has epochs and losses by its names, and no images or labels.

    Then a curve whose name is that of a prediction, such as `train_top1`, is a curve.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "summary.csv")
    ...     _ = path.write_text("epoch,train_loss,train_top1,eval_top1\n0,2.1,33,31\n")
    ...     first = is_log(path)
    ...     _ = path.write_text("image,epoch,loss,top1\na.jpg,1,0.3,cat\n")
    ...     first, is_log(path)
    (True, False)
    """
    if path.suffix.lower() not in _TEXT or not path.is_file() or is_document(path):
        return False
    try:
        names = csv_header(path)[0]
    except (OSError, UnicodeDecodeError, csv.Error):
        return False
    others = [name for name in names if curve_of(name) is None]
    if any(map(_tells_run, names)):
        return False  # a row per run, each with its last epoch
    return (
        any(map(is_epoch, names))
        and any("loss" in (curve_of(name) or "") for name in names)
        and not any(label_kind(name) or image_rank(name) in (1, 2) for name in others)
    )


def _is_history(path: Path) -> bool:
    """Whether a file is JSON, or has a column that is a curve by its name."""
    if is_document(path):
        return True
    if path.suffix.lower() not in _TEXT:
        return False
    try:
        columns = csv_header(path)[0]
    except (OSError, UnicodeDecodeError, csv.Error):
        return False  # what is wrong with it is told when it is read
    if any(name.endswith(_EXTREMES) for name in columns) or set(columns) >= _OF_RUNS:
        return True  # an export of Weights & Biases, whatever it holds
    # A prediction may be called top1, and then the file does not hold curves.
    names = [name.rsplit(_OF_RUN, 1)[-1] for name in columns if name.lower() != "top1"]
    return bool({curve_of(name) for name in names} - {None, "learning_rate"})


TABLE = Reader(_is_history, read_table)
