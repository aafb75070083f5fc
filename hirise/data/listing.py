"""What a dataset says of its images before any is opened: rows, problems, splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
        The side (train, val or test) of the images that come with one.
    problems : DataFrame
        Columns `image`, `problem` and `detail`: what was seen so far.
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


COLUMNS = ("image", "problem", "detail")


def problem_rows(
    images: Sequence[str], problem: str, detail: str | Sequence[str]
) -> pd.DataFrame:
    """A table of problems: columns `image`, `problem` and `detail`, all text.

    Examples
    --------
    >>> problem_rows(["a.jpg"], "corrupt", "empty file")
       image  problem      detail
    0  a.jpg  corrupt  empty file
    """
    columns = {"image": images, "problem": problem, "detail": detail}
    return pd.DataFrame(columns, index=range(len(images)), columns=COLUMNS, dtype="str")


def one_label_each(
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
    >>> rows = {"image": ["a", "b", "b"], "label": [0, 0, 1], "line": [1, 2, 3]}
    >>> lines = pd.DataFrame(rows)
    >>> labels, problems = one_label_each(lines, ("crater", "other"))
    >>> labels["image"].tolist(), problems["problem"].tolist()
    (['a'], ['conflicting'])
    """
    again = lines[lines["image"].duplicated(keep=False)]
    names = again["label"].map(dict(enumerate(class_names)))
    said = "line " + again["line"].astype("str") + " says " + names
    groups = again.assign(said=said).groupby("image")
    several = groups["label"].min() != groups["label"].max()
    details = groups["said"].agg(", ".join)
    conflicting, repeated = details[several], details[~several]
    labels = lines.drop_duplicates("image")
    labels = labels[~labels["image"].isin(conflicting.index)]
    problems = [
        problem_rows(list(repeated.index), "repeated", list(repeated)),
        problem_rows(list(conflicting.index), "conflicting", list(conflicting)),
    ]
    return labels, pd.concat(problems, ignore_index=True)


def looked_at(looks: pd.DataFrame) -> pd.DataFrame:
    """The corrupt images, and those of another size than most: they will be resized.

    Parameters
    ----------
    looks : DataFrame
        Column `image` and what `hirise.data.decoding.probe_images` returns.

    Examples
    --------
    >>> looks = pd.DataFrame({"image": ["a", "b", "c"], "width": [227, 227, 64]})
    >>> looks = looks.assign(height=looks["width"], detail="")
    >>> looked_at(looks)["detail"].tolist()
    ['64×64 instead of 227×227 pixels']
    """
    bad = looks[looks["detail"] != ""]
    corrupt = problem_rows(list(bad["image"]), "corrupt", list(bad["detail"]))
    sound = looks[looks["detail"] == ""]
    if sound.empty:
        return corrupt
    width, height = sound.value_counts(["width", "height"]).index[0]
    other = sound[(sound["width"] != width) | (sound["height"] != height)]
    details = [
        f"{w}×{h} instead of {width}×{height} pixels"
        for w, h in zip(other["width"], other["height"], strict=True)
    ]
    resized = problem_rows(list(other["image"]), "resized", details)
    return pd.concat([corrupt, resized], ignore_index=True)


SIDES = ("train", "val", "test")
ALIASES = {
    "training": "train",
    "validation": "val",
    "valid": "val",
    "testing": "test",
}


def side_named(name: str) -> str:
    """`train`, `val` or `test` for one of their names, else the name in small letters.

    >>> side_named(" Validation")
    'val'
    """
    plain = name.strip().lower()
    return ALIASES.get(plain, plain)


def parse_fractions(text: str) -> tuple[float, float, float]:
    """Three numbers with commas between; what they may be is checked later.

    >>> parse_fractions("0.65, 0.15, 0.20")
    (0.65, 0.15, 0.2)
    """
    try:
        train, val, test = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            "The fractions of train, val and test must be three numbers such as "
            f"0.65,0.15,0.20, got '{text}'."
        ) from None
    return train, val, test
