"""A split that a person brings: a CSV of image and split."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from hirise.dataset.catalog import Catalog
from hirise.dataset.sides import SIDES, side_named
from hirise.dataset.splits import SplitResult, described
from hirise.errors import InputError, nearest
from hirise.labels import read_text


def read_split_file(path: Path, catalog: Catalog) -> SplitResult:
    """The split in a CSV with the columns `image` and `split`.

    Values are train, val (also validation, valid) and test. Images that the catalog
    does not have are counted in the notes; images that the file does not have get ""
    and are left out.

    Raises
    ------
    InputError
        If the file is missing, malformed (the line is named), or leaves nothing to
        train on.
    """
    sides = _read_sides(Path(path))
    split = catalog.table["image"].map(sides).fillna("").astype("str")
    unknown = len(sides) - int((split != "").sum())
    if unknown == len(sides):
        raise InputError(
            f"{path}: none of its {len(sides):,} images is in {catalog.root}; the "
            f"images there are called like {catalog.table['image'].iloc[0]}."
        )
    if not (split == "train").any():
        raise InputError(f"{path} puts no image of {catalog.root} in train.")
    left_out = int((split == "").sum())
    counted = (
        (unknown, f"{unknown:,} images of {path.name} are not in the folder."),
        (left_out, f"{left_out:,} images are not in {path.name} and are left out."),
    )
    return described(catalog, split, tuple(note for n, note in counted if n))


def _read_sides(path: Path) -> dict[str, str]:
    """The side of each image in the file."""
    sides: dict[str, str] = {}
    for line, image, side in _rows(path):
        if side not in SIDES:
            raise InputError(
                f"{path}, line {line}: split must be train, val or test, got "
                f"{side[:80]!r}.{nearest(side, SIDES)}"
            )
        if sides.setdefault(image, side) != side:
            raise InputError(
                f"{path}, line {line}: '{image}' is in {sides[image]} and in {side}."
            )
    if not sides:
        raise InputError(f"{path} names no image.")
    return sides


def _rows(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line number, image and split of each row that is not empty."""
    reader = csv.reader(read_text(path).splitlines())
    header = [name.strip().lower() for name in next(reader, [])]
    if "image" not in header or "split" not in header:
        raise InputError(
            f"{path}, line 1: expected the columns image,split, got "
            f"{','.join(header)[:80]!r}."
        )
    at_image, at_split = header.index("image"), header.index("split")
    for row in reader:
        if not any(row):
            continue
        if len(row) != len(header):
            raise InputError(
                f"{path}, line {reader.line_num}: expected {len(header)} values, "
                f"got {len(row)}."
            )
        yield reader.line_num, row[at_image].strip(), side_named(row[at_split])
