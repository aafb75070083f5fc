"""What will be trained on what, checked before anything slow is loaded."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
    why_not,
)
from hirise.data.catalog import read_labels, with_labels, without_classes
from hirise.diagnosis.labels import LabelEvidence, repaired_labels
from hirise.errors import InputError, parameter
from hirise.recipes import Recipe
from hirise.remedies.remedy import Adjustment, Fitted
from hirise.remedies.retraining import TrainingRemedy, changed_recipe, changes_between
from hirise.remedies.suggestions import check_left_out, data_of, recipe_of
from hirise.runs import Run
from hirise.runs.tables import LABELS_GIVEN, given_file

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
        See `hirise.training.fit`; it belongs to the machine, not to the run.
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
        Labels instead of the dataset's own; see `hirise.data.catalog.read_labels`.
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


GROUPED = ("observation", "landmark")


@dataclass(frozen=True)
class CuredPlan:
    """A training that can be carried out, and what it changes.

    Attributes
    ----------
    plan : Plan
    steps : tuple of Fitted
        Each remedy with what it changed; they adjust no predictions.
    """

    plan: Plan
    steps: tuple[Fitted, ...]


def cured_plan(
    parent: Run,
    remedies: Sequence[TrainingRemedy],
    *,
    data: Path | None = None,
    leave_out: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
) -> CuredPlan:
    """Plan the training of `parent` with remedies: same images, split and seed.

    Parameters
    ----------
    parent : Run
    remedies : sequence of TrainingRemedy
        That go together, see `check_training_pairs`.
    data : Path, optional
        Where the images are now; by default where they were.
    leave_out : sequence of str
        Classes for `leave-class-out`.
    settings : mapping, optional
        Other settings of the recipe, as text.

    Raises
    ------
    InputError
        If recipe, images, split or right labels are not known, or a remedy changes
        nothing.
    """
    before = recipe_of(parent)
    recipe = changed_recipe(before, remedies, settings)
    check_left_out(parent, [one.key for one in remedies], leave_out)
    catalog = read_catalog(data_of(parent, data))
    kinds = {one.data for one in remedies}
    dataset = parent.info.dataset or {}
    labels, repaired = _labels(parent, catalog, "labels" in kinds)
    split = _grouped(parent, catalog) if "split" in kinds else ""
    plan = make_plan(
        data_of(parent, data),
        recipe,
        split=split or str(dataset.get("split", "")),
        fractions=FRACTIONS,
        seed=parent.info.seed or 0,
        sides=None if split else _cured_sides(parent, catalog),
        labels=labels,
        leave_out=[*dataset.get("left_out", ()), *leave_out],
    )
    of_data = {
        "split": ({"split": split}, f"Split by {split}."),
        "labels": ({"labels": "repaired"}, repaired),
        "classes": _left_out(leave_out),
    }
    steps = []
    for remedy in remedies:
        found = _changes(before, remedy)
        parameters, text = of_data.get(remedy.data, (found, _sentence(found)))
        nothing = Adjustment(1.0, (0.0,) * len(plan.catalog.class_names))
        steps.append(Fitted(remedy.key, remedy.title, parameters, text, nothing))
    kept = [{"key": one.key, "parameters": dict(one.parameters)} for one in steps]
    plan = replace(plan, parent=parent.info.id, remedies=tuple(kept))
    return CuredPlan(plan, tuple(steps))


def _left_out(names: Sequence[str]) -> tuple[dict[str, str], str]:
    listed = ", ".join(names)
    return {"left_out": listed}, f"Without {listed}."


def _changes(recipe: Recipe, remedy: TrainingRemedy) -> dict[str, str]:
    changed = changed_recipe(recipe, [remedy])
    found = changes_between(recipe, changed)
    return {"recipe": changed.name} if remedy.base else found


def _sentence(changes: Mapping[str, str]) -> str:
    return "; ".join(f"{key} {text}" for key, text in changes.items()) + "."


def _cured_sides(parent: Run, catalog: Catalog) -> dict[str, str]:
    """The side of each image of `parent` that is here."""
    kept = parent.catalog()
    if kept is None or "split" not in kept or not (kept["split"] == "train").any():
        raise InputError(
            f"Run {parent.info.id} does not keep which images it was trained on, so a "
            "new training could not be compared with it. Train anew with hirise train."
        )
    used = kept[kept["split"] != ""]
    if not used["image"].isin(catalog.table["image"]).any():
        raise InputError(
            f"{catalog.root} has none of the {len(used):,} images of run "
            f"{parent.info.id}. Give the folder of the same images "
            f"({parameter('data', 'DIR')})."
        )
    return dict(zip(used["image"], used["split"], strict=True))


def _labels(
    parent: Run, catalog: Catalog, repair: bool
) -> tuple[Path | pd.DataFrame | None, str]:
    """The labels to train with, if not the dataset's own, and what was repaired."""
    if not repair:
        return given_file(parent.folder, LABELS_GIVEN), ""
    tables = LabelEvidence.of_run(parent, catalog.table).tables
    right = repaired_labels(tables)
    known = tables.seen[tables.seen["right"] >= 0]
    wrong = int((known["label"] != known["right"]).sum())
    if not wrong:
        raise InputError(
            f"Run {parent.info.id} was trained and judged with the catalog's labels "
            f"({len(known):,} compared), so there is nothing to repair. Train with "
            "labels of your own instead."
        )
    told = f"{wrong:,} of {len(known):,} labels were not the catalog's; all are now."
    return right[["image", "class_name"]], told


def _grouped(parent: Run, catalog: Catalog) -> str:
    """The kind of split that keeps groups of images together, and is not used yet."""
    now = str((parent.info.dataset or {}).get("split", ""))
    possible = [kind for kind in GROUPED if not why_not(catalog, kind)]
    if not possible:
        raise InputError(
            f"split-by-group: {why_not(catalog, GROUPED[0])}; bring a split of your "
            "own to a new training."
        )
    if possible[0] == now:
        raise InputError(
            f"split-by-group changes nothing: run {parent.info.id} was split by {now} "
            "already. Choose another remedy."
        )
    return possible[0]


@contextmanager
def native_output_to(path: Path) -> Iterator[None]:
    """Send what native code writes to stderr to the file `path`.

    TensorFlow's log level is not yet heeded while it loads, so the file descriptor
    itself is turned.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with path.open("a") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
