"""A folder per class, as Keras reads it; also below train, val and test folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from hirise.data.listing import COLUMNS, SPLITS, Listing, split_named
from hirise.errors import InputError, shown
from hirise.files import (
    IMAGE_FORMATS,
    image_names,
    is_hidden,
    is_image,
    is_text,
    subfolders,
)

LAYOUT = "folder-per-class"


@dataclass
class _Contents:
    """What a walk through the folders has read so far."""

    images: list[tuple[str, str, str]] = field(default_factory=list)
    """Image, class name and split."""
    class_names: set[str] = field(default_factory=set)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    """Image or folder, problem and detail."""

    def add_problem(self, path: str, problem: str, detail: str) -> None:
        self.problems.append((shown(path, most=1000), problem, detail))


def list_class_folders(root: Path) -> Listing | None:
    """List the images below `root`: the folder's name is the class, sorted as text.

    Folders within a class folder belong to that class. Links are followed, except
    those to folders inside a class folder and those that lead back above `root`.

    Returns
    -------
    Listing or None
        None if no subfolder holds an image. `image` is the path relative to `root`,
        since file names may repeat.

    Raises
    ------
    InputError
        If there are images of one class only.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for image in ("train/crater/a.jpg", "val/other/b.jpg"):
    ...         Path(folder, image).parent.mkdir(parents=True)
    ...         Path(folder, image).touch()
    ...     listing = list_class_folders(Path(folder))
    >>> listing.split
    {'train/crater/a.jpg': 'train', 'val/other/b.jpg': 'val'}
    """
    root = _dataset_folder(root)
    contents = _Contents()
    splits = [folder for folder in subfolders(root) if _is_split(folder)]
    if splits:
        for folder in subfolders(root):
            if folder in splits:
                _read_classes(root, folder, split_named(folder.name), contents)
            elif any(True for _ in _walk(folder, folder.name, contents)):
                detail = f"a folder of images beside {splits[0].name}"
                contents.add_problem(folder.name, "unlabelled", detail)
    else:
        _read_classes(root, root, "", contents)
    if not contents.images:
        return None
    if len(contents.class_names) < 2:
        raise InputError(
            f"This holds images of one class only, '{shown(*contents.class_names)}'.",
            where=root,
            how="Give a folder per class, two or more, or the label file of a HiRISE "
            "release (labels-map-proj-v3.txt) beside the images.",
        )
    return _listing(root, contents)


def _dataset_folder(root: Path) -> Path:
    """`root`, or its only subfolder if that holds the classes, as after an unzip."""
    inside = subfolders(root)
    if len(inside) != 1 or _is_split(inside[0]) or image_names(root):
        return root
    (only,) = inside
    try:
        return only if subfolders(only) and not image_names(only) else root
    except InputError:
        return root


def _is_split(folder: Path) -> bool:
    """Whether this is train, val or test, with class folders in it."""
    try:
        return split_named(folder.name) in SPLITS and bool(subfolders(folder))
    except InputError:
        return False


def _read_classes(root: Path, parent: Path, split: str, contents: _Contents) -> None:
    """Add the images of the class folders in `parent`."""
    start = "" if parent == root else f"{parent.name}/"
    for name in image_names(parent):
        contents.add_problem(start + name, "unlabelled", "not in a class folder")
    for folder in subfolders(parent):
        at = start + folder.name
        if not is_text(folder.name):
            contents.add_problem(at, "unreadable", "its name is not text")
        elif root.resolve().is_relative_to(folder.resolve()):
            contents.add_problem(
                at, "unreadable", "a link that leads back above itself"
            )
        else:
            contents.class_names.add(folder.name)
            _read_class(folder, at, split, contents)


def _read_class(folder: Path, at: str, split: str, contents: _Contents) -> None:
    """Add the images of one class folder; a folder without any is a problem."""
    before = len(contents.images) + len(contents.problems)
    for inside in _walk(folder, at, contents):
        if is_text(inside):
            contents.images.append((f"{at}/{inside}", folder.name, split))
        else:
            detail = "its name is not text"
            contents.add_problem(f"{at}/{inside}", "unreadable", detail)
    if before == len(contents.images) + len(contents.problems):
        detail = f"a class folder without a {IMAGE_FORMATS} image"
        contents.add_problem(at, "empty", detail)


def _walk(folder: Path, at: str, contents: _Contents) -> Iterator[str]:
    """The paths of the image files below `folder`, relative to it."""

    def unreadable(error: OSError) -> None:
        inside = Path(error.filename).relative_to(folder).as_posix()
        where = at if inside == "." else f"{at}/{inside}"
        contents.add_problem(where, "unreadable", str(error.strerror))

    for parent, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        inside = Path(parent).relative_to(folder).as_posix()
        start = "" if inside == "." else f"{inside}/"
        yield from (start + name for name in sorted(files) if is_image(name))


def _listing(root: Path, contents: _Contents) -> Listing:
    class_names = tuple(sorted(contents.class_names))
    ids = {name: number for number, name in enumerate(class_names)}
    images = [image for image, _, _ in contents.images]
    lines = pd.DataFrame(
        {
            "image": pd.Series(images, dtype="str"),
            "label": [ids[name] for _, name, _ in contents.images],
            "line": 0,
        }
    )
    return Listing(
        root=root,
        layout=LAYOUT,
        source=root,
        place=root,
        class_names=class_names,
        lines=lines,
        paths={image: image for image in images},
        split={image: split for image, _, split in contents.images if split},
        problems=pd.DataFrame(contents.problems, columns=list(COLUMNS), dtype="str"),
    )
