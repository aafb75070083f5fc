"""A dataset folder as a table: one row per image, and the problems beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.dataset.listing import Listing
from hirise.dataset.probe import probe_images
from hirise.dataset.problems import looked_at, one_label_each
from hirise.dataset.sources import list_images
from hirise.errors import InputError, shown
from hirise.names import parse_names


@dataclass(frozen=True, eq=False)
class Catalog:
    """The images of a dataset folder.

    Attributes
    ----------
    root : Path
        The dataset folder.
    table : DataFrame, one row per image that is present, labelled and not corrupt
        Sorted by `image`, index 0, 1, 2, … Columns `image` (the file name in a HiRISE
        release, else the same as `path`), `path` (relative to `root`, with /), `label`
        (id), `class_name`, `observation`, `landmark`, `augmentation` ("" for an
        original) and `split` ("" if none).
    problems : DataFrame, one row per image and problem
        Columns `image`, `problem` and `detail`. Images: corrupt, unlabelled, repeated,
        conflicting or resized; repeated and resized ones are in `table`, the others
        are not. Folders: empty (a class without images) or unreadable. Absent images
        have no row; `n_absent` counts them.
    class_names : tuple of str
        In the order of the ids 0, 1, 2, …
    layout : str
        `hirise-v1`, `hirise-v3`, `hirise-v3.2`, `simulated`, `csv` or
        `folder-per-class`.
    n_labels : int
        Images that have a label, each once; present or not.
    n_absent : int
        Those of them that have no file.
    labelled : tuple of int
        Images per class that have a label, in the order of the ids.
    """

    root: Path
    table: pd.DataFrame
    problems: pd.DataFrame
    class_names: tuple[str, ...]
    layout: str
    n_labels: int
    n_absent: int = 0
    labelled: tuple[int, ...] = ()

    @property
    def fingerprint(self) -> str:
        """A hash of the image names, their labels and the class names, 16 hex digits.

        The same on any machine; the pixels do not enter it.
        """
        digest = hashlib.sha256("\n".join(self.class_names).encode())
        rows = zip(self.table["image"], self.table["label"], strict=True)
        digest.update("\n".join(f"{image}\t{label}" for image, label in rows).encode())
        return digest.hexdigest()[:16]

    @property
    def class_counts(self) -> tuple[int, ...]:
        """Images per class in `table`, in the order of the ids."""
        return _counts(self.table["label"], self.class_names)

    @property
    def problem_counts(self) -> dict[str, int]:
        """How many images have each problem, the most frequent first, then `absent`."""
        counts = self.problems["problem"].value_counts()
        found = {str(problem): int(n) for problem, n in counts.items()}
        return found | ({"absent": self.n_absent} if self.n_absent else {})


def read_catalog(root: Path) -> Catalog:
    """Read a HiRISE release, a CSV of paths and labels, or a folder per class.

    Files are looked at, not decoded: what only decoding shows is found by
    `load_images`.

    Parameters
    ----------
    root : Path
        The dataset folder, or a CSV file, whose folder it then is.

    Raises
    ------
    InputError
        If there is no such folder, dataset, label or image, or a file is malformed; the
        message names the file and the line.
    """
    listing = list_images(Path(root))
    labels, doubtful = one_label_each(listing.lines, listing.class_names)
    table, seen = _sound_images(labels, listing)
    named = set(listing.lines["image"])
    return Catalog(
        root=listing.root,
        table=_complete(table, listing),
        problems=pd.concat([doubtful, listing.problems, seen], ignore_index=True),
        class_names=listing.class_names,
        layout=listing.layout,
        n_labels=len(named),
        n_absent=len(named) - len(listing.paths),
        labelled=_counts(labels["label"], listing.class_names),
    )


def _counts(labels: pd.Series[int], class_names: Sequence[str]) -> tuple[int, ...]:
    """Images per class, in the order of the ids."""
    counts = np.bincount(labels, minlength=len(class_names))
    return tuple(int(count) for count in counts)


def _sound_images(
    labels: pd.DataFrame, listing: Listing
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The labelled images whose file is there and looks sound, by name; problems."""
    table = labels.assign(path=labels["image"].map(listing.paths))
    table = table.dropna(subset="path").sort_values("image", ignore_index=True)
    if table.empty:
        first = shown(labels["image"].iloc[0]) if len(labels) else "none"
        raise InputError(
            f"None of the {len(labels):,} images in {listing.source} is in "
            f"{listing.place}, the first being {first}; are these labels of another "
            "release, or paths relative to another folder?"
        )
    looks = probe_images([listing.root / path for path in table["path"]])
    sound = looks["detail"] == ""
    if not sound.any():
        raise InputError(
            f"All {len(looks):,} labelled images in {listing.place} are corrupt; "
            f"{shown(table['image'][0])}: {looks['detail'][0]}."
        )
    problems = looked_at(looks.assign(image=table["image"]))
    return table[sound].reset_index(drop=True), problems


def _complete(table: pd.DataFrame, listing: Listing) -> pd.DataFrame:
    """The columns of `Catalog.table`."""
    names = pd.Series(listing.class_names, dtype="str")
    table = table[["image", "path", "label"]].astype({"path": "str"})
    table = table.assign(class_name=names.loc[table["label"]].to_numpy())
    sides = [listing.split.get(image, "") for image in table["image"]]
    return table.join(parse_names(table["image"])).assign(
        split=pd.Series(sides, table.index, dtype="str")
    )
