"""A file of class names beside labels that are ids."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from hirise.data.layouts.image_files import is_file
from hirise.data.layouts.labelled import LabelTable
from hirise.errors import InputError
from hirise.files import is_image, read_json
from hirise.mars.labels import read_text

FILE = re.compile(
    r"(?:class(?:es)?|labels?|categor(?:y|ies)|idx|index|id|names)"
    r"(?:[-_ ](?:num|names?|map|mapping|list|ids?|idx|index|indices|to|class(?:es)?"
    r"|labels?|disease|dict))*\.(?:txt|json|csv)",
    re.IGNORECASE,
)
NUMBERED_LINE = re.compile(r"\s*([0-9]{1,9})\s*[\s,:;]\s*(\S.*?)\s*")
MOST_BYTES = 10_000_000


@dataclass(frozen=True)
class ClassNames:
    """The names of class ids, and the file that gives them."""

    path: Path
    names: Mapping[str, str]

    def applied(self, table: LabelTable) -> LabelTable:
        """The table with names instead of ids."""
        labels = [self.names.get(label, "") for label in table.rows.labels]
        rows = replace(table.rows, labels=labels)
        note = f"The labels are ids, whose names are those in {self.path.name}."
        class_names = tuple(self.names.values())
        notes = (*table.notes, note)
        return replace(table, rows=rows, class_names=class_names, notes=notes)


def names_of_ids(
    folder: Path, labels: Set[str], *, without: Sequence[Path] = ()
) -> ClassNames | None:
    r"""The only file in `folder` that names each of `labels`, which are whole numbers.

    Understood are lines of `name` or `id name`, a CSV of ids and names, and JSON: a
    list of names, or an object from ids to names or from names to ids. A mere list
    counts from 0, so it is taken only where 0 is among the labels.

    Parameters
    ----------
    folder : Path
    labels : set of str
    without : sequence of Path
        The tables of labels themselves.

    Raises
    ------
    InputError
        If two files give different names.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "classes.txt").write_text("cat\ndog\n")
    ...     names_of_ids(Path(folder), {"0", "1"}).names
    {'0': 'cat', '1': 'dog'}
    """
    ids = labels - {""}
    if not ids or not all(re.fullmatch(r"0|[1-9][0-9]{0,8}", label) for label in ids):
        return None
    found = [
        ClassNames(path, names)
        for path in sorted(folder.iterdir())
        if FILE.fullmatch(path.name) and path not in without and is_file(path)
        for names, is_list in _readings(path)
        if ids <= set(names) and not (is_list and "0" not in ids)
    ]
    if any(one.names != found[0].names for one in found):
        raise InputError(
            f"{found[0].path.name} and {found[-1].path.name} give the class ids "
            "different names.",
            where=folder,
            how="Leave only one of these files in the folder.",
        )
    return found[0] if found else None


def _readings(path: Path) -> Iterator[tuple[dict[str, str], bool]]:
    """The names by id that a file gives, and whether it is a mere list of them.

    Nothing if the file is of another kind.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            return
        read = {".json": _json, ".csv": _csv}.get(path.suffix.lower(), _lines)
        pairs, is_list = read(path)
    except (InputError, OSError):
        return
    names = dict(sorted(pairs, key=lambda pair: pair[0]))
    # A list of images and their classes gives one id several names.
    sound = len(set(names.values())) == len(names) == len(pairs)
    if sound and names and not any(map(is_image, names.values())):
        yield {str(number): name for number, name in names.items()}, is_list


Pairs = list[tuple[int, str]]


def _json(path: Path) -> tuple[Pairs, bool]:
    document = read_json(path)
    if isinstance(document, list):
        return _numbered(document), True
    pairs = list(document.items()) if isinstance(document, dict) else []
    if all(_is_id(number) and isinstance(name, str) for number, name in pairs):
        return [(int(number), name) for number, name in pairs], False
    if all(_is_id(number) for _, number in pairs):
        return [(int(number), name) for name, number in pairs], False
    return [], False


def _csv(path: Path) -> tuple[Pairs, bool]:
    pairs = []
    try:
        rows = [row for row in csv.reader(read_text(path).splitlines()) if any(row)]
    except csv.Error:
        return [], False
    for line, row in enumerate(rows):
        if len(row) != 2:
            return [], False
        number, name = row if _is_id(row[0]) else reversed(row)
        if _is_id(number):
            pairs.append((int(number), name.strip()))
        elif line:
            return [], False
    return pairs, False


def _lines(path: Path) -> tuple[Pairs, bool]:
    lines = [line.strip() for line in read_text(path).splitlines() if line.strip()]
    numbered = [NUMBERED_LINE.fullmatch(line) for line in lines]
    if all(numbered):
        return [(int(match[1]), match[2]) for match in numbered if match], False
    return _numbered(lines), True


def _numbered(names: Sequence[object]) -> Pairs:
    if not all(isinstance(name, str) and name for name in names):
        return []
    return list(enumerate(map(str, names)))


def _is_id(value: object) -> bool:
    """Whether this is a whole number, as a number or as text."""
    if isinstance(value, bool):
        return False
    return bool(re.fullmatch(r"\s*[0-9]{1,9}\s*", str(value)))
