"""The CSV tables of a run folder: curves, counts, and given labels and splits."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.errors import InputError, error_line, unreadable
from hirise.files import disk_errors, write_whole

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
"""More columns of a replay: the same predictions against the correct labels."""
RECORDED_COLUMNS = (
    "inference_loss",
    "inference_accuracy",
    "val_inference_loss",
    "val_inference_accuracy",
    "regularisation_loss",
)
"""More columns of a recorded training, whose other columns the framework logged."""
PREDICTED_COUNTS_COLUMNS = ("epoch", "split", "class_name", "n")
LAYER_STATS_COLUMNS = (
    "epoch",
    "layer",
    "gradient_median",
    "gradient_min",
    "gradient_max",
    "update_median",
    "update_min",
    "update_max",
    "weight_norm",
    "dead_share",
    "saturated_share",
)
LAYER_STATS = "layer_stats.csv"
GROWING_TABLES = ("history.csv", "predicted_counts.csv", LAYER_STATS)

LABELS_GIVEN = "labels_given.csv"
"""`image` and `class_name`: labels instead of the dataset's own."""

SPLIT_GIVEN = "split_given.csv"
"""`image` and `split`: splits that were taken over from another run."""

_TEXT = ("split", "class_name", "layer")
_NUMBERS = (
    *HISTORY_COLUMNS,
    *RIGHT_COLUMNS,
    *RECORDED_COLUMNS,
    *(name for name in LAYER_STATS_COLUMNS if name not in ("epoch", "layer")),
    "n",
)
_WHOLE_NUMBERS = ("epoch", "n")


def read_growing(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    r"""Read a CSV file that another process may be appending to.

    A last line without its line end is still being written, or was cut off by a kill;
    it is left out. An absent file is an empty table.

    Returns
    -------
    DataFrame
        `columns` first (missing ones are NaN), then whatever else the file has.

    Raises
    ------
    InputError
        A file that cannot be read or is not a table, or a text where a number belongs.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "history.csv")
    ...     _ = path.write_text("epoch,loss\n1,0.9\n2,0.")
    ...     read_growing(path, ("epoch", "loss"))
       epoch  loss
    0      1   0.9
    """
    if path.exists() and not path.is_file():  # a named pipe would be waited for
        raise InputError("This is not a plain file.", where=path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(error, where=path) from error
    whole = text[: text.rfind("\n") + 1]
    if not whole:
        return pd.DataFrame({name: _empty(name) for name in columns})
    try:
        table = pd.read_csv(
            io.StringIO(whole),
            dtype=dict.fromkeys(_TEXT, "str"),
            # A class may be called NA or null; only numbers may be missing.
            keep_default_na=False,
            na_values={name: ["", "nan", "NaN"] for name in _NUMBERS},
        )
    except ValueError as error:
        raise InputError(
            f"This is not a table ({error_line(error)}).", where=path
        ) from error
    _check_numbers(path, table)
    more = [name for name in table.columns if name not in columns]
    return table.reindex(columns=[*columns, *more])


def _empty(name: str) -> pd.Series:
    if name in _TEXT:
        return pd.Series(dtype="str")
    return pd.Series(dtype="int64" if name in _WHOLE_NUMBERS else "float64")


def _check_numbers(path: Path, table: pd.DataFrame) -> None:
    for name in (name for name in table.columns if name in _NUMBERS):
        values = table[name]
        # A column of True and False is read as bools, which pass for numbers.
        if pd.api.types.is_bool_dtype(values):
            raise _not_number(path, name, str(values.iloc[0]), 1)
        whole = name in _WHOLE_NUMBERS
        if values.dtype.kind == "i" or (values.dtype.kind == "f" and not whole):
            continue  # read as numbers
        numbers = pd.to_numeric(values, errors="coerce")
        wrong = numbers.isna() & values.notna()
        if whole:
            wrong |= ~np.isfinite(numbers) | (numbers % 1 != 0)
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise _not_number(path, name, str(values.iloc[row]), row + 1)


def _not_number(path: Path, name: str, text: str, row: int) -> InputError:
    noun = "whole number" if name in _WHOLE_NUMBERS else "number"
    return InputError(
        f"Column `{name}` is {text[:80]!r} in row {row}, where a {noun} is expected.",
        where=path,
        how="Correct the row, or delete the file.",
    )


def cut_growing(folder: Path, epochs: int) -> None:
    r"""Remove from the growing tables what was recorded after the first `epochs`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "history.csv")
    ...     _ = path.write_text("epoch,loss\n1,0.9\n2,0.7\n")
    ...     cut_growing(Path(folder), epochs=1)
    ...     path.read_text()
    'epoch,loss\n1,0.9\n'
    """
    for name in GROWING_TABLES:
        path = folder / name
        if not path.is_file():
            continue
        with disk_errors(folder):
            # Reading as text would change the line ends of the rows that stay.
            text = path.read_bytes().decode()
            rows = [row for row in _rows(text) if _is_within(row, epochs)]
            if not rows:
                path.unlink()
                continue
            head = text[: text.index("\n") + 1]
            content = "".join([head, *rows]).encode()
            write_whole(path, partial(Path.write_bytes, data=content))


def _rows(text: str) -> Iterator[str]:
    """The rows of a CSV file as they are written; a quoted cell may hold line ends."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    start, reader = 0, csv.reader(lines)
    for _ in reader:
        yield "".join(lines[start : reader.line_num])
        start = reader.line_num


def _is_within(row: str, epochs: int) -> bool:
    """Whether a row is whole and of one of the first `epochs`."""
    number = row.partition(",")[0]
    return row.endswith("\n") and number.isdigit() and int(number) <= epochs


def write_table(table: pd.DataFrame, path: Path) -> None:
    r"""Write a CSV that people can read too.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "split.csv")
    ...     write_table(pd.DataFrame({"image": ["a.jpg"], "split": ["val"]}), path)
    ...     path.read_text()
    'image,split\na.jpg,val\n'
    """
    table.to_csv(path, index=False, lineterminator="\n")


def given_file(folder: Path, name: str) -> Path | None:
    """The file `name` in a run folder; None if the run was given none.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, SPLIT_GIVEN).touch()
    ...     given_file(Path(folder), SPLIT_GIVEN).name
    'split_given.csv'
    """
    path = folder / name
    return path if path.is_file() else None


def measured_first(history: pd.DataFrame) -> pd.DataFrame:
    """Curves of inference mode where a recorder has measured them.

    The same as the framework logged it is then called `logged_loss` and so on.

    Examples
    --------
    >>> history = pd.DataFrame({"loss": [0.1], "inference_loss": [0.9]})
    >>> measured_first(history)[["loss", "logged_loss"]].iloc[0].tolist()
    [0.9, 0.1]
    """
    known = {
        name.replace("inference_", ""): name
        for name in RECORDED_COLUMNS
        if "inference_" in name and name in history and history[name].notna().any()
    }
    logged = {f"logged_{name}": history[name] for name in known}
    curves = {
        name: history[measured].fillna(history[name])
        for name, measured in known.items()
    }
    return history.assign(**curves, **logged)
