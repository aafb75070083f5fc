"""A CSV of image paths and labels."""

from __future__ import annotations

import csv
import io
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hirise.data.listing import (
    SPLITS,
    Listing,
    make_problems,
    split_named,
    whole_rows,
)
from hirise.errors import InputError, nearest, shown
from hirise.mars.labels import read_text

LAYOUT = "csv"
SUFFIXES = (".csv", ".tsv")
DELIMITERS = ",;\t|"
# The first of these that the file has is used: a path says more than a name, and a
# class name more than a number.
PATH_COLUMNS = ("path", "file", "filename", "image")
LABEL_COLUMNS = ("class_name", "class", "label", "target")
HEAD_BYTES = 65_536


@dataclass(frozen=True)
class Columns:
    """How the header is separated, and where path, label and split stand in a row."""

    delimiter: str
    path: int
    label: int
    split: int | None
    n: int


@dataclass(frozen=True)
class Row:
    """One image of the file."""

    line: int
    image: str
    label: str
    split: str


def image_csvs(folder: Path) -> list[Path]:
    r"""The CSV files in `folder` that have a column of paths and one of labels.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "labels.csv").write_text("path,label\n")
    ...     _ = Path(folder, "notes.csv").write_text("date,note\n")
    ...     [path.name for path in image_csvs(Path(folder))]
    ['labels.csv']
    """
    return [
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in SUFFIXES
        and not path.name.startswith(".")
        and path.is_file()
        and _find_columns(_first_line(path)) is not None
    ]


def list_csv(path: Path) -> Listing:
    r"""List the images of a CSV, whose folder is the dataset folder.

    The class ids follow the labels sorted as text. A row without a label is a problem;
    so is an image whose rows disagree.

    Raises
    ------
    InputError
        If the file is malformed (the line is named), a path leaves the folder, or there
        are fewer than two classes.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels.csv")
    ...     _ = path.write_text("path,label\na.jpg,crater\nb.jpg,other\n")
    ...     list_csv(path).class_names
    ('crater', 'other')
    """
    rows = list(_rows(path))
    labelled = [row for row in rows if row.label]
    labels = _whole([row.label for row in labelled])
    class_names = tuple(sorted(set(labels)))
    if len(class_names) < 2:
        held = f"only the class '{shown(*class_names)}'" if class_names else "no label"
        raise InputError(
            f"This holds {held}.",
            where=path,
            how="A dataset needs two classes or more.",
        )
    ids = {name: number for number, name in enumerate(class_names)}
    images = [row.image for row in labelled]
    lines = pd.DataFrame(
        {
            "image": pd.Series(images, dtype="str"),
            "label": [ids[label] for label in labels],
            "line": [row.line for row in labelled],
        }
    )
    root = path.parent
    bare = [row for row in rows if not row.label]
    return Listing(
        root=root,
        layout=LAYOUT,
        source=path,
        place=root,
        class_names=class_names,
        lines=lines,
        paths={image: image for image in set(images) if _is_file(root / image)},
        split=_splits(path, rows),
        problems=make_problems(
            [row.image for row in bare],
            "unlabelled",
            [f"line {row.line} has no label" for row in bare],
        ),
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # A name that is too long, or a parent folder that cannot be read.
        return False


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.readline(HEAD_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def _find_columns(header: str) -> Columns | None:
    """Where the columns are, with the first delimiter that gives a path and a label."""
    for delimiter in DELIMITERS:
        try:
            row = next(csv.reader([header], delimiter=delimiter), [])
        except csv.Error:  # a field larger than any name
            continue
        names = [name.strip().lower() for name in row]
        path = next((name for name in PATH_COLUMNS if name in names), None)
        label = next((name for name in LABEL_COLUMNS if name in names), None)
        if path and label:
            return Columns(
                delimiter,
                names.index(path),
                names.index(label),
                names.index("split") if "split" in names else None,
                len(names),
            )
    return None


def _rows(path: Path) -> Iterator[Row]:
    """The rows that are not empty."""
    text = read_text(path)
    header = text.partition("\n")[0]
    columns = _find_columns(header)
    if columns is None:
        raise InputError(
            f"The columns are '{shown(header)}'.",
            where=f"{path}, line 1",
            how=f"Expected are a column {' or '.join(PATH_COLUMNS)} and a column "
            f"{' or '.join(LABEL_COLUMNS)}.",
        )
    reader = csv.reader(io.StringIO(text), delimiter=columns.delimiter)
    next(reader)
    folder = path.parent.resolve()
    for cells in whole_rows(reader, path):
        if any(cell.strip() for cell in cells):
            yield _row(cells, columns, folder, f"{path}, line {reader.line_num}")


def _row(cells: Sequence[str], columns: Columns, folder: Path, where: str) -> Row:
    if len(cells) != columns.n:
        raise InputError(
            f"There are {len(cells)} values where {columns.n} are expected.",
            where=where,
        )
    split = "" if columns.split is None else split_named(cells[columns.split])
    if split and split not in SPLITS:
        raise InputError(
            f"The split is '{shown(split)}'.{nearest(split, SPLITS)}",
            where=where,
            how="It must be train, val, test or empty.",
        )
    return Row(
        line=int(where.rpartition(" ")[2]),
        image=_inside(cells[columns.path], folder, where),
        label=cells[columns.label].strip(),
        split=split,
    )


def _inside(text: str, folder: Path, where: str) -> str:
    """The path relative to `folder`, with /; one that leaves it is refused."""
    path = posixpath.normpath(text.strip().replace("\\", "/"))
    start = f"{folder.as_posix()}/"
    if path.startswith(start):
        path = path.removeprefix(start)
    if re.match(r"/|\.\.?(/|$)|[A-Za-z]:", path):
        raise InputError(
            f"The path '{shown(text)}' is not below {folder}.",
            where=where,
            how="Paths are relative to the CSV file, so move it to a folder above the "
            "images.",
        )
    return path


def _whole(labels: list[str]) -> list[str]:
    """Whole numbers that a float column wrote as 3.0 are 3 again."""
    if all(re.fullmatch(r"-?[0-9]+\.0", label) for label in labels):
        return [label.removesuffix(".0") for label in labels]
    return labels


def _splits(path: Path, rows: Sequence[Row]) -> dict[str, str]:
    splits: dict[str, str] = {}
    for row in rows:
        if row.split and splits.setdefault(row.image, row.split) != row.split:
            raise InputError(
                f"'{shown(row.image)}' is in {splits[row.image]} and in {row.split}.",
                where=f"{path}, line {row.line}",
                how="Remove one of the lines.",
            )
    return splits
