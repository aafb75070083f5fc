"""What will be trained on what, checked before anything slow is loaded."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from hirise.dataset import (
    Catalog,
    SplitResult,
    assign_split,
    read_catalog,
    read_split_file,
)
from hirise.dataset.changed import read_labels, with_labels, without_classes
from hirise.errors import InputError
from hirise.recipes import Recipe

FRACTIONS = (0.65, 0.15, 0.20)


@dataclass(frozen=True, eq=False)
class Plan:
    """A training that can be carried out: recipe, images and their sides.

    Attributes
    ----------
    split_name : str
        A kind of split, or the path of a CSV file.
    fractions : three float or None
        Shares of train, val and test, where the split has them.
    strategy : {"", "mirrored", "multiworker"}
        See `hirise.training.strategy`; it belongs to the machine, not to the run.
    left_out : tuple of str
        Classes whose images take no part.
    labels : DataFrame, optional
        `image` and `class_name`: labels given instead of the dataset's own.
    own_sides : bool
        Whether the sides were given one by one, and must be kept to go on.
    parent : str, optional
        Id of the run that this training cures.
    remedies : tuple of dict
        What cures it; see `RunInfo`.
    """

    recipe: Recipe
    catalog: Catalog
    sides: SplitResult
    split_name: str
    fractions: tuple[float, ...] | None
    seed: int
    strategy: str = ""
    left_out: tuple[str, ...] = ()
    labels: pd.DataFrame | None = None
    own_sides: bool = False
    parent: str | None = None
    remedies: tuple[dict[str, Any], ...] = ()

    def without(self, lost: pd.DataFrame) -> Plan:
        """The plan less the images in `lost`, which are problems of its catalog now.

        Raises
        ------
        InputError
            If nothing is left to train on or to validate with.
        """
        gone = self.catalog.table["image"].isin(lost["image"])
        split = self.sides.split.mask(gone, "")
        problems = pd.concat([self.catalog.problems, lost], ignore_index=True)
        plan = replace(
            self,
            catalog=replace(self.catalog, problems=problems),
            sides=replace(self.sides, split=split),
        )
        check_sides(plan)
        return plan


def make_plan(
    data: Path,
    recipe: Recipe,
    *,
    split: str = "observation",
    fractions: tuple[float, float, float] = FRACTIONS,
    seed: int = 0,
    sides: Mapping[str, str] | None = None,
    labels: Path | pd.DataFrame | None = None,
    leave_out: Sequence[str] = (),
) -> Plan:
    """Read the folder and split it; TensorFlow is looked for, not imported.

    The images are split first, by the dataset's own labels; only then labels are
    replaced and classes left out, so that the others stay on their side.

    Parameters
    ----------
    data : Path
        A folder of images that `read_catalog` knows.
    split : str
        A kind that `assign_split` knows, or the path of a CSV file.
    fractions, seed
        See `assign_split`; the seed is also that of the training.
    sides : mapping of str to str, optional
        The side of each image by its name, instead of what `split` says.
    labels : Path or DataFrame, optional
        Labels instead of the dataset's own; see `hirise.dataset.changed.read_labels`.
    leave_out : sequence of str
        Classes whose images take no part.

    Raises
    ------
    InputError
        If folder, split, fractions, labels or classes are no good, or TensorFlow is not
        installed.
    """
    need_tensorflow()
    if not 0 <= seed < 2**32:
        raise InputError(f"The seed must be from 0 to {2**32 - 1}, got {seed}.")
    catalog = read_catalog(data)
    from_file = sides is not None or split.endswith(".csv") or Path(split).is_file()
    has_fractions = not from_file and split != "published"
    found = _sides(catalog, split, fractions, seed, sides)
    if isinstance(labels, Path):
        labels = read_labels(labels, catalog.class_names)
    if labels is not None:
        catalog, told = with_labels(catalog, labels)
        found = replace(found, notes=(*found.notes, told))
    if leave_out:
        catalog, found = _without(catalog, found, leave_out)
    plan = Plan(
        recipe=recipe,
        catalog=catalog,
        sides=found,
        split_name=split,
        fractions=fractions if has_fractions else None,
        seed=seed,
        left_out=tuple(leave_out),
        labels=labels,
        own_sides=sides is not None,
    )
    check_sides(plan)
    return plan


def _sides(
    catalog: Catalog,
    split: str,
    fractions: tuple[float, float, float],
    seed: int,
    sides: Mapping[str, str] | None,
) -> SplitResult:
    if sides is not None:
        known = catalog.table["image"].map(dict(sides)).fillna("").astype("str")
        return SplitResult(known, ())
    if split.endswith(".csv") or Path(split).is_file():
        return read_split_file(Path(split), catalog)
    return assign_split(catalog, split, fractions=fractions, seed=seed)


def _without(
    catalog: Catalog, sides: SplitResult, names: Sequence[str]
) -> tuple[Catalog, SplitResult]:
    """Catalog and sides without the images of some classes."""
    left = without_classes(catalog, names)
    by_image = dict(zip(catalog.table["image"], sides.split, strict=True))
    split = left.table["image"].map(by_image).astype("str")
    gone = len(catalog.table) - len(left.table)
    quoted = ", ".join(f"'{name}'" for name in names)
    told = f"{gone:,} images of {quoted} are left out of train, val and test."
    about = [n for n in sides.notes if not any(f"'{name}'" in n for name in names)]
    return left, SplitResult(split, (*about, told))


def need_tensorflow() -> None:
    """Refuse to begin without TensorFlow, which is looked for, not imported."""
    if importlib.util.find_spec("tensorflow") is None:
        raise InputError(
            "Training needs TensorFlow, which is not installed. "
            "Install it with: pip install 'hirise[train]'"
        )


def check_sides(plan: Plan) -> None:
    """Refuse a plan with nothing to train on or nothing to validate with."""
    for side in ("train", "val"):
        if not (plan.sides.split == side).any():
            raise InputError(
                f"The split '{plan.split_name}' leaves no image in {side} that can be "
                "read. Use other fractions or another split; `hirise data info` says "
                "which are possible, and what is wrong with the files."
            )
