"""Classifications of Roboflow: `_classes.csv` beside the images of each split."""

from __future__ import annotations

from pathlib import Path

from hirise.data.layouts.image_files import ImageFiles
from hirise.data.layouts.image_table import is_label_table, read_label_table
from hirise.data.layouts.labelled import list_tables
from hirise.data.layouts.table_folders import find_tables, split_name
from hirise.data.listing import Listing

LAYOUT = "roboflow"
FILE = "_classes.csv"


def list_roboflow(root: Path) -> Listing | None:
    r"""List the images of all splits that `_classes.csv` files in them name.

    Returns
    -------
    Listing or None
        None if there is no such file, or it holds the classes of pixels, as in exports
        for segmentation.

    Raises
    ------
    InputError
        If a file is malformed, or an image has several classes.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "valid", "_classes.csv")
    ...     path.parent.mkdir()
    ...     _ = path.write_text("filename, cat, dog\na.jpg, 1, 0\n")
    ...     Path(folder, "valid", "a.jpg").touch()
    ...     listing = list_roboflow(Path(folder))
    >>> listing.class_names, listing.split
    (('cat', 'dog'), {'valid/a.jpg': 'val'})
    """
    found = find_tables(root, lambda name: name == FILE)
    if found is None:
        return None
    tables = [
        read_label_table(path, split_name(path, found.root), is_one_hot=True)
        for path in found.paths
        if is_label_table(path, is_one_hot=True)
    ]
    if not tables:
        return None
    files = ImageFiles(found.root)
    return list_tables(found.root, tables, layout=LAYOUT, files=files)
