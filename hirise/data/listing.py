"""What a dataset tells of its images before any is opened: labels, paths, splits."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from hirise.errors import InputError


@dataclass(frozen=True, eq=False)
class Listing:
    """The images that a folder, its label file or a CSV names.

    Attributes
    ----------
    root : Path
        The dataset folder.
    layout : str
        See `Catalog.layout`.
    source, place : Path
        What gives the labels, and where the images are; for messages.
    class_names : tuple of str
        In the order of the ids 0, 1, 2, …
    lines : DataFrame, one row per label
        Columns `image`, `label` (id) and `line`; an image may have several rows.
    paths : dict of str to str
        For each image of `lines` that has a file, its path relative to `root`, with /.
    split : dict of str to str
        The split (train, val or test) of the images that come with one.
    problems : DataFrame
        Columns `image`, `problem` and `detail`: what was found so far.
    split_names : dict of str to str
        How the dataset names its splits, and which of train, val and test each is.
    notes : tuple of str
        How it was read, where that is not obvious, as sentences.
    """

    root: Path
    layout: str
    source: Path
    place: Path
    class_names: tuple[str, ...]
    lines: pd.DataFrame
    paths: dict[str, str]
    split: dict[str, str]
    problems: pd.DataFrame
    split_names: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


COLUMNS = ("image", "problem", "detail")


def make_problems(
    images: Sequence[str], problem: str, detail: str | Sequence[str]
) -> pd.DataFrame:
    """A table of problems: columns `image`, `problem` and `detail`, all text.

    Examples
    --------
    >>> make_problems(["a.jpg"], "corrupt", "empty file")
       image  problem      detail
    0  a.jpg  corrupt  empty file
    """
    columns = {"image": images, "problem": problem, "detail": detail}
    return pd.DataFrame(columns, index=range(len(images)), columns=COLUMNS, dtype="str")


def resolve_labels(
    lines: pd.DataFrame, class_names: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The images with one label, and the problems of those that have several.

    An image that several lines give the same label keeps it. One with two different
    labels is left out: neither can be trusted.

    Parameters
    ----------
    lines : DataFrame
        Columns `image`, `label` and `line`, as `read_label_file` returns them.
    class_names : sequence of str
        In the order of the ids.

    Examples
    --------
    >>> lines = pd.DataFrame({"image": ["a", "a", "b"], "label": [0, 1, 1]})
    >>> labels, problems = resolve_labels(lines.assign(line=[1, 2, 3]), ["crater", "x"])
    >>> labels["image"].tolist(), problems["detail"].tolist()
    (['b'], ['line 1 says crater, line 2 says x'])
    """
    again = lines[lines["image"].duplicated(keep=False)]
    names = again["label"].map(dict(enumerate(class_names)))
    lines_say = "line " + again["line"].astype("str") + " says " + names
    groups = again.assign(detail=lines_say).groupby("image")
    several = groups["label"].min() != groups["label"].max()
    details = groups["detail"].agg(", ".join)
    conflicting, repeated = details[several], details[~several]
    labels = lines.drop_duplicates("image")
    labels = labels[~labels["image"].isin(conflicting.index)]
    problems = [
        make_problems(list(repeated.index), "repeated", list(repeated)),
        make_problems(list(conflicting.index), "conflicting", list(conflicting)),
    ]
    return labels, pd.concat(problems, ignore_index=True)


# Photographs differ in size, which is no problem. Tiles are cut to one size.
MOST_RESIZED = 0.01


def find_image_problems(probed: pd.DataFrame) -> pd.DataFrame:
    """The corrupt images, and the few of another size than all others.

    Where more than 1% differ in size, sizes simply vary, and none is a problem.

    Parameters
    ----------
    probed : DataFrame
        Column `image` and what `hirise.data.decoding.probe_images` returns.

    Examples
    --------
    >>> names = [f"{number}.png" for number in range(100)]
    >>> probed = pd.DataFrame({"image": names, "width": [227] * 99 + [64]})
    >>> probed = probed.assign(height=probed["width"], detail="")
    >>> find_image_problems(probed)["detail"].tolist()
    ['64×64 instead of 227×227 pixels']
    >>> len(find_image_problems(probed.tail(50)))
    0
    """
    bad = probed[probed["detail"] != ""]
    corrupt = make_problems(list(bad["image"]), "corrupt", list(bad["detail"]))
    sound = probed[probed["detail"] == ""]
    if sound.empty:
        return corrupt
    # Sorted by frequency: the first is the usual size.
    width, height = sound.value_counts(["width", "height"]).index[0]
    other = sound[(sound["width"] != width) | (sound["height"] != height)]
    if len(other) > MOST_RESIZED * len(sound):
        return corrupt
    details = [
        f"{w}×{h} instead of {width}×{height} pixels"
        for w, h in zip(other["width"], other["height"], strict=True)
    ]
    resized = make_problems(list(other["image"]), "resized", details)
    return pd.concat([corrupt, resized], ignore_index=True)


SPLITS = ("train", "val", "test")
# As Hugging Face reads the names of folders: eval is a test split, dev is not.
ALIASES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "validation": "val",
    "valid": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
}
_SPLIT_NAME = re.compile(
    r"(?:(?:labels|instances|annotations)[-_ ])?"
    rf"({'|'.join(sorted(ALIASES, key=len, reverse=True))})"
    r"(?:[-_ ]?(?:set|split|data|df|images?|imgs?|labels?|annotations?|metadata"
    r"|\d|(?:19|20)\d\d))?"
)


@lru_cache(maxsize=1024)
def split_named(name: str) -> str:
    """`train`, `val` or `test` for one of their names, else the name in small letters.

    >>> [split_named(name) for name in (" Validation", "train_images", "val2017")]
    ['val', 'train', 'val']
    >>> split_named("Trainers")
    'trainers'
    """
    plain = name.strip().lower()
    match = _SPLIT_NAME.fullmatch(plain)
    return ALIASES[match[1]] if match else plain


def is_split_name(name: str) -> bool:
    """Whether a folder or file of this name holds a split.

    >>> is_split_name("Dev"), is_split_name("crater")
    (True, False)
    """
    return split_named(name) in SPLITS


def whole_rows(reader: Any, path: Path) -> Iterator[list[str]]:
    r"""The rows of a `csv.reader` on the file `path`.

    Raises
    ------
    InputError
        Naming the line that is no row of a CSV file.

    Examples
    --------
    >>> import csv
    >>> list(whole_rows(csv.reader(["a,b\n", "1,2\n"]), Path("t.csv")))
    [['a', 'b'], ['1', '2']]
    """
    try:
        yield from reader
    except csv.Error as error:
        raise InputError(
            f"This line cannot be read ({error}).",
            where=f"{path}, line {reader.line_num}",
        ) from None
