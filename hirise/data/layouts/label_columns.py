"""Which columns of a table of labels hold the image, its label and its split."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

DELIMITERS = ",;\t|"
# The first of these that the file has is used: a path says more than a name, a name
# more than an id, and a class name more than a number.
PATH_COLUMNS = (
    *("path", "file", "filename", "image"),
    *("file_name", "filepath", "file_path", "filepaths", "image_path", "img_path"),
    *("image_file", "image_filename", "image_name", "img_name", "imagename", "images"),
    *("filenames", "img", "image_index", "image_id", "imageid", "img_id", "id_code"),
    *("isic_id", "id"),
)
LABEL_COLUMNS = (
    *("class_name", "classname", "label_name", "category_name"),
    *("class", "label", "target", "category", "labels", "classes"),
    *("finding_labels", "tags", "diagnosis", "dx", "species", "breed", "disease"),
    *("label_id", "class_id", "classid", "category_id", "level"),
)
# What is neither an image nor its class, though it may hold few different values.
OTHER_COLUMNS = frozenset(
    (
        *("split", "set", "subset", "fold", "partition", "usage", "data_set"),
        *("group", "patient", "patient_id", "lesion_id", "caption", "text", "note"),
        *("width", "height", "age", "sex", "gender", "date", "time", "url", "md5"),
    )
)
SPLIT_COLUMNS = ("split", "set", "subset", "partition", "data_set")
NUMBERS_OF_ONE_HOT = frozenset(("0", "1", "0.0", "1.0", "true", "false"))
ROWS_SAMPLED = 20


@dataclass(frozen=True)
class Columns:
    """Where path, label and split stand in a row, and what separates its cells.

    Attributes
    ----------
    delimiter : str
    names : tuple of str
        All columns, as the header has them.
    path : int
    labels : tuple of int
        The columns of labels, the one to be used first.
    one_hot : tuple of int
        Without a column of labels: a column of 0 and 1 per class.
    split : int or None
    is_guess : bool
        The label is the only other column, and its name says nothing.
    """

    delimiter: str
    names: tuple[str, ...]
    path: int
    labels: tuple[int, ...]
    one_hot: tuple[int, ...]
    split: int | None
    is_guess: bool = False


def plain_name(name: str) -> str:
    """A column's name in small letters, with _ for blanks and hyphens.

    Examples
    --------
    >>> plain_name(" Image Index")
    'image_index'
    """
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def find_columns(
    text: str, *, is_one_hot: bool = False, label_column: str = ""
) -> Columns | None:
    r"""The columns of a table, by the first delimiter that gives an image and a label.

    Parameters
    ----------
    text : str
        The header and, for columns of 0 and 1, some rows.
    is_one_hot : bool
        All columns but `filename`, the first, are classes, by whatever names.
    label_column : str
        The column of labels; "" to find it by its name.

    Examples
    --------
    >>> find_columns("id_code,diagnosis\n").labels
    (1,)
    >>> find_columns("image,diagnosis,stage\n", label_column="Stage").labels
    (2,)
    >>> find_columns("filename, cat, dog\na.jpg, 0, 1\n").one_hot
    (1, 2)
    """
    lines = text.splitlines()[: ROWS_SAMPLED + 1]
    for delimiter in DELIMITERS:
        rows = _sample(lines, delimiter)
        columns = None
        if rows and is_one_hot:
            columns = _one_hot_columns(delimiter, rows)
        elif rows:
            columns = _columns(delimiter, rows, label_column)
        if columns is not None:
            return columns
    return None


def _sample(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    rows = []
    with suppress(csv.Error):  # a field larger than any name
        for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True):
            rows.append(row)
    return rows


def _columns(
    delimiter: str, rows: Sequence[Sequence[str]], label_column: str
) -> Columns | None:
    names = tuple(name.strip() for name in rows[0])
    plain = [plain_name(name) for name in names]
    path = next((plain.index(name) for name in PATH_COLUMNS if name in plain), None)
    if path is None:
        return None
    split = next((plain.index(name) for name in SPLIT_COLUMNS if name in plain), None)
    if label_column:
        chosen = _named(names, label_column)
        if chosen is None or chosen == path:
            return None
        return Columns(delimiter, names, path, (chosen,), (), split)
    # A name may stand there twice, over different labels.
    labels = tuple(
        number
        for name in LABEL_COLUMNS
        for number, other in enumerate(plain)
        if other == name and number != path
    )
    others = tuple(
        number
        for number, name in enumerate(plain)
        if number != path and name and name not in OTHER_COLUMNS
    )
    if labels:
        return Columns(delimiter, names, path, labels, (), split)
    if len(others) > 1 and _are_one_hot(rows[1:], others):
        return Columns(delimiter, names, path, (), others, split)
    if len(names) == 2 and others:
        return Columns(delimiter, names, path, others, (), split, is_guess=True)
    return None


def _named(names: Sequence[str], wanted: str) -> int | None:
    """The column of this name, else of this name in other letters."""
    if wanted in names:
        return names.index(wanted)
    plain = [plain_name(name) for name in names]
    return plain.index(plain_name(wanted)) if plain_name(wanted) in plain else None


def _one_hot_columns(delimiter: str, rows: Sequence[Sequence[str]]) -> Columns | None:
    names = tuple(name.strip() for name in rows[0])
    classes = tuple(range(1, len(names)))
    if plain_name(names[0]) != "filename" or not _are_one_hot(rows[1:], classes):
        return None
    return Columns(delimiter, names, 0, (), classes, None)


def _are_one_hot(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> bool:
    """Whether these columns hold nothing but 0 and 1."""
    cells = {
        row[column].strip().lower()
        for row in rows
        for column in columns
        if column < len(row)
    }
    return bool(cells) and cells <= NUMBERS_OF_ONE_HOT
