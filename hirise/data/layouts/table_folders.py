"""Where files of labels lie: beside the images, or in a folder per split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hirise.data.layouts.image_files import is_file
from hirise.data.listing import is_split_name
from hirise.errors import unreadable
from hirise.files import subfolders

DEEPEST = 2
FOLDERS_OF_LABELS = ("annotations", "labels", "metadata")


class Tables(NamedTuple):
    """Files of labels, and the dataset folder above them."""

    root: Path
    paths: list[Path]


def find_tables(root: Path, is_table: Callable[[str], bool]) -> Tables | None:
    """The files whose name `is_table` accepts, in `root` or in its folders of splits.

    If there are none, those in the only subfolder, as after an unzip.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "pets", "train", "metadata.csv")
    ...     path.parent.mkdir(parents=True)
    ...     path.touch()
    ...     tables = find_tables(Path(folder), lambda name: name == "metadata.csv")
    >>> tables.root.name, [path.name for path in tables.paths]
    ('pets', ['metadata.csv'])
    """
    folder = root
    for _ in range(DEEPEST + 1):
        inside = subfolders(folder)
        nested = [one for one in inside if _may_hold_labels(one.name)]
        for folders in ([folder], nested):
            found = [path for one in folders for path in _files(one, is_table)]
            if found:
                return Tables(folder, found)
        if len(inside) != 1:
            return None
        (folder,) = inside
    return None


def split_name(table: Path, root: Path) -> str:
    """What a table's own name or that of its folder below `root` calls its split.

    Examples
    --------
    >>> split_name(Path("pets/valid/_classes.csv"), Path("pets"))
    'valid'
    >>> split_name(Path("pets/labels.csv"), Path("pets"))
    ''
    """
    folder = "" if table.parent == root else table.parent.name
    names = (table.stem, folder)
    return next((name for name in names if is_split_name(name)), "")


def _may_hold_labels(name: str) -> bool:
    return is_split_name(name) or name.lower() in FOLDERS_OF_LABELS


def _files(folder: Path, is_table: Callable[[str], bool]) -> list[Path]:
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise unreadable(error, where=folder, how="Change its rights.") from None
    return [path for path in paths if is_table(path.name) and is_file(path)]
