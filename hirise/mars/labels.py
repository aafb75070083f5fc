"""Class names and ids: label files and class maps of the HiRISE releases."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from hirise.errors import InputError, unreadable

HIRISE_CLASSES = (
    "other",
    "crater",
    "dark dune",
    "slope streak",
    "bright dune",
    "impact ejecta",
    "swiss cheese",
    "spider",
)
# Version 1 comes without a class map, and its ids mean other things.
HIRISE_V1_CLASSES = (
    "other",
    "crater",
    "dark_dune",
    "streak",
    "bright_dune",
    "impact",
    "edge",
)

# The README of v3.2 has a hyphen where its file has an underscore.
LABEL_FILE = re.compile(r"labels-map-proj(?:[-_]v3(?:[-_.]?2)?)?\.txt", re.IGNORECASE)
SPLIT_FILE = re.compile(
    r"labels-map-proj[-_]v3(?:[-_.]?2)?_train_val_test\.txt", re.IGNORECASE
)
CLASS_MAP = re.compile(r"landmarks_map-proj[-_]v3.*classmap\.csv", re.IGNORECASE)

_LABEL_LINE = r"^\s*(?P<image>\S(?:.*\S)?)\s+(?P<label>-?[0-9]{1,9})\s*$"
_SPLIT_LINE = (
    r"^\s*(?P<image>\S(?:.*\S)?)\s+(?P<label>-?[0-9]{1,9})"
    r"\s+(?P<split>train|val|test)\s*$"
)


def find_label_file(folder: Path) -> Path | None:
    """The label file of a HiRISE release in `folder`, if there is one.

    Raises
    ------
    InputError
        If there are several: which of them holds the labels is not for us to guess.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "labels-map-proj_v3_2.txt").write_text("a.jpg 0")
    ...     find_label_file(Path(folder)).name
    'labels-map-proj_v3_2.txt'
    """
    return _only_match(folder, LABEL_FILE, "label files")


def find_split_file(folder: Path) -> Path | None:
    """The file with the official split of v3.2 in `folder`, if there is one.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels-map-proj_v3_2_train_val_test.txt")
    ...     _ = path.write_text("a.jpg 0 train")
    ...     find_split_file(Path(folder)).name
    'labels-map-proj_v3_2_train_val_test.txt'
    """
    return _only_match(folder, SPLIT_FILE, "split files")


def find_class_map(folder: Path) -> Path | None:
    """The class map (`id,name` lines) in `folder`, if there is one.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "landmarks_map-proj-v3_classmap.csv")
    ...     _ = path.write_text("0,other")
    ...     find_class_map(Path(folder)).name
    'landmarks_map-proj-v3_classmap.csv'
    """
    return _only_match(folder, CLASS_MAP, "class maps")


def read_label_file(path: Path) -> pd.DataFrame:
    r"""Read `image label` lines; empty lines are skipped.

    Returns
    -------
    DataFrame, one row per label line
        Columns `image` (text), `label` (int) and `line` (counted from 1).

    Raises
    ------
    InputError
        If the file cannot be read as text, has no label, or has a malformed line,
        which is named.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels.txt")
    ...     _ = path.write_text("a.jpg 0\n\nb.jpg 7\n")
    ...     read_label_file(path)
       image  label  line
    0  a.jpg      0     1
    1  b.jpg      7     3
    """
    table = _read_lines(path, _LABEL_LINE, "IMAGE ID, such as 'a.jpg 0'")
    if table.empty:
        raise InputError(
            "This holds no label.", where=path, how="Expected: lines 'IMAGE ID'."
        )
    return table.astype({"label": "int64"})


def read_release_split(path: Path) -> pd.DataFrame:
    r"""Read the `image label split` lines of a release, each image once.

    Returns
    -------
    DataFrame, one row per image
        Columns `image` and `split` (train, val or test).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "split.txt")
    ...     _ = path.write_text("a.jpg 0 train\na.jpg 0 train\nb.jpg 7 test\n")
    ...     read_release_split(path)
       image  split
    0  a.jpg  train
    1  b.jpg   test
    """
    form = "IMAGE ID SPLIT, such as 'a.jpg 0 train'"
    table = _read_lines(path, _SPLIT_LINE, form)[["image", "split", "line"]]
    # The file of v3.2 has 67,810 rows for 64,947 images.
    table = table.drop_duplicates(["image", "split"])
    twice = table[table["image"].duplicated()]
    if len(twice):
        image, _, line = twice.iloc[0]
        raise InputError(
            f"'{image}' is in two splits.",
            where=f"{path}, line {line}",
            how="Remove one of the lines.",
        )
    return table[["image", "split"]].reset_index(drop=True)


def read_class_map(path: Path) -> dict[int, str]:
    r"""Read `id,name` lines: the class name of each id, in the order of the ids.

    Raises
    ------
    InputError
        If a line (named) is malformed or repeats an id or a name, or if the ids are
        not 0, 1, 2, … without a gap.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "classmap.csv")
    ...     _ = path.write_text("0,other\n1,crater\n")
    ...     read_class_map(path)
    {0: 'other', 1: 'crater'}
    """
    names: dict[int, str] = {}
    taken: set[str] = set()
    for line, row in enumerate(csv.reader(read_text(path).splitlines()), start=1):
        if not "".join(row).strip():
            continue
        number, name = _class_of(path, line, row)
        if number in names or name in taken:
            raise InputError(
                f"Class {number},{name} is repeated.",
                where=f"{path}, line {line}",
                how="Remove one of the lines.",
            )
        names[number] = name
        taken.add(name)
    if sorted(names) != list(range(len(names))) or not names:
        listed = ", ".join(map(str, sorted(names)[:20])) or "none"
        raise InputError(
            f"The class ids are {listed}.",
            where=path,
            how="They must be 0, 1, 2, … without a gap.",
        )
    return dict(sorted(names.items()))


def read_text(path: Path) -> str:
    r"""The text of a UTF-8 file, with or without a byte-order mark.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels.txt")
    ...     _ = path.write_bytes(b"\xef\xbb\xbfa.jpg 0")
    ...     read_text(path)
    'a.jpg 0'
    """
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(
            "This is not UTF-8 text.",
            where=f"{path}, line {line}",
            how="Name the right file, or save it as UTF-8.",
        ) from None
    except OSError as error:
        raise unreadable(error, where=path) from None


def _only_match(folder: Path, pattern: re.Pattern[str], noun: str) -> Path | None:
    """The only file in `folder` whose name is `pattern`; `._` files do not match."""
    paths = sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))
    if len(paths) > 1:
        names = ", ".join(path.name for path in paths)
        raise InputError(
            f"This has several {noun}: {names}.", where=folder, how="Leave only one."
        )
    return paths[0] if paths else None


def _read_lines(path: Path, pattern: str, form: str) -> pd.DataFrame:
    """One row per line that is not empty: the groups of `pattern`, and `line`."""
    # `splitlines` would also split at form feeds and U+2028.
    lines = pd.Series(read_text(path).split("\n"), dtype="str")
    lines.index += 1
    lines = lines[lines.str.strip() != ""]
    fields = pc.extract_regex(pa.array(lines, type=pa.large_string()), pattern)
    bad = lines[pc.is_null(fields).to_numpy(zero_copy_only=False)]
    if len(bad):
        line, text = next(iter(bad.items()))
        raise InputError(
            f"The line is {text[:80]!r}.",
            where=f"{path}, line {line}",
            how=f"Expected: {form}.",
        )
    columns = {field.name: pc.struct_field(fields, field.name) for field in fields.type}
    table: pd.DataFrame = pa.table(columns).to_pandas().astype("str")
    return table.assign(line=lines.index.to_numpy())


def _class_of(path: Path, line: int, row: list[str]) -> tuple[int, str]:
    """Id and name in one row of a class map."""
    number, name = (row[0].strip(), row[1].strip()) if len(row) == 2 else ("", "")
    # `isdigit` is true of superscripts as well, which `int` refuses.
    if not (number.isascii() and number.isdigit() and len(number) < 10 and name):
        raise InputError(
            f"The line is {','.join(row)[:80]!r}.",
            where=f"{path}, line {line}",
            how="Expected: ID,NAME, such as '0,other'.",
        )
    return int(number), name
