"""The split that people ask for: a kind of it, or a file."""

from __future__ import annotations

from pathlib import Path

from hirise.dataset.catalog import Catalog
from hirise.dataset.sides import parse_fractions
from hirise.dataset.splitfile import read_split_file
from hirise.dataset.splits import FRACTIONS, SplitResult, assign_split


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
