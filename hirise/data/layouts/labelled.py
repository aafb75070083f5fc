"""Tables of labels and the image files that they mean, as a listing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hirise.data.layouts.image_files import ImageFiles, split_folder
from hirise.data.listing import COLUMNS, Listing, is_split_name, split_named
from hirise.errors import InputError, shown


@dataclass(frozen=True, slots=True)
class Row:
    """One image of a table: its name, its label ("" for none) and its split."""

    line: int
    image: str
    label: str
    split: str = ""


@dataclass(frozen=True)
class LabelTable:
    """The rows of one file of labels.

    Attributes
    ----------
    path : Path
        The file. Its images are named relative to its folder.
    rows : sequence of Row
    class_names : tuple of str
        In the order of the ids, where the file gives one; else ().
    split_name : str
        What the file or its folder calls the split of its images, or "".
    notes : tuple of str
        How it was read, where that is not obvious, as sentences.
    """

    path: Path
    rows: Sequence[Row]
    class_names: tuple[str, ...] = ()
    split_name: str = ""
    notes: tuple[str, ...] = ()

    def name(self, root: Path) -> str:
        """The file as people know it, relative to `root`."""
        return self.path.relative_to(root).as_posix()


@dataclass
class _Found:
    """What the rows of all tables come to."""

    lines: list[tuple[str, str, int]]
    """Image, label and line."""
    paths: dict[str, str]
    split: dict[str, str]
    split_names: dict[str, str]
    problems: list[tuple[str, str, str]]
    n_by_name: int = 0
    """Images that were found by their name, elsewhere than the table says."""


def list_tables(
    root: Path, tables: Sequence[LabelTable], *, layout: str, files: ImageFiles
) -> Listing:
    """The images that the tables label; those that they do not are problems.

    Raises
    ------
    InputError
        If there are fewer than two classes, an image is in two splits, or names fit
        several files throughout.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     root = Path(folder)
    ...     (root / "train").mkdir()
    ...     (root / "train" / "a.png").touch()
    ...     rows = [Row(2, "a", "cat"), Row(3, "b", "dog")]
    ...     table = LabelTable(root / "train.csv", rows, split_name="train")
    ...     files = ImageFiles(root)
    ...     listing = list_tables(root, [table], layout="csv", files=files)
    >>> listing.paths, listing.split
    ({'train/a.png': 'train/a.png'}, {'train/a.png': 'train', 'b': 'train'})
    """
    found = _Found([], {}, {}, {}, [])
    for table in tables:
        _add_table(root, table, files, found)
    if not found.paths and (unclear := _unclear(found)):
        raise InputError(
            f"The names in {tables[0].name(root)} each fit several files. {unclear}",
            where=root,
            how="Write paths instead of names, or move the other images away.",
        )
    class_names = _class_names(tables, found)
    ids = {name: number for number, name in enumerate(class_names)}
    lines = pd.DataFrame(
        {
            "image": pd.Series([image for image, _, _ in found.lines], dtype="str"),
            "label": [ids[label] for _, label, _ in found.lines],
            "line": [line for _, _, line in found.lines],
        }
    )
    found.problems += _unnamed(root, tables, files, found)
    found.problems += _empty(class_names, found)
    source = tables[0].path if len(tables) == 1 else root
    return Listing(
        root=root,
        layout=layout,
        source=source,
        place=root,
        class_names=class_names,
        lines=lines,
        paths=found.paths,
        split=found.split,
        problems=pd.DataFrame(found.problems, columns=list(COLUMNS), dtype="str"),
        split_names=found.split_names,
        notes=tuple(_notes(root, tables, found)),
    )


def _add_table(root: Path, table: LabelTable, files: ImageFiles, found: _Found) -> None:
    inside = table.path.parent.relative_to(root).as_posix()
    folder = "" if inside == "." else f"{inside}/"
    for row in table.rows:
        named = split_named(table.split_name) if table.split_name else ""
        split = row.split or named
        matches = files.find(row.image, folder=folder, split=split)
        if len(matches) > 1:
            detail = f"line {row.line} may mean {' or '.join(matches[:2])}"
            found.problems.append((row.image, "ambiguous", detail))
            continue
        image = matches[0] if matches else folder + row.image
        found.n_by_name += bool(matches) and image != folder + row.image
        if not row.label:
            detail = f"line {row.line} has no label" if row.line else "has no category"
            found.problems.append((image, "unlabelled", detail))
            continue
        found.lines.append((image, row.label, row.line))
        if matches:
            found.paths[image] = image
        _add_split(table, row, image, found)


def _add_split(table: LabelTable, row: Row, image: str, found: _Found) -> None:
    name = row.split or table.split_name
    if not name:
        # A folder that is the class, as `test` among the classes, is no split.
        name = split_folder(image)
        if name == row.label:
            return
    if not name or not is_split_name(name):
        return
    split = split_named(name)
    found.split_names[name] = split
    if found.split.setdefault(image, split) != split:
        raise InputError(
            f"'{shown(image)}' is in {found.split[image]} and in {split}.",
            where=f"{table.path}, line {row.line}",
            how="Remove one of the lines.",
        )


def _unclear(found: _Found) -> str:
    details = (
        f"{image}: {detail}."
        for image, what, detail in found.problems
        if what == "ambiguous"
    )
    return next(details, "")


def _class_names(tables: Sequence[LabelTable], found: _Found) -> tuple[str, ...]:
    """In the order that the tables give, else sorted as text."""
    given = tuple(dict.fromkeys(name for table in tables for name in table.class_names))
    class_names = given or tuple(sorted({label for _, label, _ in found.lines}))
    if len(class_names) < 2:
        held = f"only the class '{shown(*class_names)}'" if class_names else "no label"
        raise InputError(
            f"This holds {held}.",
            where=tables[0].path,
            how="A dataset needs at least two classes.",
        )
    return class_names


def _unnamed(
    root: Path, tables: Sequence[LabelTable], files: ImageFiles, found: _Found
) -> Iterator[tuple[str, str, str]]:
    """The image files that no row means."""
    told = {image for image, _, _ in found.problems}
    source = " or ".join(table.name(root) for table in tables[:3])
    for path in files.paths:
        if path not in found.paths and path not in told:
            yield path, "unlabelled", f"not in {source}"


def _empty(class_names: Iterable[str], found: _Found) -> Iterator[tuple[str, str, str]]:
    used = {label for _, label, _ in found.lines}
    for name in class_names:
        if name not in used:
            yield shown(name), "empty", "a class without images"


def _notes(root: Path, tables: Sequence[LabelTable], found: _Found) -> Iterator[str]:
    yield from dict.fromkeys(note for table in tables for note in table.notes)
    if found.n_by_name:
        first = next(iter(found.paths)).rpartition("/")[0]
        folders = {path.rpartition("/")[0] for path in found.paths}
        more = f" and {len(folders) - 1:,} more folders" if len(folders) > 1 else ""
        yield (
            f"{found.n_by_name:,} images were found by their names, in "
            f"{shown(first) or 'the folder itself'}{more}."
        )
