"""Class names and ids: label files and class maps of the HiRISE releases."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from hirise.errors import InputError

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
        raise InputError(f"{path} holds no label: expected lines 'IMAGE ID'.")
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
    what = "IMAGE ID SPLIT, such as 'a.jpg 0 train'"
    table = _read_lines(path, _SPLIT_LINE, what)[["image", "split", "line"]]
    table = table.drop_duplicates(["image", "split"])
    twice = table[table["image"].duplicated()]
    if len(twice):
        image, _, line = twice.iloc[0]
        raise InputError(f"{path}, line {line}: '{image}' is on two sides.")
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
    for line, row in enumerate(csv.reader(read_text(path).splitlines()), start=1):
        if not "".join(row).strip():
            continue
        number, name = _class_of(path, line, row)
        if number in names or name in names.values():
            raise InputError(f"{path}, line {line}: class {number},{name} is repeated.")
        names[number] = name
    if sorted(names) != list(range(len(names))) or not names:
        raise InputError(
            f"{path}: class ids must be 0, 1, 2, … without a gap, "
            f"got {', '.join(map(str, sorted(names))) or 'none'}."
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
            f"{path}, line {line}: not UTF-8 text; is this the right file?"
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None


def _only_match(folder: Path, pattern: re.Pattern[str], what: str) -> Path | None:
    """The only file in `folder` whose name is `pattern`; `._` side files are none."""
    found = sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise InputError(f"{folder} has several {what}: {names}; leave only one.")
    return found[0] if found else None


def _read_lines(path: Path, pattern: str, what: str) -> pd.DataFrame:
    """One row per line that is not empty: the groups of `pattern`, and `line`."""
    lines = pd.Series(read_text(path).split("\n"), dtype="str")
    lines.index += 1
    lines = lines[lines.str.strip() != ""]
    found = pc.extract_regex(pa.array(lines, type=pa.large_string()), pattern)
    bad = lines[pc.is_null(found).to_numpy(zero_copy_only=False)]
    if len(bad):
        line, text = next(iter(bad.items()))
        raise InputError(f"{path}, line {line}: expected {what}, got {text[:80]!r}.")
    columns = {field.name: pc.struct_field(found, field.name) for field in found.type}
    table: pd.DataFrame = pa.table(columns).to_pandas().astype("str")
    return table.assign(line=lines.index.to_numpy())


def _class_of(path: Path, line: int, row: list[str]) -> tuple[int, str]:
    """Id and name in one row of a class map."""
    number, name = (row[0].strip(), row[1].strip()) if len(row) == 2 else ("", "")
    if not (number.isascii() and number.isdigit() and name):
        raise InputError(
            f"{path}, line {line}: expected ID,NAME, such as '0,other', "
            f"got {','.join(row)[:80]!r}."
        )
    return int(number), name
