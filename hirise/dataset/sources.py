"""Which kind of dataset a path is: a HiRISE release, a CSV, or a folder per class."""

from __future__ import annotations

from pathlib import Path

from hirise.dataset.classfolders import list_class_folders
from hirise.dataset.layout import find_layout
from hirise.dataset.listing import Listing
from hirise.dataset.pathcsv import SUFFIXES, image_csvs, list_csv
from hirise.dataset.release import list_release
from hirise.errors import InputError


def list_images(root: Path) -> Listing:
    """List the images of whatever `root` holds.

    In this order: the CSV that `root` is; a HiRISE release; the only CSV of paths and
    labels in the folder; a folder per class.

    Raises
    ------
    InputError
        If there is nothing of these, or something is wrong with it.
    """
    if root.is_file() and root.suffix.lower() in SUFFIXES:
        return list_csv(root)
    if not root.is_dir():
        reason = "is a file, not a folder" if root.exists() else "does not exist"
        raise InputError(
            f"{root} {reason}; name the folder that holds the images, or a CSV file."
        )
    try:
        layout = find_layout(root)
    except OSError as error:
        raise InputError(
            f"{error.filename} cannot be read: {error.strerror}; change its rights."
        ) from None
    if layout is not None:
        return list_release(layout)
    tables = image_csvs(root)
    if len(tables) == 1:
        return list_csv(tables[0])
    listing = list_class_folders(root)
    if listing is not None:
        return listing
    if tables:
        names = ", ".join(table.name for table in tables)
        raise InputError(f"{root} holds several CSV files: {names}; name one of them.")
    raise InputError(
        f"{root} holds no dataset: looked for a label file (labels-map-proj.txt, "
        "labels-map-proj-v3.txt or labels-map-proj-v3_2.txt) beside an image folder, a "
        "CSV file with the columns path and label, and a folder of images per class."
    )
