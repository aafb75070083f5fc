"""The image files below a folder, and which of them a table means by a name."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
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
        self._names: dict[str, frozenset[str]] = {}

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
    def known(self) -> frozenset[str]:
        """The `paths`, to be asked for one."""
        return frozenset(self.paths)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        return _grouped(self.paths, lambda path: path.rpartition("/")[2])

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        return _grouped(self.paths, lambda path: PurePosixPath(path).stem)

    def _exists(self, path: str) -> bool:
        """Whether there is a file of another kind, or behind a link to a folder.

        A folder is listed once: asking for each of a million files takes a minute.
        """
        parent, _, name = path.rpartition("/")
        if parent not in self._names:
            try:
                paths = (self.root / parent).iterdir()
                self._names[parent] = frozenset(path.name for path in paths)
            except (OSError, ValueError):
                # No such folder, one that cannot be read, or no name of a folder.
                self._names[parent] = frozenset()
        return name in self._names[parent] and is_file(self.root / path)

    def find(self, name: str, *, folder: str = "", split: str = "") -> list[str]:
        """The files that a table may mean by `name`: one if that is clear.

        The path as it is; else the files whose path ends in it, or which it names
        without their ending. Those in a folder of another split do not count.

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
        if exact in self.known or self._exists(exact):
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
        if is_split_name(folder[:-1].rpartition("/")[2]):
            # The labels of one split say nothing of images elsewhere.
            found = [path for path in found if path.startswith(folder)]
        elif split:
            found = [path for path in found if self._may_be_of(path, split)]
        if len(found) > 1 and split:
            own = [path for path in found if _split_of(path) == split]
            found = own or found
        return found

    def _may_be_of(self, path: str, split: str) -> bool:
        """Whether an image that is only named may be of this split.

        Splits often number their images alike: `1.png` of `train.csv` is not that in
        `test`, even if there is none in `train`. Yet `val.csv` may name images in
        `train`, where there is no folder `val`.
        """
        own = _split_of(path)
        if own in ("", split):
            return True
        return split not in self._splits and (split, own) != ("train", "test")

    @cached_property
    def _splits(self) -> frozenset[str]:
        folders = {path.rpartition("/")[0] for path in self.paths}
        return frozenset(_split_of(f"{folder}/") for folder in folders)


def _split_of(path: str) -> str:
    """The split that a folder of the path names, or ""."""
    folder = split_folder(path)
    return split_named(folder) if folder else ""


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
    return _split_among(path.rpartition("/")[0])


@lru_cache(maxsize=1024)
def _split_among(folders: str) -> str:
    return next((name for name in folders.split("/") if is_split_name(name)), "")
