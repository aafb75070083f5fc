"""A folder per class, as Keras reads it; also below train, val and test folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from hirise.data.listing import COLUMNS, Listing, is_split_name, split_named
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
DEEPEST = 3
PREFIX = re.compile(r"(.+[-_ ])[A-Za-z]+")


@dataclass
class _Contents:
    """What a walk through the folders has read so far."""

    images: list[tuple[str, str, str]] = field(default_factory=list)
    """Image, class name and split."""
    class_names: set[str] = field(default_factory=set)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    """Image or folder, problem and detail."""
    split_names: dict[str, str] = field(default_factory=dict)

    def add_problem(self, path: str, problem: str, detail: str) -> None:
        self.problems.append((shown(path, most=1000), problem, detail))


def list_class_folders(root: Path) -> Listing | None:
    """List the images below `root`: the folder's name is the class, sorted as text.

    Splits are folders above the classes, or folders in each class. Other folders within
    a class folder belong to that class. Links are followed, except those to folders
    inside a class folder and those that lead back above `root`.

    Returns
    -------
    Listing or None
        None if no subfolder holds an image. `image` is the path relative to `root`,
        since file names may repeat.

    Raises
    ------
    InputError
        If there are images of one class only, or only folders named as splits.

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
    splits = _split_folders(root)
    if splits:
        contents.split_names |= {folder.name: name for folder, name in splits.items()}
        for folder in subfolders(root):
            if folder in splits:
                _read_classes(root, _nested(folder), splits[folder], contents)
            elif any(True for _ in _walk(folder, folder.name, contents)):
                detail = f"a folder of images beside {next(iter(splits)).name}"
                contents.add_problem(folder.name, "unlabelled", detail)
    else:
        _read_classes(root, root, "", contents)
        _find_splits_in_classes(contents)
    if not contents.images:
        return None
    _refuse_splits_as_classes(root, contents)
    with_images = {name for _, name, _ in contents.images}
    if len(with_images) < 2:
        raise InputError(
            f"This holds images of one class only, '{shown(*with_images)}'.",
            where=root,
            how="Give a folder per class, two or more, or the label file of a HiRISE "
            "release (labels-map-proj-v3.txt) beside the images.",
        )
    return _listing(root, contents)


def _dataset_folder(root: Path) -> Path:
    """`root`, or the subfolder that holds the classes, as after an unzip.

    It is the only one, or holds the splits, as `images` does beside `labels`.
    """
    folder = root
    for _ in range(DEEPEST):
        inside = subfolders(folder)
        if _split_folders(folder) or image_names(folder):
            return folder
        nested = inside if len(inside) == 1 else _with_splits(inside)
        if len(nested) != 1 or not _holds_classes(nested[0]):
            return folder
        (folder,) = nested
    return folder


def _holds_classes(folder: Path) -> bool:
    """Whether there are folders, and no images beside them."""
    try:
        return bool(subfolders(folder)) and not image_names(folder)
    except InputError:
        return False


def _with_splits(folders: list[Path]) -> list[Path]:
    """Those that hold splits; none if others hold images, which are classes then."""
    held = _Contents()
    split: list[Path] = []
    for folder in folders:
        with suppress(InputError):
            if _split_folders(folder):
                split.append(folder)
            elif any(True for _ in _walk(folder, folder.name, held)):
                return []
    return split


def _split_folders(root: Path) -> dict[Path, str]:
    """The folders that are train, val or test, with class folders in them.

    Their names may begin alike, as those of `seg_train` and `seg_test`.
    """
    inside = [folder for folder in subfolders(root) if _has_subfolders(folder)]
    named = {one: split_named(one.name) for one in inside if is_split_name(one.name)}
    if named:
        return named
    for start in {match[1] for one in inside if (match := PREFIX.match(one.name))}:
        rest = {one: one.name.removeprefix(start) for one in inside}
        found = {
            one: split_named(name)
            for one, name in rest.items()
            if one.name.startswith(start) and is_split_name(name)
        }
        if len(set(found.values())) > 1:
            return found
    return {}


def _nested(folder: Path) -> Path:
    """`folder`, or its only subfolder if that has the same name, as some zips have."""
    inside = subfolders(folder)
    return inside[0] if [one.name for one in inside] == [folder.name] else folder


def _has_subfolders(folder: Path) -> bool:
    try:
        return bool(subfolders(folder))
    except InputError:
        return False


def _find_splits_in_classes(contents: _Contents) -> None:
    """Take the folders in the classes for splits, if all images lie in such folders."""
    names = [_folder_in_class(image) for image, _, _ in contents.images]
    if names and all(map(is_split_name, names)):
        contents.split_names |= {name: split_named(name) for name in names}
        contents.images = [
            (image, class_name, split_named(name))
            for (image, class_name, _), name in zip(contents.images, names, strict=True)
        ]


def _folder_in_class(image: str) -> str:
    folders = image.split("/")[1:-1]
    return folders[0] if folders else ""


def _refuse_splits_as_classes(root: Path, contents: _Contents) -> None:
    """Refuse images that lie in train, val and test without a class."""
    names = sorted({name for _, name, _ in contents.images})
    if names and all(map(is_split_name, names)):
        held = "train, val and test" if len(names) > 2 else " and ".join(names)
        raise InputError(
            f"The images lie in {shown(held)} without a folder per class, and no "
            "label file was found.",
            where=root,
            how="Put a CSV file with the columns path and label beside these folders.",
        )


def _read_classes(root: Path, parent: Path, split: str, contents: _Contents) -> None:
    """Add the images of the class folders in `parent`."""
    start = "" if parent == root else f"{parent.relative_to(root).as_posix()}/"
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
        split_names=contents.split_names,
        notes=tuple(_notes(class_names)),
    )


def _notes(class_names: tuple[str, ...]) -> Iterator[str]:
    """Classes named as splits, and those that differ in capital letters or blanks."""
    for name in filter(is_split_name, class_names):
        yield f"The folder {shown(name)} is read as a class, not as a split."
    alike: dict[str, list[str]] = {}
    for name in class_names:
        alike.setdefault(name.strip().casefold(), []).append(shown(name))
    for names in alike.values():
        if len(names) > 1:
            yield (
                f"{' and '.join(names)} are different classes, though their names "
                "differ only in case or spaces."
            )
