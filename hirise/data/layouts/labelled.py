"""Tables of labels and the image files that they mean, as a listing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from hirise.data.layouts.image_files import ImageFiles, split_folder
from hirise.data.listing import COLUMNS, Listing, is_split_name, split_named
from hirise.errors import InputError, shown


class Row(NamedTuple):
    """One image of a table: its name, its label ("" for none) and its split."""

    line: int
    image: str
    label: str
    split: str = ""


@dataclass(frozen=True)
class Rows:
    """The rows of a table, column by column.

    A million objects that are kept slow down Python's memory management, which visits
    them again and again; a million texts do not.

    Attributes
    ----------
    lines : list of int
    images, labels, splits : list of str
        As in `Row`.
    """

    lines: list[int]
    images: list[str]
    labels: list[str]
    splits: list[str]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Rows:
        """These rows; they may come one by one.

        Examples
        --------
        >>> Rows.of([Row(2, "a.jpg", "cat"), Row(3, "b.jpg", "dog")]).labels
        ['cat', 'dog']
        """
        columns = cls([], [], [], [])
        for line, image, label, split in rows:
            columns.lines.append(line)
            columns.images.append(image)
            columns.labels.append(label)
            columns.splits.append(split)
        return columns

    def __iter__(self) -> Iterator[Row]:
        return map(Row, self.lines, self.images, self.labels, self.splits)


@dataclass(frozen=True)
class LabelTable:
    """The rows of one file of labels.

    Attributes
    ----------
    path : Path
        The file. Its images are named relative to its folder.
    rows : Rows
    class_names : tuple of str
        In the order of the ids, where the file gives one; else ().
    split_name : str
        What the file or its folder calls the split of its images, or "".
    notes : tuple of str
        How it was read, where that is not obvious, as sentences.
    """

    path: Path
    rows: Rows
    class_names: tuple[str, ...] = ()
    split_name: str = ""
    notes: tuple[str, ...] = ()

    def name(self, root: Path) -> str:
        """The file as people know it, relative to `root`."""
        return self.path.relative_to(root).as_posix()


@dataclass
class _Found:
    """What the rows of all tables come to."""

    rows: Rows
    """Those with a label."""
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
    ...     rows = Rows.of([Row(2, "a", "cat"), Row(3, "b", "dog")])
    ...     table = LabelTable(root / "train.csv", rows, split_name="train")
    ...     files = ImageFiles(root)
    ...     listing = list_tables(root, [table], layout="csv", files=files)
    >>> listing.paths, listing.split
    ({'train/a.png': 'train/a.png'}, {'train/a.png': 'train', 'b': 'train'})
    """
    found = _Found(Rows.of(()), {}, {}, {}, [])
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
            "image": pd.Series(found.rows.images, dtype="str"),
            "label": [ids[label] for label in found.rows.labels],
            "line": found.rows.lines,
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
    if _add_clear_table(table, folder, files, found):
        return
    for row in table.rows:
        _add_row(table, row, folder, files, found)


def _add_clear_table(
    table: LabelTable, folder: str, files: ImageFiles, found: _Found
) -> bool:
    """Add a table at once, if each row has a label and a file of its own at its path.

    A million rows take a second so, instead of four one by one.
    """
    rows = table.rows
    images = [folder + image for image in rows.images] if folder else rows.images
    paths = dict(zip(images, images, strict=True))
    if not (
        all(rows.labels) and len(paths) == len(images) and files.known >= paths.keys()
    ):
        return False
    splits, split_names = _splits(table, images)
    if not found.split.keys().isdisjoint(splits):
        return False
    found.rows.images.extend(images)
    found.rows.labels.extend(rows.labels)
    found.rows.lines.extend(rows.lines)
    found.paths |= paths
    found.split |= splits
    found.split_names |= split_names
    return True


def _splits(
    table: LabelTable, images: Sequence[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The split of each image that has one, and what each name of a split means."""
    names = [split or table.split_name for split in table.rows.splits]
    if not all(names):
        # A folder that is the class, as `test` among the classes, is no split.
        named = zip(names, map(split_folder, images), table.rows.labels, strict=True)
        names = [
            name or ("" if folder == label else folder) for name, folder, label in named
        ]
    meanings = {
        name: split_named(name)
        for name in dict.fromkeys(names)
        if name and is_split_name(name)
    }
    if not meanings:
        return {}, {}
    splits = zip(images, map(meanings.get, names), strict=True)
    return {image: split for image, split in splits if split is not None}, meanings


def _add_row(
    table: LabelTable, row: Row, folder: str, files: ImageFiles, found: _Found
) -> None:
    split = row.split or (split_named(table.split_name) if table.split_name else "")
    matches = files.find(row.image, folder=folder, split=split)
    if len(matches) > 1:
        detail = f"line {row.line} may mean {' or '.join(matches[:2])}"
        found.problems.append((row.image, "ambiguous", detail))
        return
    image = matches[0] if matches else folder + row.image
    found.n_by_name += bool(matches) and image != folder + row.image
    if not row.label:
        detail = f"line {row.line} has no label" if row.line else "has no category"
        found.problems.append((image, "unlabelled", detail))
        return
    found.rows.images.append(image)
    found.rows.labels.append(row.label)
    found.rows.lines.append(row.line)
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
    if name not in found.split_names:
        if not name or not is_split_name(name):
            return
        found.split_names[name] = split_named(name)
    split = found.split_names[name]
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
    class_names = given or tuple(sorted(set(found.rows.labels)))
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
    for path in sorted(files.known - found.paths.keys() - told):
        yield path, "unlabelled", f"not in {source}"


def _empty(class_names: Iterable[str], found: _Found) -> Iterator[tuple[str, str, str]]:
    used = set(found.rows.labels)
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
