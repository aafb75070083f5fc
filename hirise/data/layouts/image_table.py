"""A CSV file of images and labels, or one such file per split."""

from __future__ import annotations

import csv
import io
import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from hirise.data.layouts.class_names import names_of_ids
from hirise.data.layouts.image_files import ImageFiles, is_file
from hirise.data.layouts.label_columns import Columns, find_columns, plain_name
from hirise.data.layouts.labelled import LabelTable, Rows, list_tables
from hirise.data.listing import (
    SPLITS,
    Listing,
    is_split_name,
    split_named,
    whole_rows,
)
from hirise.errors import InputError, nearest, parameter, shown
from hirise.mars.labels import read_text

LAYOUT = "csv"
SUFFIXES = (".csv", ".tsv")
HEAD_BYTES = 65_536
SEPARATORS = re.compile(r"[|;,\s]+")
# Ids and captions have about as many values as there are rows, classes far fewer.
MOST_GUESSED_CLASSES = 0.5
FEW_ROWS = 3
MULTI_LABEL = "This is a multi-label dataset"
ONE_CLASS = "Each image must have one class."
# Reads the label of the cells of a row, whose line is the second argument.
LabelReader = Callable[[Sequence[str], int], str]


def image_csvs(folder: Path, *, label_column: str = "") -> list[Path]:
    r"""The CSV files in `folder` that have a column of images and one of labels.

    Not those that are to be handed in, such as `sample_submission.csv`: their labels
    are made up.

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
        and "submission" not in path.name.lower()
        and is_file(path)
        and _is_meant_as_labels(path, label_column)
    ]


def _is_meant_as_labels(path: Path, label_column: str) -> bool:
    head = _head(path)
    columns = find_columns(head, label_column=label_column)
    if label_column:
        return columns is not None
    if columns is None or _is_class_map(head, columns):
        return False
    # `image,Id` may be anything, unless the file is called train.csv or labels.csv.
    is_named = is_split_name(path.stem) or "label" in path.stem.lower()
    return is_named or not columns.is_guess


def _is_class_map(head: str, columns: Columns) -> bool:
    """Whether numbers have a class each, as `id,class` has it, and are no images."""
    if columns.one_hot or plain_name(columns.names[columns.path]) != "id":
        return False
    reader = csv.reader(head.splitlines()[1:], delimiter=columns.delimiter)
    numbers, labels = [], []
    try:
        for cells in reader:
            if len(cells) == len(columns.names):
                numbers.append(cells[columns.path].strip())
                labels.append(cells[columns.labels[0]].strip())
    except csv.Error:
        return False
    distinct = len(set(labels)) == len(labels)
    return distinct and all(re.fullmatch(r"[0-9]{1,6}", number) for number in numbers)


def is_label_table(
    path: Path, *, is_one_hot: bool = False, label_column: str = ""
) -> bool:
    """Whether a CSV file has a column of images and one of labels, or one per class."""
    head = _head(path)
    found = find_columns(head, is_one_hot=is_one_hot, label_column=label_column)
    return found is not None


def tables_of_splits(tables: Sequence[Path]) -> list[Path]:
    """Those of several CSV files that hold a split each, the training split among them.

    Empty if they are not named so, or two hold the same split.

    Examples
    --------
    >>> tables = [Path("stats.csv"), Path("test.csv"), Path("train.csv")]
    >>> [path.name for path in tables_of_splits(tables)]
    ['test.csv', 'train.csv']
    """
    named = [path for path in tables if is_split_name(path.stem)]
    splits = [split_named(path.stem) for path in named]
    sound = "train" in splits and len(set(splits)) == len(splits)
    return named if sound else []


def list_csv(path: Path, *, label_column: str = "") -> Listing:
    r"""List the images of a CSV, whose folder is the dataset folder.

    The class ids follow the labels sorted as text. A row without a label is a problem;
    so is an image whose rows disagree. Images are found by their path, else by their
    name in a folder below, also by a name without its ending.

    Raises
    ------
    InputError
        If the file is malformed (the line is named), a path leaves the folder, an image
        has several labels, or there are fewer than two classes.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels.csv")
    ...     _ = path.write_text("path,label\na.jpg,crater\nb.jpg,other\n")
    ...     list_csv(path).class_names
    ('crater', 'other')
    """
    return list_csvs([path], label_column=label_column)


def list_csvs(paths: Sequence[Path], *, label_column: str = "") -> Listing:
    """As `list_csv`, for one file per split; they lie in the dataset folder."""
    root = paths[0].parent
    tables = [
        read_label_table(
            path,
            path.stem if is_split_name(path.stem) else "",
            label_column=label_column,
        )
        for path in paths
    ]
    labels = {label for table in tables for label in table.rows.labels}
    names = names_of_ids(root, labels, without=paths)
    if names is not None and not any(table.class_names for table in tables):
        tables = [names.applied(table) for table in tables]
    return list_tables(root, tables, layout=LAYOUT, files=ImageFiles(root))


def read_label_table(
    path: Path,
    split_name: str = "",
    *,
    is_one_hot: bool = False,
    label_column: str = "",
) -> LabelTable:
    r"""Read a CSV file with a column of images, and one of labels or one per class.

    Parameters
    ----------
    path : Path
    split_name : str
        What its folder calls the split of its images, or "".
    is_one_hot : bool
        All columns but `filename`, the first, are classes, by whatever names.
    label_column : str
        The column of labels; "" to find it by its name.

    Raises
    ------
    InputError
        As `list_csv`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "_classes.csv")
    ...     _ = path.write_text("filename, cat, dog\na.jpg, 0, 1\n")
    ...     table = read_label_table(path)
    >>> table.class_names, table.rows.labels
    (('cat', 'dog'), ['dog'])
    """
    text = read_text(path)
    columns = find_columns(
        text[:HEAD_BYTES], is_one_hot=is_one_hot, label_column=label_column
    )
    if columns is None:
        raise _no_columns(path, text.partition("\n")[0], label_column)
    if any(not columns.names[column] for column in columns.one_hot):
        raise InputError(
            "A column of 0 and 1 has no name.",
            where=f"{path}, line 1",
            how="Name it after its class.",
        )
    if columns.one_hot:
        label_of = _one_hot_reader(path, columns)
    else:
        label_of = _label_reader(columns)
    rows = _whole(_rows(path, text, columns, label_of))
    notes = []
    if not columns.one_hot:
        _refuse_several_labels(path, rows)
        notes = _column_notes(path, text, columns, rows)
    if label_column:
        label = shown(columns.names[columns.labels[0]])
        notes = [f"The labels are the column '{label}' of {path.name}."]
    return LabelTable(
        path=path,
        rows=rows,
        class_names=tuple(columns.names[column] for column in columns.one_hot),
        split_name=split_name,
        notes=tuple(notes),
    )


def _no_columns(path: Path, header: str, label_column: str) -> InputError:
    absent = f", and none is '{shown(label_column)}'" if label_column else ""
    return InputError(
        f"The columns are '{shown(header)}'{absent}.",
        where=f"{path}, line 1",
        how="Expected: an image column (path, file, filename, image or an id), and "
        "either a label column (class_name, class, label or target, or any other with "
        f"{parameter('label_column', 'NAME')}) or a column of 0 and 1 per class.",
    )


def _head(path: Path) -> str:
    """The first lines of a file, "" if it cannot be read as text."""
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES).decode("utf-8-sig", errors="strict")
    except UnicodeDecodeError as error:
        # The last letter may be cut in two.
        whole = error.object[: error.start]
        cut = error.start > HEAD_BYTES - 4
        return whole.decode("utf-8-sig") if cut else ""
    except OSError:
        return ""


def _cells(path: Path, text: str, columns: Columns) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of the rows that are not empty."""
    reader = csv.reader(
        io.StringIO(text), delimiter=columns.delimiter, skipinitialspace=True
    )
    next(reader)
    n = len(columns.names)
    for cells in whole_rows(reader, path):
        if not "".join(cells).strip():
            continue
        if len(cells) != n:
            raise InputError(
                f"There are {len(cells)} values where {n} are expected.",
                where=f"{path}, line {reader.line_num}",
            )
        yield reader.line_num, cells


