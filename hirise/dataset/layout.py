"""Where a HiRISE release keeps its labels, its class map and its images."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from hirise.errors import InputError
from hirise.labels import find_class_map, find_label_file, find_split_file

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp")


@dataclass(frozen=True)
class Layout:
    """The pieces of a release in the folder `root`.

    `class_map` is None where the release has none (its ids are known then), and
    `split_file` where it has no official split.
    """

    root: Path
    name: str
    label_file: Path
    class_map: Path | None
    split_file: Path | None
    image_folder: Path
    image_names: tuple[str, ...]


def find_layout(root: Path) -> Layout:
    """The release in `root`, in its only subfolder that holds one, or around `root`.

    Raises
    ------
    InputError
        If there is no such folder, or it holds no release or no images; the message
        says what was looked for.
    """
    if not root.is_dir():
        reason = "is a file, not a folder" if root.exists() else "does not exist"
        raise InputError(f"{root} {reason}; name the folder that holds the images.")
    folder = _release_folder(root)
    label_file = folder and find_label_file(folder)
    if not folder or not label_file:
        raise InputError(
            f"{root} holds no HiRISE release: looked for a label file "
            "(labels-map-proj-v3.txt or labels-map-proj-v3_2.txt) and an image folder "
            "(map-proj-v3) beside it."
        )
    image_folder, image_names = _image_folder(folder)
    later = re.search(r"v3[-_.]?2", label_file.name, re.IGNORECASE)
    return Layout(
        root=folder,
        name="hirise-v3.2" if later else "hirise-v3",
        label_file=label_file,
        class_map=find_class_map(folder),
        split_file=find_split_file(folder),
        image_folder=image_folder,
        image_names=image_names,
    )


def _release_folder(root: Path) -> Path | None:
    """`root`, a subfolder (a zip unpacked into its own folder) or the folder above."""
    if find_label_file(root):
        return root
    inside = [folder for folder in _subfolders(root) if find_label_file(folder)]
    if len(inside) > 1:
        names = ", ".join(folder.name for folder in inside)
        raise InputError(f"{root} holds several releases: {names}; name one of them.")
    if inside:
        return inside[0]
    above = root.resolve().parent
    return above if _image_names(root) and find_label_file(above) else None


def _image_folder(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder with the most images, among `folder` and its subfolders."""
    candidates = [folder, *_subfolders(folder)]
    found = [(candidate, _image_names(candidate)) for candidate in candidates]
    best, names = max(found, key=lambda candidate: len(candidate[1]))
    if not names:
        raise InputError(
            f"{folder} holds labels but no images: looked for {', '.join(SUFFIXES)} "
            "files in it and in its subfolders; unpack the release here."
        )
    return best, names


def _subfolders(folder: Path) -> list[Path]:
    """The subfolders, without hidden ones and what macOS leaves in a zip."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith((".", "__MACOSX"))
    )


def _image_names(folder: Path) -> tuple[str, ...]:
    """The names of the image files in `folder`, sorted; `._` side files are none."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries]
    return tuple(
        sorted(
            name
            for name in names
            if name.lower().endswith(SUFFIXES) and not name.startswith(".")
        )
    )
