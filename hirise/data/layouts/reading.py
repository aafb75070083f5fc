"""The layout of a dataset folder, found by trying one reader after another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hirise.data.layouts.class_folders import list_class_folders
from hirise.data.layouts.coco import list_coco, list_coco_file
from hirise.data.layouts.image_table import LAYOUT as CSV
from hirise.data.layouts.image_table import (
    SUFFIXES,
    image_csvs,
    list_csv,
    list_csvs,
    tables_of_splits,
)
from hirise.data.layouts.imagefolder import LAYOUT as IMAGEFOLDER
from hirise.data.layouts.imagefolder import list_imagefolder
from hirise.data.layouts.release import list_release
from hirise.data.layouts.roboflow import list_roboflow
from hirise.data.listing import Listing
from hirise.errors import InputError, parameter, shown, unreadable
from hirise.files import image_names, subfolders
from hirise.mars.releases import find_layout

JSON = ".json"
MOST_NAMED = 3
NO_DATASET = (
    "Expected: a folder of images per class, a CSV file with a column path and a "
    "column label, an export of Roboflow (_classes.csv) or COCO (annotations.json), "
    "metadata.csv of Hugging Face, or a label file of HiRISE (labels-map-proj.txt, "
    "labels-map-proj-v3.txt or labels-map-proj-v3_2.txt) beside an image folder."
)


def list_images(root: Path, *, label_column: str = "") -> Listing:
    """List the images of whatever `root` holds.

    In this order: the CSV or JSON file that `root` is; a HiRISE release; `_classes.csv`
    of Roboflow; metadata of Hugging Face; COCO annotations; the only CSV of images and
    labels in the folder, or one per split; a folder per class.

    Parameters
    ----------
    root : Path
    label_column : str
        The column of labels in CSV files or metadata; "" to find it by its name.

    Raises
    ------
    InputError
        If there is nothing of these, or something is wrong with it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for image in ("crater/a.jpg", "other/b.jpg"):
    ...         Path(folder, image).parent.mkdir()
    ...         Path(folder, image).touch()
    ...     listing = list_images(Path(folder))
    >>> listing.layout, listing.class_names
    ('folder-per-class', ('crater', 'other'))
    """
    listing = _list_images(root, label_column)
    if label_column and listing.layout not in (CSV, IMAGEFOLDER):
        raise InputError(
            f"This is a dataset of the layout {listing.layout}, whose labels are in no "
            f"column '{shown(label_column)}'.",
            where=root,
            how=f"Leave {parameter('label_column')} out, or name a CSV file.",
        )
    return listing


def _list_images(root: Path, label_column: str) -> Listing:
    if root.is_file() and root.suffix.lower() in SUFFIXES:
        return list_csv(root, label_column=label_column)
    if root.is_file() and root.suffix.lower() == JSON:
        return list_coco_file(root)
    if not root.is_dir():
        reason = "This is a file" if root.exists() else "This does not exist"
        raise InputError(
            f"{reason}.",
            where=root,
            how="Name the folder that holds the images, or a CSV file.",
        )
    try:
        layout = find_layout(root)
    except OSError as error:
        raise unreadable(
            error, where=error.filename, how="Change its rights."
        ) from None
    if layout is not None:
        return list_release(layout)
    listing = list_roboflow(root)
    if listing is None:
        listing = list_imagefolder(root, label_column=label_column)
    if listing is None:
        listing = list_coco(root)
    if listing is None:
        listing = _list_tables_or_folders(root, label_column)
    return listing


def _list_tables_or_folders(root: Path, label_column: str) -> Listing:
    """By the CSV files, unless they name no image and there are class folders."""
    tables = image_csvs(_table_folder(root), label_column=label_column)
    if label_column and not tables:
        for path in image_csvs(_table_folder(root)):
            list_csv(path, label_column=label_column)  # says which columns it has
    chosen = tables if len(tables) == 1 else tables_of_splits(tables)
    others = [path.name for path in tables if path not in chosen]
    if chosen:
        listing = list_csvs(chosen, label_column=label_column)
        folders = None if listing.paths else _class_folders_or_none(root)
        if folders is None:
            return _with_note(listing, others, "is not read")
        names = [path.name for path in chosen]
        return _with_note(folders, names, "names none of the images and is not read")
    folders = list_class_folders(root)
    if folders is not None:
        return _with_note(
            folders, others, "is not read, as there are several such files"
        )
    if tables:
        raise InputError(
            f"This holds several CSV files: {', '.join(others)}.",
            where=root,
            how="Name one of them.",
        )
    unread = ", ".join(shown(name) for name in _csv_names(root)[:MOST_NAMED])
    also = f" No images and labels were found in {unread}." if unread else ""
    raise InputError(f"This holds no dataset.{also}", where=root, how=NO_DATASET)


def _csv_names(root: Path) -> list[str]:
    return sorted(p.name for p in root.iterdir() if p.suffix.lower() in SUFFIXES)


def _table_folder(root: Path) -> Path:
    """`root`, or its only subfolder where there is nothing else, as after an unzip."""
    inside = subfolders(root)
    if len(inside) == 1 and not image_names(root) and not image_csvs(root):
        return inside[0]
    return root


def _class_folders_or_none(root: Path) -> Listing | None:
    try:
        return list_class_folders(root)
    except InputError:
        return None


def _with_note(listing: Listing, files: list[str], what: str) -> Listing:
    """The listing, with a note on CSV files that were left aside."""
    notes = [f"{shown(name)} {what}." for name in files[:MOST_NAMED]]
    if len(files) > MOST_NAMED:
        notes.append(f"{len(files) - MOST_NAMED:,} more CSV files are not read.")
    return replace(listing, notes=(*listing.notes, *notes))