def _rows(path: Path, text: str, columns: Columns, label_of: LabelReader) -> Rows:
    folder = path.parent.resolve()
    rows, splits = Rows.of(()), {"": ""}
    split = ""
    for line, cells in _cells(path, text, columns):
        image = cells[columns.path].strip()
        # Of a million rows, most need none of the messages that name their line.
        if not _is_plain(image):
            image = path_inside(image, folder, f"{path}, line {line}")
        if columns.split is not None:
            split = cells[columns.split]
            if split not in splits:
                splits[split] = _split(split, f"{path}, line {line}")
        rows.lines.append(line)
        rows.images.append(image)
        rows.labels.append(label_of(cells, line))
        rows.splits.append(splits[split])
    return rows


def _is_plain(path: str) -> bool:
    """Whether a path is one below its folder as it stands, as almost all are."""
    return (
        path != ""
        and path[0] not in "./"
        and path[-1] != "/"
        and path[1:2] != ":"
        and "//" not in path
        and "/." not in path
        and "\\" not in path
    )


def _label_reader(columns: Columns) -> LabelReader:
    first = columns.labels[0]
    return lambda cells, line: cells[first].strip()


def _one_hot_reader(path: Path, columns: Columns) -> LabelReader:
    """The class whose column holds 1; "" if none does."""

    def read(cells: Sequence[str], line: int) -> str:
        marked = []
        for column in columns.one_hot:
            value = cells[column].strip().lower()
            if value in ("1", "1.0", "true"):
                marked.append(columns.names[column])
            elif value not in ("0", "0.0", "false", ""):
                raise InputError(
                    f"The column '{shown(columns.names[column])}' holds "
                    f"'{shown(value)}'.",
                    where=f"{path}, line {line}",
                    how="A class column must hold only 0 and 1.",
                )
        if len(marked) > 1:
            raise InputError(
                f"{MULTI_LABEL}: {shown(cells[columns.path].strip())} is "
                f"{' and '.join(map(shown, marked[:3]))}.",
                where=f"{path}, line {line}",
                how=ONE_CLASS,
            )
        return marked[0] if marked else ""

    return read


