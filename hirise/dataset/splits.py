"""Which images train, validate and test: seeded, stratified, by image or by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from hirise.dataset import classfolders, pathcsv
from hirise.dataset.catalog import Catalog
from hirise.dataset.grouped import share_out
from hirise.dataset.sides import SIDES
from hirise.errors import InputError, nearest

Kind = Literal["random", "landmark", "observation", "published"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FRACTIONS = (0.65, 0.15, 0.20)
FEWEST_GROUPS = len(SIDES)
WITHOUT_SPLIT = {
    classfolders.LAYOUT: "there are no train, val and test folders",
    pathcsv.LAYOUT: "the CSV has no column split",
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
    """The group of each image; one whose name does not tell it is its own group."""
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
