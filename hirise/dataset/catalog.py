"""A dataset folder as a table: one row per image, and the problems beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.dataset.layout import Layout, find_layout
from hirise.dataset.probe import probe_images
from hirise.dataset.problems import looked_at, one_label_each, problem_rows
from hirise.errors import InputError
from hirise.labels import (
    HIRISE_CLASSES,
    read_class_map,
    read_label_file,
    read_release_split,
)
from hirise.names import parse_names


@dataclass(frozen=True, eq=False)
class Catalog:
    """The images of a dataset folder.

    Attributes
    ----------
    root : Path
        The folder of the release.
    table : DataFrame, one row per image that is present, labelled and not corrupt
        Sorted by `image`, index 0, 1, 2, … Columns `image` (file name), `path`
        (relative to `root`, with /), `label` (id), `class_name`, `observation`,
        `landmark`, `augmentation` ("" for an original) and `split` ("" if none).
    problems : DataFrame, one row per image and problem
        Columns `image`, `problem` (corrupt, unlabelled, repeated, conflicting or
        resized) and `detail`. Repeated and resized images are in `table`, the others
        are not. Absent images have no row; `n_absent` counts them.
    class_names : tuple of str
        In the order of the ids 0, 1, 2, …
    layout : str
        `hirise-v3` or `hirise-v3.2`.
    n_labels : int
        Images that the label file names, each once; present or not.
    n_absent : int
        Those of them that have no file.
    labelled : tuple of int
        Images per class that the label file names, in the order of the ids.
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


def read_catalog(root: Path) -> Catalog:
    """Read a folder in the layout of HiRISE v3 or v3.2.

    Files are looked at, not decoded: what only decoding shows is found by
    `load_images`.

    Raises
    ------
    InputError
        If there is no such folder, release, label or image, or a file is malformed; the
        message names the file and the line.
    """
    layout = find_layout(Path(root))
    class_names = _class_names(layout)
    lines = read_label_file(layout.label_file)
    _check_ids(lines, class_names, layout.label_file)
    labels, doubtful = one_label_each(lines, class_names)
    table, seen = _sound_images(labels, layout)
    named = set(lines["image"])
    unlabelled = [name for name in layout.image_names if name not in named]
    missing = f"not in {layout.label_file.name}"
    problems = [doubtful, problem_rows(unlabelled, "unlabelled", missing), seen]
    return Catalog(
        root=layout.root,
        table=_complete(table, class_names, layout),
        problems=pd.concat(problems, ignore_index=True),
        class_names=class_names,
        layout=layout.name,
        n_labels=len(named),
        n_absent=len(named) - len(named & set(layout.image_names)),
        labelled=_counts(labels["label"], class_names),
    )


def _counts(labels: pd.Series[int], class_names: Sequence[str]) -> tuple[int, ...]:
    """Images per class, in the order of the ids."""
    counts = np.bincount(labels, minlength=len(class_names))
    return tuple(int(count) for count in counts)


def _class_names(layout: Layout) -> tuple[str, ...]:
    """From the class map; a release without one has the eight classes of v3."""
    if layout.class_map is None:
        return HIRISE_CLASSES
    return tuple(read_class_map(layout.class_map).values())


def _check_ids(lines: pd.DataFrame, class_names: Sequence[str], path: Path) -> None:
    outside = lines[~lines["label"].between(0, len(class_names) - 1)]
    if len(outside):
        row = outside.iloc[0]
        raise InputError(
            f"{path}, line {row['line']}: class id {row['label']} is not in the class "
            f"map (0 to {len(class_names) - 1}); {len(outside):,} such lines."
        )


def _sound_images(
    labels: pd.DataFrame, layout: Layout
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The labelled images whose file is there and looks sound, by name; problems."""
    table = labels[labels["image"].isin(layout.image_names)].sort_values("image")
    if table.empty:
        raise InputError(
            f"None of the {len(labels):,} images in {layout.label_file} is in "
            f"{layout.image_folder}; are these labels of another release?"
        )
    table = table.assign(path=_prefix(layout) + table["image"]).reset_index(drop=True)
    looks = probe_images([layout.root / path for path in table["path"]])
    sound = looks["detail"] == ""
    if not sound.any():
        raise InputError(
            f"All {len(looks):,} labelled images in {layout.image_folder} are corrupt; "
            f"{table['image'][0]}: {looks['detail'][0]}."
        )
    problems = looked_at(looks.assign(image=table["image"]))
    return table[sound].reset_index(drop=True), problems


def _prefix(layout: Layout) -> str:
    """What stands before a file name in a path relative to the root."""
    inside = layout.image_folder.relative_to(layout.root).as_posix()
    return "" if inside == "." else f"{inside}/"


def _complete(
    table: pd.DataFrame, class_names: Sequence[str], layout: Layout
) -> pd.DataFrame:
    """The columns of `Catalog.table`."""
    names = pd.Series(class_names, dtype="str")
    table = table[["image", "path", "label"]].assign(
        class_name=names.loc[table["label"]].to_numpy()
    )
    table = table.join(parse_names(table["image"]))
    if layout.split_file is None:
        return table.assign(split=pd.Series("", table.index, dtype="str"))
    official = read_release_split(layout.split_file).set_index("image")["split"]
    return table.assign(split=table["image"].map(official).fillna("").astype("str"))