def _split(text: str, where: str) -> str:
    split = split_named(text)
    if split and split not in SPLITS:
        raise InputError(
            f"The split is '{shown(split)}'.{nearest(split, SPLITS)}",
            where=where,
            how="It must be train, val, test or empty.",
        )
    return split


def path_inside(text: str, folder: Path, where: str) -> str:
    """The path relative to `folder`, with /.

    Parameters
    ----------
    text : str
        As a table has it.
    folder : Path
        Resolved.
    where : str
        The line of the table, for the message.

    Raises
    ------
    InputError
        If it leaves the folder.

    Examples
    --------
    >>> path_inside("cat/./1.png", Path("/pets"), "line 2")
    'cat/1.png'
    """
    path = posixpath.normpath(text.strip().replace("\\", "/"))
    start = f"{folder.as_posix()}/"
    if path.startswith(start):
        path = path.removeprefix(start)
    if re.match(r"/|\.\.?(/|$)|[A-Za-z]:", path):
        raise InputError(
            f"The path '{shown(text)}' is not below {folder}.",
            where=where,
            how="Paths are relative to the file that names them, so move it to a "
            "folder above the images.",
        )
    return path


def _whole(rows: Rows) -> Rows:
    """Whole numbers that a float column wrote as 3.0 are 3 again."""
    labels = set(rows.labels) - {""}
    if not all(re.fullmatch(r"-?[0-9]+\.0", label) for label in labels):
        return rows
    return replace(rows, labels=[label.removesuffix(".0") for label in rows.labels])


def _refuse_several_labels(path: Path, rows: Rows) -> None:
    """Refuse labels such as `scab rust`, where `scab` and `rust` are labels too."""
    labels = set(rows.labels)
    several = {}
    for label in labels:
        parts = [part for part in SEPARATORS.split(label) if part]
        if len(parts) > 1 and labels.issuperset(parts):
            several[label] = parts
    for row in rows if several else ():
        if row.label in several:
            parts = several[row.label]
            raise InputError(
                f"{MULTI_LABEL}: {shown(row.image)} is "
                f"{' and '.join(map(shown, parts[:3]))}.",
                where=f"{path}, line {row.line}",
                how=ONE_CLASS,
            )


def _column_notes(path: Path, text: str, columns: Columns, rows: Rows) -> list[str]:
    """What to say of the columns of labels; columns that disagree are refused."""
    label, *others = (shown(columns.names[column]) for column in columns.labels)
    if columns.is_guess:
        _refuse_guess(path, label, rows)
        return [f"The labels are the column '{label}' of {path.name}."]
    for column in columns.labels[1:]:
        _refuse_disagreeing(path, text, columns, column)
    named = " and ".join(f"'{other}'" for other in others)
    same = f"The labels are the column '{label}'. The same labels are in {named}."
    return [same] if others else []


def _refuse_guess(path: Path, label: str, rows: Rows) -> None:
    """Refuse a column that is no column of labels by its name nor by what it holds."""
    n_rows, n_classes = len(rows.labels), len(set(rows.labels))
    if n_rows > FEW_ROWS and n_classes > MOST_GUESSED_CLASSES * n_rows:
        raise InputError(
            f"The column '{label}' has {n_classes:,} different values in "
            f"{n_rows:,} rows, so it holds no classes.",
            where=path,
            how="If it does hold classes, name it label.",
        )


def _refuse_disagreeing(path: Path, text: str, columns: Columns, column: int) -> None:
    """Refuse a second column of labels that is no other name of the first."""
    first = columns.labels[0]
    there: dict[str, str] = {}
    back: dict[str, str] = {}
    for line, cells in _cells(path, text, columns):
        one, other = cells[first].strip(), cells[column].strip()
        if not one or not other:
            continue
        if there.setdefault(one, other) != other or back.setdefault(other, one) != one:
            raise InputError(
                f"The columns '{shown(columns.names[first])}' and "
                f"'{shown(columns.names[column])}' both hold labels, and disagree on "
                "which images are of one class.",
                where=f"{path}, line {line}",
                how=f"Choose one with {parameter('label_column')}: "
                f"'{shown(columns.names[first])}' or '{shown(columns.names[column])}'.",
            )
