"""Which images train, validate and test: seeded, stratified, by image or by group."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.data.catalog import Catalog
from hirise.data.layouts import (
    class_folders,
    coco,
    image_table,
    imagefolder,
    roboflow,
)
from hirise.data.listing import SPLITS, split_named, whole_rows
from hirise.errors import InputError, Refusal, nearest
from hirise.mars.labels import read_text

# Few groups leave few good assignments: several are tried and the best is taken. With
# many, one is as good as another, and trying costs time.
MOST_TRIES = 20
GROUPS_TRIED = 4_000
# The last one goes without, when a class has fewer groups than there are splits.
TRAIN_TEST_VAL = (0, 2, 1)

Kind = Literal["random", "landmark", "observation", "published"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FRACTIONS = (0.65, 0.15, 0.20)
FEWEST_GROUPS = len(SPLITS)
NO_SPLIT_FOLDERS = "There are no train, val and test folders."
WITHOUT_SPLIT = {
    class_folders.LAYOUT: NO_SPLIT_FOLDERS,
    coco.LAYOUT: NO_SPLIT_FOLDERS,
    imagefolder.LAYOUT: NO_SPLIT_FOLDERS,
    roboflow.LAYOUT: NO_SPLIT_FOLDERS,
    image_table.LAYOUT: "The CSV has no column split.",
}


def assign_groups(
    groups: NDArray[Any],
    labels: NDArray[Any],
    *,
    fractions: tuple[float, float, float],
    seed: int,
) -> Ints:
    """Assign each group to a split, stratified by class.

    Every class gets at least one group in each split, where it has that many. Then the
    counts per class and split are brought as near to the fractions as whole groups
    allow: the sum over classes and splits of ((count - wanted) / images of the class)².

    Parameters
    ----------
    groups, labels : (n_images,) int
        Group and class of each image; groups are numbered 0, 1, 2, …
    fractions : three float
        Wanted fractions of the splits; their sum is 1.
    seed : int
        The same seed gives the same splits.

    Returns
    -------
    (n_images,) int
        Split of each image: 0, 1 or 2.

    Examples
    --------
    >>> groups, labels = np.arange(6), np.array([0, 0, 0, 1, 1, 1])
    >>> splits = assign_groups(groups, labels, fractions=(0.34, 0.33, 0.33), seed=0)
    >>> np.bincount(splits).tolist()
    [2, 2, 2]
    """
    classes = np.unique(labels, return_inverse=True)[1]
    counts = np.zeros((groups.max() + 1, classes.max() + 1))
    np.add.at(counts, (groups, classes), 1)
    tries = int(np.clip(GROUPS_TRIED // len(counts), 1, MOST_TRIES))
    attempts = [
        _Attempt(counts, fractions, np.random.default_rng((seed, number)))
        for number in range(tries)
    ]
    best = min(attempts, key=lambda attempt: attempt.badness)
    splits: Ints = best.splits[groups]
    return splits


class _Attempt:
    """One assignment of the groups.

    Attributes
    ----------
    splits : (n_groups,) int
        The split of each group.
    badness : (int, float)
        Classes missing in a split, then the distance from the wanted counts.
    """

    def __init__(
        self,
        counts: Floats,
        fractions: tuple[float, float, float],
        rng: np.random.Generator,
    ) -> None:
        self.counts = counts
        self.weights = counts.sum(axis=0) ** -2.0
        self.fractions = np.asarray(fractions)
        # What each split still lacks of each class.
        self.lacking = np.outer(self.fractions, counts.sum(axis=0))
        self.groups_held = np.zeros(self.lacking.shape, dtype=np.int64)
        self.splits: Ints = np.full(len(counts), -1, dtype=np.int64)
        self._reserve(rng)
        self._fill(rng)
        self._improve(rng)

    @property
    def badness(self) -> tuple[int, float]:
        missing = int((self.groups_held == 0).sum())
        return missing, float((self.lacking**2 * self.weights).sum())

    def _reserve(self, rng: np.random.Generator) -> None:
        """Give each split a group of each class, the class in fewest groups first."""
        in_groups = (self.counts > 0).sum(axis=0)
        for number in np.argsort(in_groups, kind="stable"):
            for split in TRAIN_TEST_VAL:
                free = np.flatnonzero((self.counts[:, number] > 0) & (self.splits < 0))
                if self.groups_held[split, number] == 0 and len(free):
                    self._put(int(rng.choice(free)), split)

    def _fill(self, rng: np.random.Generator) -> None:
        """Put the largest groups first, each where it brings the counts nearest."""
        # Shuffled before the stable sort: the seed decides among groups of one size.
        free = rng.permutation(np.flatnonzero(self.splits < 0))
        size = (self.counts[free] * np.sqrt(self.weights)).sum(axis=1)
        for group in free[np.argsort(-size, kind="stable")]:
            self._put(int(group), int(np.argmin(self._cost(group))))

    def _improve(self, rng: np.random.Generator) -> None:
        """Move single groups for as long as a move brings the counts nearer."""
        moved = True
        while moved:
            moved = False
            for group in rng.permutation(len(self.counts)):
                split = int(self.splits[group])
                held = self.counts[group] > 0
                # Without the last group of a class its split would lose the class.
                if (self.groups_held[split, held] == 1).any():
                    continue
                self._take(int(group))
                cost = self._cost(group)
                better = int(np.argmin(cost))
                # Gains within rounding error could move a group to and fro for ever.
                gains = cost[better] < cost[split] - 1e-12
                moved = moved or bool(gains)
                self._put(int(group), better if gains else split)

    def _cost(self, group: int) -> Floats:
        """How much farther from the wanted counts the group brings each split."""
        count = self.counts[group]
        change = (count**2 - 2 * self.lacking * count) * self.weights
        cost: Floats = change.sum(axis=1)
        return cost

    def _put(self, group: int, split: int) -> None:
        self.splits[group] = split
        self.lacking[split] -= self.counts[group]
        self.groups_held[split] += self.counts[group] > 0

    def _take(self, group: int) -> None:
        split = self.splits[group]
        self.lacking[split] += self.counts[group]
        self.groups_held[split] -= self.counts[group] > 0


@dataclass(frozen=True, eq=False)
class SplitResult:
    """The split of each image, and what to know about it.

    Attributes
    ----------
    split : Series of str, with the index of `Catalog.table`
        train, val, test, or "" for an image that is left out.
    notes : tuple of str
        Sentences, such as which class is missing in which split.
    """

    split: pd.Series[str]
    notes: tuple[str, ...]


def assign_split(
    catalog: Catalog,
    kind: str,
    *,
    fractions: tuple[float, float, float] = FRACTIONS,
    seed: int = 0,
) -> SplitResult:
    """Split the images into train, val and test.

    Parameters
    ----------
    catalog : Catalog
        Its row order does not matter; the names and the seed do.
    kind : {"random", "landmark", "observation", "published"}
        `landmark` and `observation` keep the images of one in one split, and reserve at
        least one per class and split where there are enough. `published` is the split
        that came with the release.
    fractions : three float
        Fractions of train, val and test; positive, their sum is 1.
    seed : int
        The same seed gives the same split. Not used by `published`.

    Raises
    ------
    InputError
        If the kind is unknown or not possible for these images, or the fractions are
        not three positive numbers that sum to 1.

    Examples
    --------
    >>> from hirise.data.simulated import SimulatedMars, planned_catalog
    >>> catalog = planned_catalog(SimulatedMars(n_landmarks=100))
    >>> split = assign_split(catalog, "landmark", seed=0).split
    >>> int(split.groupby(catalog.table["landmark"]).nunique().max())
    1
    """
    if kind not in KINDS:
        raise InputError(
            f"There is no split '{kind}'.{nearest(kind, KINDS)}",
            how=f"Expected: {', '.join(KINDS)}, or a CSV file of image and split.",
        )
    refusal = check_split_kind(catalog, kind)
    if refusal is not None:
        possible = [other for other in KINDS if not check_split_kind(catalog, other)]
        raise InputError(
            f"The split '{kind}' cannot be made. {refusal.what}",
            where=catalog.root,
            how=f"Possible here: {', '.join(possible)}." if possible else "",
        )
    check_fractions(fractions)
    if kind == "published":
        return with_notes(catalog, catalog.table["split"], ())
    # Sorted, so that the same images in another order are split the same way.
    table = catalog.table.sort_values("image", kind="stable")
    if kind == "random":
        groups, notes = table["image"], _copies_note(table)
    else:
        groups, notes = groups_of(table, kind), ()
    splits = assign_groups(
        pd.factorize(groups)[0],
        table["label"].to_numpy(),
        fractions=fractions,
        seed=seed,
    )
    split = pd.Series(np.asarray(SPLITS)[splits], table.index, dtype="str")
    return with_notes(catalog, split.reindex(catalog.table.index), notes)


def check_split_kind(catalog: Catalog, kind: str) -> Refusal | None:
    """Why the split `kind`, one of `KINDS`, cannot be made of these images, if so."""
    if kind == "published":
        default = f"{catalog.layout} comes without a split."
        is_absent = bool((catalog.table["split"] == "").all())
        reason = WITHOUT_SPLIT.get(catalog.layout, default) if is_absent else ""
    elif kind == "random":
        reason = _too_few(len(catalog.table), "image")
    elif (catalog.table[kind] == "").all():
        reason = f"The file names do not tell the {kind}, as HiRISE names do."
    else:
        reason = _too_few(groups_of(catalog.table, kind).nunique(), kind)
    return Refusal(reason) if reason else None


def _too_few(n: int, noun: str) -> str:
    if n >= FEWEST_GROUPS:
        return ""
    return f"There is only 1 {noun}." if n == 1 else f"There are only {n} {noun}s."


def groups_of(table: pd.DataFrame, kind: str) -> pd.Series[str]:
    """The group of each image; one whose name does not tell it is its own group.

    Examples
    --------
    >>> table = pd.DataFrame({"image": ["a.jpg", "b.jpg"], "landmark": ["L1", ""]})
    >>> groups_of(table, "landmark").tolist()
    ['L1', 'file:b.jpg']
    """
    return table[kind].where(table[kind] != "", "file:" + table["image"])


def check_fractions(fractions: tuple[float, ...]) -> None:
    """Refuse what is not three positive numbers that sum to 1."""
    numbers = np.asarray(fractions, dtype=float)
    sound = numbers.shape == (len(SPLITS),) and (numbers > 0).all()
    if not sound or abs(numbers.sum() - 1) > 1e-6:
        shown = ", ".join(f"{number:g}" for number in numbers.ravel())
        raise InputError(
            f"The fractions of train, val and test are {shown}.",
            how="Give three positive numbers that sum to 1, such as 0.65,0.15,0.20.",
        )


def with_notes(
    catalog: Catalog, split: pd.Series[str], notes: tuple[str, ...]
) -> SplitResult:
    """The split, with a note for each class that is missing in it."""
    counts = pd.crosstab(catalog.table["class_name"], split)
    counts = counts.reindex(columns=list(SPLITS), fill_value=0)
    absent = tuple(
        f"No image of '{name}' in {split_name} ({counts.loc[name].sum():,} in all)."
        for name in catalog.class_names
        if name in counts.index
        for split_name in SPLITS
        if not counts.loc[name, split_name]
    )
    return SplitResult(split, (*notes, *absent))


def _copies_note(table: pd.DataFrame) -> tuple[str, ...]:
    copies = int((table["augmentation"] != "").sum())
    if not copies:
        return ()
    return (
        f"{copies:,} images are augmented copies. A random split puts copies of one "
        "landmark into several splits, so that scores are too high.",
    )


def read_split_file(path: Path, catalog: Catalog) -> SplitResult:
    """The split in a CSV with the columns `image` and `split`.

    Values are train, val (also validation, valid) and test. Images that the catalog
    does not have are counted in the notes; images that the file does not have get ""
    and are left out.

    Raises
    ------
    InputError
        If the file is missing, malformed (the line is named), or leaves nothing to
        train on.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.data.simulated import SimulatedMars, planned_catalog
    >>> catalog = planned_catalog(SimulatedMars(n_landmarks=40))
    >>> table = catalog.table[["image"]].assign(split="train")
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "split.csv")
    ...     table.to_csv(path, index=False)
    ...     read_split_file(path, catalog).split.unique().tolist()
    ['train']
    """
    splits = _read_splits(Path(path))
    split = catalog.table["image"].map(splits).fillna("").astype("str")
    unknown = len(splits) - int((split != "").sum())
    if unknown == len(splits):
        raise InputError(
            f"None of its {len(splits):,} images is in {catalog.root}, where images "
            f"have names like {catalog.table['image'].iloc[0]}.",
            where=path,
            how="Use the names of the images there.",
        )
    if not (split == "train").any():
        raise InputError(
            f"It puts no image of {catalog.root} in train.",
            where=path,
            how="Name images to train on.",
        )
    left_out = int((split == "").sum())
    counted = (
        (unknown, f"{unknown:,} images of {path.name} are not in the folder."),
        (left_out, f"{left_out:,} images are not in {path.name} and are left out."),
    )
    return with_notes(catalog, split, tuple(note for n, note in counted if n))


def _read_splits(path: Path) -> dict[str, str]:
    """The split of each image in the file."""
    splits: dict[str, str] = {}
    for line, image, split in _rows(path):
        if split not in SPLITS:
            raise InputError(
                f"The split is {split[:80]!r}.{nearest(split, SPLITS)}",
                where=f"{path}, line {line}",
                how="It must be train, val or test.",
            )
        if splits.setdefault(image, split) != split:
            raise InputError(
                f"'{image}' is in {splits[image]} and in {split}.",
                where=f"{path}, line {line}",
                how="Remove one of the lines.",
            )
    if not splits:
        raise InputError("It names no image.", where=path)
    return splits


def _rows(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line number, image and split of each row that is not empty."""
    reader = csv.reader(read_text(path).splitlines())
    header = [name.strip().lower() for name in next(reader, [])]
    if "image" not in header or "split" not in header:
        raise InputError(
            f"The columns are {','.join(header)[:80]!r}.",
            where=f"{path}, line 1",
            how="Expected: the columns image,split.",
        )
    at_image, at_split = header.index("image"), header.index("split")
    for row in whole_rows(reader, path):
        if not any(row):
            continue
        if len(row) != len(header):
            raise InputError(
                f"There are {len(row)} values where {len(header)} are expected.",
                where=f"{path}, line {reader.line_num}",
            )
        yield reader.line_num, row[at_image].strip(), split_named(row[at_split])


def parse_fractions(text: str) -> tuple[float, float, float]:
    """Three numbers with commas between; `assign_split` checks their values.

    Examples
    --------
    >>> parse_fractions("0.65, 0.15, 0.20")
    (0.65, 0.15, 0.2)
    """
    try:
        train, val, test = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"The fractions of train, val and test are '{text[:80]}'.",
            how="Give three numbers such as 0.65,0.15,0.20.",
        ) from None
    return train, val, test


def make_split(
    catalog: Catalog,
    split: str,
    *,
    seed: int,
    fractions: tuple[float, float, float] = FRACTIONS,
) -> SplitResult:
    """The splits of the images, by a kind or by a file.

    Parameters
    ----------
    catalog : Catalog
    split : str
        A kind that `assign_split` knows, or the path of a CSV file.
    seed : int
    fractions : three float
        Fractions of train, val and test.

    Raises
    ------
    InputError
        If such a split cannot be made.
    """
    if split.lower().endswith(".csv"):
        return read_split_file(Path(split), catalog)
    return assign_split(catalog, split, fractions=fractions, seed=seed)
