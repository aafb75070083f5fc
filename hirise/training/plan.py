"""A training with its recipe, images and split, checked before anything slow loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from hirise.data import (
    Catalog,
    SplitResult,
    assign_split,
    read_catalog,
    read_split_file,
)
from hirise.data.catalog import read_labels, with_labels, without_classes
from hirise.data.splits import FRACTIONS
from hirise.errors import InputError
from hirise.recipes import Recipe
from hirise.training.tensorflow_setup import require_tensorflow


@dataclass(frozen=True, eq=False)
class Plan:
    """A training that can be carried out: recipe, images and their splits.

    Attributes
    ----------
    splits : SplitResult
        The split of each image of the catalog.
    split_name : str
        A kind of split, or the path of a CSV file.
    fractions : three float or None
        Of train, val and test, where the split has them.
    strategy : {"", "mirrored", "multiworker"}
        See `hirise.training.fit`; it belongs to the machine, not to the run.
    left_out : tuple of str
        Classes whose images take no part.
    labels : DataFrame, optional
        `image` and `class_name`: labels given instead of the dataset's own.
    own_split : bool
        Whether the split was given image by image, and must be kept for resuming.
    parent : str, optional
        Id of the run that this training cures.
    remedies : tuple of dict
        What cures it; see `RunInfo`.
    """

    recipe: Recipe
    catalog: Catalog
    splits: SplitResult
    split_name: str
    fractions: tuple[float, ...] | None
    seed: int
    strategy: str = ""
    left_out: tuple[str, ...] = ()
    labels: pd.DataFrame | None = None
    own_split: bool = False
    parent: str | None = None
    remedies: tuple[dict[str, Any], ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """The table of the catalog, with the `split` of this training."""
        return self.catalog.table.assign(split=self.splits.split)

    def without(self, images: pd.DataFrame) -> Plan:
        """The plan less some `images`, which become problems of its catalog.

        Raises
        ------
        InputError
            If nothing is left to train on or to validate with.
        """
        removed = self.catalog.table["image"].isin(images["image"])
        problems = pd.concat([self.catalog.problems, images], ignore_index=True)
        plan = replace(
            self,
            catalog=replace(self.catalog, problems=problems),
            splits=replace(self.splits, split=self.splits.split.mask(removed, "")),
        )
        plan.check()
        return plan

    def check(self) -> None:
        """Refuse a plan with nothing to train on or nothing to validate with."""
        for split in ("train", "val"):
            if not (self.splits.split == split).any():
                raise InputError(
                    f"The split '{self.split_name}' leaves no image in {split} that "
                    "can be read.",
                    how="Use other fractions or another split; `hirise data info` "
                    "says which are possible, and what is wrong with the files.",
                )


def make_plan(
    data: Path,
    recipe: Recipe,
    *,
    split: str = "observation",
    fractions: tuple[float, float, float] = FRACTIONS,
    seed: int = 0,
    label_column: str | None = None,
    split_of: Mapping[str, str] | None = None,
    labels: Path | pd.DataFrame | None = None,
    leave_out: Sequence[str] = (),
) -> Plan:
    """Read the folder and split it; TensorFlow is looked for, not imported.

    The images are split first, by the dataset's own labels. Only then labels are
    replaced and classes left out, so that the other images stay in their split.

    Parameters
    ----------
    data : Path
        A folder of images that `read_catalog` knows.
    split : str
        A kind that `assign_split` knows, or the path of a CSV file.
    fractions, seed
        See `assign_split`; the seed is also that of the training.
    label_column : str, optional
        The column of labels, where several could be it.
    split_of : mapping of str to str, optional
        The split of each image by its name, instead of what `split` says.
    labels : Path or DataFrame, optional
        Labels instead of the dataset's own; see `hirise.data.catalog.read_labels`.
    leave_out : sequence of str
        Classes whose images take no part.

    Raises
    ------
    InputError
        If folder, split, fractions, labels or classes are no good, or TensorFlow is not
        installed.
    """
    require_tensorflow()
    # Keras seeds NumPy too, which takes no larger seed.
    if not 0 <= seed < 2**32:
        raise InputError(f"The seed must be from 0 to {2**32 - 1}, got {seed}.")
    catalog = read_catalog(data, label_column=label_column)
    is_kind = split_of is None and not _is_file(split)
    if is_kind:
        splits = assign_split(catalog, split, fractions=fractions, seed=seed)
    else:
        splits = _given_splits(catalog, split, split_of)
    if isinstance(labels, Path):
        labels = read_labels(labels, catalog.class_names)
    if labels is not None:
        catalog, note = with_labels(catalog, labels)
        splits = replace(splits, notes=(*splits.notes, note))
    if leave_out:
        catalog, splits = _leave_out(catalog, splits, leave_out)
    plan = Plan(
        recipe=recipe,
        catalog=catalog,
        splits=splits,
        split_name=split,
        fractions=fractions if is_kind and split != "published" else None,
        seed=seed,
        left_out=tuple(leave_out),
        labels=labels,
        own_split=split_of is not None,
    )
    plan.check()
    return plan


def _is_file(split: str) -> bool:
    return split.endswith(".csv") or Path(split).is_file()


def _given_splits(
    catalog: Catalog, split: str, split_of: Mapping[str, str] | None
) -> SplitResult:
    """The splits in a file, or those of each image."""
    if split_of is None:
        return read_split_file(Path(split), catalog)
    known = catalog.table["image"].map(dict(split_of)).fillna("").astype("str")
    return SplitResult(known, ())


def _leave_out(
    catalog: Catalog, splits: SplitResult, names: Sequence[str]
) -> tuple[Catalog, SplitResult]:
    """Catalog and splits without the images of some classes."""
    smaller = without_classes(catalog, names)
    by_image = dict(zip(catalog.table["image"], splits.split, strict=True))
    split = smaller.table["image"].map(by_image).astype("str")
    n_left_out = len(catalog.table) - len(smaller.table)
    quoted = ", ".join(f"'{name}'" for name in names)
    note = f"{n_left_out:,} images of {quoted} are left out of train, val and test."
    # Notes of the split on classes that are left out no longer matter.
    notes = [n for n in splits.notes if not any(f"'{name}'" in n for name in names)]
    return smaller, SplitResult(split, (*notes, note))
