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

from hirise.data.catalog import Catalog
from hirise.data.layouts import class_folders, image_table
from hirise.data.listing import SIDES, parse_fractions, side_named
from hirise.errors import InputError, nearest
from hirise.mars.labels import read_text

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

N_SIDES = 3
# Few groups leave few good answers: several are tried and the best is kept. With many,
# one is as good as another, and trying costs time.
MOST_TRIES = 20
GROUPS_TRIED = 4_000
# Which side goes without, when a class has fewer groups than there are sides.
TRAIN_TEST_VAL = (0, 2, 1)


def share_out(
    groups: NDArray[Any],
    labels: NDArray[Any],
    *,
    fractions: tuple[float, float, float],
    seed: int,
) -> Ints:
    """Assign each group to a side, stratified by class.

    Every class gets at least one group on each side, where it has that many. Then the
    counts per class and side are brought as near to the fractions as whole groups
    allow: the sum over classes and sides of ((count - wanted) / images of the class)².

    Parameters
    ----------
    groups, labels : (n_images,) int
        Group and class of each image; groups are numbered 0, 1, 2, …
    fractions : three float
        Wanted shares of the sides; their sum is 1.
    seed : int
        The same seed gives the same sides.

    Returns
    -------
    (n_images,) int
        Side of each image: 0, 1 or 2.

    Examples
    --------
    >>> labels = np.repeat([0, 1], [12, 8])
    >>> sides = share_out(np.arange(20), labels, fractions=(0.5, 0.25, 0.25), seed=0)
    >>> np.bincount(sides).tolist(), np.bincount(sides[labels == 1]).tolist()
    ([10, 5, 5], [4, 2, 2])
    """
    classes = np.unique(labels, return_inverse=True)[1]
    counts = np.zeros((groups.max() + 1, classes.max() + 1))
    np.add.at(counts, (groups, classes), 1)
    tries = int(np.clip(GROUPS_TRIED // len(counts), 1, MOST_TRIES))
    attempts = [
        Attempt(counts, fractions, np.random.default_rng((seed, number)))
        for number in range(tries)
    ]
    best = min(attempts, key=lambda attempt: attempt.badness)
    sides: Ints = best.sides[groups]
    return sides


class Attempt:
    """One way to share the groups out.

    Attributes
    ----------
    sides : (n_groups,) int
        The side of each group.
    badness : (int, float)
        Classes missing on a side, then the distance from the wanted counts.
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
        # What each side still lacks of each class.
        self.lacking = np.outer(self.fractions, counts.sum(axis=0))
        self.groups_held = np.zeros(self.lacking.shape, dtype=np.int64)
        self.sides: Ints = np.full(len(counts), -1, dtype=np.int64)
        self._reserve(rng)
        self._fill(rng)
        self._improve(rng)

    @property
    def badness(self) -> tuple[int, float]:
        missing = int((self.groups_held == 0).sum())
        return missing, float((self.lacking**2 * self.weights).sum())

    def _reserve(self, rng: np.random.Generator) -> None:
        """Give each side a group of each class, the class in fewest groups first."""
        in_groups = (self.counts > 0).sum(axis=0)
        for number in np.argsort(in_groups, kind="stable"):
            for side in TRAIN_TEST_VAL:
                free = np.flatnonzero((self.counts[:, number] > 0) & (self.sides < 0))
                if self.groups_held[side, number] == 0 and len(free):
                    self._put(int(rng.choice(free)), side)

    def _fill(self, rng: np.random.Generator) -> None:
        """Put the largest groups first, each where it brings the counts nearest."""
        free = rng.permutation(np.flatnonzero(self.sides < 0))
        size = (self.counts[free] * np.sqrt(self.weights)).sum(axis=1)
        for group in free[np.argsort(-size, kind="stable")]:
            self._put(int(group), int(np.argmin(self._cost(group))))

    def _improve(self, rng: np.random.Generator) -> None:
        """Move single groups for as long as a move brings the counts nearer."""
        moved = True
        while moved:
            moved = False
            for group in rng.permutation(len(self.counts)):
                side = int(self.sides[group])
                held = self.counts[group] > 0
                if (self.groups_held[side, held] == 1).any():
                    continue
                self._take(int(group))
                cost = self._cost(group)
                better = int(np.argmin(cost))
                gains = cost[better] < cost[side] - 1e-12
                moved = moved or bool(gains)
                self._put(int(group), better if gains else side)

    def _cost(self, group: int) -> Floats:
        """How much farther from the wanted counts the group brings each side."""
        count = self.counts[group]
        change = (count**2 - 2 * self.lacking * count) * self.weights
        cost: Floats = change.sum(axis=1)
        return cost

    def _put(self, group: int, side: int) -> None:
        self.sides[group] = side
        self.lacking[side] -= self.counts[group]
        self.groups_held[side] += self.counts[group] > 0

    def _take(self, group: int) -> None:
        side = self.sides[group]
        self.lacking[side] += self.counts[group]
        self.groups_held[side] -= self.counts[group] > 0


Kind = Literal["random", "landmark", "observation", "published"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FRACTIONS = (0.65, 0.15, 0.20)
FEWEST_GROUPS = len(SIDES)
WITHOUT_SPLIT = {
    class_folders.LAYOUT: "there are no train, val and test folders",
    image_table.LAYOUT: "the CSV has no column split",
}


@dataclass(frozen=True, eq=False)
class SplitResult:
    """The side of each image, and what to know about the split.

    Attributes
    ----------
    split : Series of str, with the index of `Catalog.table`
        train, val, test, or "" for an image that is left out.
    notes : tuple of str
        Sentences, such as which class could not be had on which side.
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
        `landmark` and `observation` keep the images of one on one side, and reserve at
        least one per class and side where there are enough. `published` is the split
        that came with the release.
    fractions : three float
        Shares of train, val and test; positive, their sum is 1.
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
            f"Unknown split '{kind}': expected {', '.join(KINDS)}, or a CSV file of "
            f"image and split.{nearest(kind, KINDS)}"
        )
    reason = why_not(catalog, kind)
    if reason:
        possible = [other for other in KINDS if not why_not(catalog, other)]
        others = f" Possible here: {', '.join(possible)}." if possible else ""
        raise InputError(f"No split '{kind}': {reason}.{others}")
    check_fractions(fractions)
    if kind == "published":
        return described(catalog, catalog.table["split"], ())
    # Sorted, so that the same images in another order are split the same way.
    table = catalog.table.sort_values("image", kind="stable")
    if kind == "random":
        groups, notes = table["image"], _copies_note(table)
    else:
        groups, notes = groups_of(table, kind), ()
    sides = share_out(
        pd.factorize(groups)[0],
        table["label"].to_numpy(),
        fractions=fractions,
        seed=seed,
    )
    split = pd.Series(np.asarray(SIDES)[sides], table.index, dtype="str")
    return described(catalog, split.reindex(catalog.table.index), notes)


def why_not(catalog: Catalog, kind: str) -> str:
    """Why the split `kind`, one of `KINDS`, cannot be made of these images, or ""."""
    if kind == "published":
        absent = (catalog.table["split"] == "").all()
        reason = WITHOUT_SPLIT.get(
            catalog.layout, f"{catalog.layout} comes without one"
        )
        return reason if absent else ""
    if kind == "random":
        n = len(catalog.table)
        return f"only {n} image{'s' * (n != 1)}" if n < FEWEST_GROUPS else ""
    named = catalog.table[kind]
    if (named == "").all():
        return f"no file name carries the {kind} (HiRISE names do)"
    n = groups_of(catalog.table, kind).nunique()
    return f"only {n} {kind}{'s' * (n != 1)}" if n < FEWEST_GROUPS else ""


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
    sound = numbers.shape == (len(SIDES),) and (numbers > 0).all()
    if not sound or abs(numbers.sum() - 1) > 1e-6:
        shown = ", ".join(f"{number:g}" for number in numbers.ravel())
        raise InputError(
            "The fractions of train, val and test must be three positive numbers that "
            f"sum to 1, such as 0.65,0.15,0.20; got {shown}."
        )


def described(
    catalog: Catalog, split: pd.Series[str], notes: tuple[str, ...]
) -> SplitResult:
    """The split, with a note for each class that is missing on a side."""
    counts = pd.crosstab(catalog.table["class_name"], split)
    counts = counts.reindex(columns=list(SIDES), fill_value=0)
    absent = tuple(
        f"No image of '{name}' in {side} ({counts.loc[name].sum():,} in all)."
        for name in catalog.class_names
        if name in counts.index
        for side in SIDES
        if not counts.loc[name, side]
    )
    return SplitResult(split, (*notes, *absent))


def _copies_note(table: pd.DataFrame) -> tuple[str, ...]:
    copies = int((table["augmentation"] != "").sum())
    if not copies:
        return ()
    return (
        f"{copies:,} images are augmented copies: a random split puts copies of one "
        "landmark on several sides, and scores come out too high.",
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
    """
    sides = _read_sides(Path(path))
    split = catalog.table["image"].map(sides).fillna("").astype("str")
    unknown = len(sides) - int((split != "").sum())
    if unknown == len(sides):
        raise InputError(
            f"{path}: none of its {len(sides):,} images is in {catalog.root}; the "
            f"images there are called like {catalog.table['image'].iloc[0]}."
        )
    if not (split == "train").any():
        raise InputError(f"{path} puts no image of {catalog.root} in train.")
    left_out = int((split == "").sum())
    counted = (
        (unknown, f"{unknown:,} images of {path.name} are not in the folder."),
        (left_out, f"{left_out:,} images are not in {path.name} and are left out."),
    )
    return described(catalog, split, tuple(note for n, note in counted if n))


def _read_sides(path: Path) -> dict[str, str]:
    """The side of each image in the file."""
    sides: dict[str, str] = {}
    for line, image, side in _rows(path):
        if side not in SIDES:
            raise InputError(
                f"{path}, line {line}: split must be train, val or test, got "
                f"{side[:80]!r}.{nearest(side, SIDES)}"
            )
        if sides.setdefault(image, side) != side:
            raise InputError(
                f"{path}, line {line}: '{image}' is in {sides[image]} and in {side}."
            )
    if not sides:
        raise InputError(f"{path} names no image.")
    return sides


def _rows(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line number, image and split of each row that is not empty."""
    reader = csv.reader(read_text(path).splitlines())
    header = [name.strip().lower() for name in next(reader, [])]
    if "image" not in header or "split" not in header:
        raise InputError(
            f"{path}, line 1: expected the columns image,split, got "
            f"{','.join(header)[:80]!r}."
        )
    at_image, at_split = header.index("image"), header.index("split")
    for row in reader:
        if not any(row):
            continue
        if len(row) != len(header):
            raise InputError(
                f"{path}, line {reader.line_num}: expected {len(header)} values, "
                f"got {len(row)}."
            )
        yield reader.line_num, row[at_image].strip(), side_named(row[at_split])


def asked_split(
    catalog: Catalog, split: str, *, seed: int, fractions: str = ""
) -> SplitResult:
    """The sides of the images.

    Parameters
    ----------
    catalog : Catalog
    split : str
        A kind that `assign_split` knows, or the path of a CSV file.
    seed : int
    fractions : str
        Three numbers with commas between; "" for the usual ones.

    Raises
    ------
    InputError
        If such a split is not possible.
    """
    if split.lower().endswith(".csv"):
        return read_split_file(Path(split), catalog)
    shares = parse_fractions(fractions) if fractions else FRACTIONS
    return assign_split(catalog, split, fractions=shares, seed=seed)
