"""The image files below a folder, and which of them a table means by a name."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from hirise.data.listing import is_split_name, split_named
from hirise.files import image_names, is_hidden, is_image, is_text, subfolders


def is_file(path: Path) -> bool:
    """Whether this is a file; not so for a name that no file can have.

    Examples
    --------
    >>> is_file(Path("x" * 5_000))
    False
    """
    try:
        return path.is_file()
    except OSError:
        # A name that is too long, or a parent folder that cannot be read.
        return False


class ImageFiles:
    """The image files below `root`, by their paths relative to it.

    Links to folders are followed directly below `root`, unless they lead back above
    it, and no deeper.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for image in ("images/a.jpg", "images/b.png"):
    ...         Path(folder, image).parent.mkdir(exist_ok=True)
    ...         Path(folder, image).touch()
    ...     files = ImageFiles(Path(folder))
    ...     files.find("a.jpg"), files.find("b"), files.find("c.jpg")
    (['images/a.jpg'], ['images/b.png'], [])
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """All of them, sorted; those whose names are not text left out."""
        return tuple(sorted(path for path in self._walk() if is_text(path)))

    def _walk(self) -> Iterator[str]:
        yield from image_names(self.root)
        resolved = self.root.resolve()
        for folder in subfolders(self.root):
            if resolved.is_relative_to(folder.resolve()):
                continue
            for parent, folders, files in os.walk(folder):
                folders[:] = [name for name in folders if not is_hidden(name)]
                inside = Path(parent).relative_to(self.root).as_posix()
                yield from (f"{inside}/{name}" for name in files if is_image(name))

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.paths)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _grouped(self.paths, lambda path: path.rpartition("/")[2])

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        return _grouped(self.paths, lambda path: PurePosixPath(path).stem)

    def find(self, name: str, *, folder: str = "", split: str = "") -> list[str]:
        """The files that a table may mean by `name`: one if that is clear.

        The path as it is; else the files whose path ends in it, or which it names
        without their ending. Among several, those in a folder of the split count.

        Parameters
        ----------
        name : str
            A path or file name, with / and no `..`, with or without its ending.
        folder : str
            The table's folder relative to `root`, with a / at its end; or "".
        split : str
            The split that the table gives the image, or "".
        """
        exact = folder + name
        if exact in self._known or is_file(self.root / exact):
            return [exact]
        last = name.rpartition("/")[2]
        named = self._by_name.get(last)
        if named is None:
            ends = [
                (path, _without_ending(path)) for path in self._by_stem.get(last, ())
            ]
        else:
            ends = [(path, path) for path in named]
        found = [path for path, end in ends if f"/{end}".endswith(f"/{name}")]
        if len(found) > 1 and folder:
            found = [path for path in found if path.startswith(folder)] or found
        if len(found) > 1 and split:
            inside = [
                path for path in found if split_named(split_folder(path)) == split
            ]
            found = inside or found
        return found


def _grouped(paths: tuple[str, ...], key: Callable[[str], str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        groups[key(path)].append(path)
    return dict(groups)


def _without_ending(path: str) -> str:
    return path.removesuffix(PurePosixPath(path).suffix)


def split_folder(path: str) -> str:
    """The outermost folder in `path` that is named as a split, or "".

    Examples
    --------
    >>> split_folder("images/train2017/a.jpg"), split_folder("images/a.jpg")
    ('train2017', '')
    """
    folders = path.split("/")[:-1]
    return next((folder for folder in folders if is_split_name(folder)), "")
