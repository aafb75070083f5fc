"""Image folders of Hugging Face: `metadata.csv` or `.jsonl` with `file_name`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from hirise.data.layouts.image_files import ImageFiles
from hirise.data.layouts.image_table import (
    MULTI_LABEL,
    ONE_CLASS,
    is_label_table,
    path_inside,
    read_label_table,
)
from hirise.data.layouts.label_columns import LABEL_COLUMNS
from hirise.data.layouts.labelled import LabelTable, Row, Rows, list_tables
from hirise.data.layouts.table_folders import find_tables, split_name
from hirise.data.listing import Listing, split_named
from hirise.errors import InputError, shown
from hirise.mars.labels import read_text

LAYOUT = "imagefolder"
FILE = re.compile(r"metadata\.(?:csv|jsonl)")
IMAGE_KEY = "file_name"


def list_imagefolder(root: Path, *, label_column: str = "") -> Listing | None:
    r"""List the images of all splits that metadata files in them name, with a label.

    Returns
    -------
    Listing or None
        None if there is no such file, or it has no labels: then folders give them.

    Raises
    ------
    InputError
        If a file is malformed, or an image has several labels.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "metadata.jsonl")
    ...     _ = path.write_text(
    ...         '{"file_name": "a.jpg", "label": "cat"}\n'
    ...         '{"file_name": "b.jpg", "label": "dog"}\n'
    ...     )
    ...     listing = list_imagefolder(Path(folder))
    >>> listing.class_names
    ('cat', 'dog')
    """
    found = find_tables(root, lambda name: bool(FILE.fullmatch(name)))
    if found is None:
        return None
    read = (
        read_metadata(path, split_name(path, found.root), label_column=label_column)
        for path in found.paths
    )
    tables = [table for table in read if table is not None]
    if not tables:
        return None
    files = ImageFiles(found.root)
    return list_tables(found.root, tables, layout=LAYOUT, files=files)


def read_metadata(
    path: Path, split: str, *, label_column: str = ""
) -> LabelTable | None:
    """The labels of a metadata file, None if it has none.

    Parameters
    ----------
    path : Path
        `metadata.csv` or `metadata.jsonl`.
    split : str
        What its folder calls the split of its images, or "".
    label_column : str
        The column, or key, of labels; "" to find it by its name.
    """
    if path.suffix == ".csv":
        if not is_label_table(path, label_column=label_column):
            return None
        return read_label_table(path, split, label_column=label_column)
    rows = _json_rows(path)
    keys = (label_column,) if label_column else LABEL_COLUMNS
    key = next((key for key in keys if any(key in row for row in rows)), None)
    if key is None or not any(IMAGE_KEY in row for row in rows):
        return None
    folder = path.parent.resolve()
    read = [
        _row(row, key, folder, f"{path}, line {line}")
        for line, row in enumerate(rows, start=1)
        if row
    ]
    return LabelTable(path, Rows.of(read), split_name=split)


def _json_rows(path: Path) -> list[Mapping[str, Any]]:
    """An object per line of the file, {} for an empty one."""
    rows: list[Mapping[str, Any]] = []
    # `splitlines` would also split at U+2028, which JSON allows in a text.
    for line, text in enumerate(read_text(path).split("\n"), start=1):
        try:
            row = msgspec.json.decode(text) if text.strip() else {}
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise InputError(
                f"This is not JSON ({error}).", where=f"{path}, line {line}"
            ) from None
        if not isinstance(row, dict):
            raise InputError(
                "This is not a JSON object.",
                where=f"{path}, line {line}",
                how="Each line must be an object with file_name and label.",
            )
        rows.append(row)
    return rows


def _row(row: Mapping[str, Any], key: str, folder: Path, where: str) -> Row:
    name, label = row.get(IMAGE_KEY), row.get(key)
    if not isinstance(name, str) or not name:
        raise InputError(f"There is no {IMAGE_KEY}.", where=where)
    if isinstance(label, list):
        if len(label) > 1:
            raise InputError(
                f"{MULTI_LABEL}: {shown(name)} has {len(label)} labels.",
                where=where,
                how=ONE_CLASS,
            )
        label = label[0] if label else None
    if isinstance(label, float) and label.is_integer():
        label = int(label)
    if not isinstance(label, str | int | None):
        raise InputError(f"The {key} is neither text nor a whole number.", where=where)
    split = row.get("split")
    return Row(
        line=int(where.rpartition(" ")[2]),
        image=path_inside(name, folder, where),
        label="" if label is None else str(label).strip(),
        split=split_named(split) if isinstance(split, str) else "",
    )
