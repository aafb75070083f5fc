"""What will be trained on what, checked before anything slow is loaded."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from hirise.dataset import (
    Catalog,
    SplitResult,
    assign_split,
    read_catalog,
    read_split_file,
)
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
    """

    recipe: Recipe
    catalog: Catalog
    sides: SplitResult
    split_name: str
    fractions: tuple[float, ...] | None
    seed: int
    strategy: str = ""

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
) -> Plan:
    """Read the folder and split it; TensorFlow is looked for, not imported.

    Parameters
    ----------
    data : Path
        A folder of images that `read_catalog` knows.
    split : str
        A kind that `assign_split` knows, or the path of a CSV file.
    fractions, seed
        See `assign_split`; the seed is also that of the training.

    Raises
    ------
    InputError
        If folder, split or fractions are no good, or TensorFlow is not installed.
    """
    need_tensorflow()
    if not 0 <= seed < 2**32:
        raise InputError(f"The seed must be from 0 to {2**32 - 1}, got {seed}.")
    catalog = read_catalog(data)
    from_file = split.endswith(".csv") or Path(split).is_file()
    if from_file:
        sides = read_split_file(Path(split), catalog)
    else:
        sides = assign_split(catalog, split, fractions=fractions, seed=seed)
    has_fractions = not from_file and split != "published"
    plan = Plan(
        recipe=recipe,
        catalog=catalog,
        sides=sides,
        split_name=split,
        fractions=fractions if has_fractions else None,
        seed=seed,
    )
    check_sides(plan)
    return plan


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
