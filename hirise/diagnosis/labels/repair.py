"""The right labels of the images whose labels were seen, as a file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hirise.diagnosis.labels.tables import UNKNOWN, LabelTables
from hirise.errors import InputError
from hirise.runs.disk import disk_errors, write_whole

_TEXT = (".txt", "")


def repaired_labels(tables: LabelTables) -> pd.DataFrame:
    """The catalog's label of every image, sorted by file name.

    Returns
    -------
    DataFrame, one row per image
        Columns `image`, `label` (id) and `class_name`.

    Raises
    ------
    InputError
        If the right labels are not known.
    """
    seen = tables.seen[tables.seen["right"] != UNKNOWN]
    if seen.empty:
        raise InputError(
            "The right labels are not known: the run keeps no catalog with its images. "
            "Name the dataset with --data DIR."
        )
    once = seen[~seen["image"].duplicated()].sort_values("image", ignore_index=True)
    names = pd.Series(tables.class_names, dtype="str")
    return pd.DataFrame(
        {
            "image": once["image"],
            "label": once["right"],
            "class_name": names.loc[once["right"]].to_numpy(),
        }
    )


def labels_text(tables: LabelTables, path: Path) -> str:
    """The repaired labels as the file `path` holds them; nothing is written.

    A `.txt` file has the lines of the releases (`image id`), a `.csv` file the columns
    `image` and `class_name`.

    Raises
    ------
    InputError
        Another suffix, or labels that are not known.
    """
    labels = repaired_labels(tables)
    if path.suffix.lower() == ".csv":
        columns = labels[["image", "class_name"]]
        return str(columns.to_csv(index=False, lineterminator="\n"))
    if path.suffix.lower() in _TEXT:
        pairs = zip(labels["image"], labels["label"], strict=True)
        return "".join(f"{image} {label}\n" for image, label in pairs)
    raise InputError(
        f"{path}: labels are written as .txt (image id) or .csv (image,class_name)."
    )


def write_labels(tables: LabelTables, path: Path) -> int:
    """Write the repaired labels as `labels_text` gives them; how many.

    Raises
    ------
    InputError
        Another suffix, labels that are not known, or a file that cannot be written.
    """
    text = labels_text(tables, path)
    with disk_errors(path.parent):
        write_whole(path, lambda new: new.write_text(text, "utf-8", newline="\n"))
    return len(repaired_labels(tables))
