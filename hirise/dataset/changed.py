"""A catalog with other labels, or without some of its classes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.dataset.catalog import Catalog
from hirise.errors import InputError, nearest, shown
from hirise.labels import read_label_file, read_text

FEWEST_CLASSES = 2


def read_labels(path: Path, class_names: Sequence[str]) -> pd.DataFrame:
    """Labels that a person brings, as `hirise check --write-labels` writes them.

    Parameters
    ----------
    path : Path
        `.csv` with the columns `image` and `class_name`, else lines of `image id`.
    class_names : sequence of str
        In the order of the ids.

    Returns
    -------
    DataFrame, one row per image
        Columns `image` and `class_name`.

    Raises
    ------
    InputError
        A file that cannot be read, an unknown class, or an image with two labels.
    """
    if path.suffix.lower() == ".csv":
        table = _read_csv(path)
    else:
        ids = read_label_file(path)[["image", "label"]]
        known = dict(enumerate(class_names))
        table = ids.assign(class_name=ids["label"].map(known).astype(object))
        table["class_name"] = table["class_name"].fillna("id " + ids["label"].map(str))
    table = table[["image", "class_name"]].drop_duplicates(ignore_index=True)
    strange = table.loc[~table["class_name"].isin(class_names), "class_name"]
    if len(strange):
        name = str(strange.iloc[0])
        raise InputError(
            f"{path}: {shown(name)!r} is no class of the images; there are: "
            f"{', '.join(map(shown, class_names))}.{nearest(name, class_names)}"
        )
    twice = table.loc[table["image"].duplicated(), "image"]
    if len(twice):
        raise InputError(f"{path}: {shown(str(twice.iloc[0]))} has two labels.")
    return table


def _read_csv(path: Path) -> pd.DataFrame:
    reader = csv.DictReader(read_text(path).splitlines())
    header = [name.strip().lower() for name in reader.fieldnames or []]
    if not {"image", "class_name"} <= set(header):
        raise InputError(
            f"{path}, line 1: expected the columns image,class_name, got "
            f"{','.join(header)[:80]!r}."
        )
    reader.fieldnames = header
    rows = []
    for row in reader:
        if not row["image"] or not row["class_name"]:
            raise InputError(
                f"{path}, line {reader.line_num}: an image and a class are expected."
            )
        rows.append((row["image"].strip(), row["class_name"].strip()))
    return pd.DataFrame(rows, columns=["image", "class_name"], dtype="str")


def with_labels(catalog: Catalog, labels: pd.DataFrame) -> tuple[Catalog, str]:
    """The catalog with `labels` instead of its own, and what to say of it.

    Images without a new label keep theirs.

    Parameters
    ----------
    labels : DataFrame
        Columns `image` and `class_name`, from `read_labels`.

    Raises
    ------
    InputError
        If no image of the catalog is among them.
    """
    new = pd.Series(labels["class_name"].to_numpy(), index=labels["image"].to_numpy())
    found = catalog.table["image"].map(new)
    if not found.notna().any():
        raise InputError(
            f"None of the {len(labels):,} labelled images is in {catalog.root}, where "
            f"they are called like {shown(str(catalog.table['image'].iloc[0]))}."
        )
    names = found.fillna(catalog.table["class_name"]).astype("str")
    ids = {name: number for number, name in enumerate(catalog.class_names)}
    changed = int((names != catalog.table["class_name"]).sum())
    table = catalog.table.assign(class_name=names, label=names.map(ids).astype("int64"))
    told = f"{changed:,} of {len(table):,} labels are replaced by given ones."
    absent = int(found.isna().sum())
    if absent:
        told += f" {absent:,} images have no given label and keep their own."
    return replace(catalog, table=table), told


def without_classes(catalog: Catalog, names: Sequence[str]) -> Catalog:
    """The catalog without the images of some classes; the others are counted anew.

    Raises
    ------
    InputError
        If a class is unknown, or fewer than two are left.
    """
    for name in names:
        if name not in catalog.class_names:
            raise InputError(
                f"No class {shown(name)!r} to leave out; there are: "
                f"{', '.join(map(shown, catalog.class_names))}."
                f"{nearest(name, catalog.class_names)}"
            )
    kept = [name for name in catalog.class_names if name not in names]
    if len(kept) < FEWEST_CLASSES:
        raise InputError(
            f"Only {len(kept)} of {len(catalog.class_names)} classes would be left; "
            "a classifier needs two."
        )
    ids = {name: number for number, name in enumerate(kept)}
    rows = np.flatnonzero(catalog.table["class_name"].isin(kept))
    table = catalog.table.iloc[rows].reset_index(drop=True)
    counts = dict(zip(catalog.class_names, catalog.labelled, strict=False))
    return replace(
        catalog,
        table=table.assign(label=table["class_name"].map(ids).astype("int64")),
        class_names=tuple(kept),
        labelled=tuple(counts[name] for name in kept if name in counts),
    )
