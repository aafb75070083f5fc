"""The plan of a training that cures a run: its own data and split, changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from hirise.dataset import Catalog, read_catalog, why_not
from hirise.diagnosis.labels import LabelEvidence, repaired_labels
from hirise.errors import InputError
from hirise.recipes import Recipe
from hirise.remedies.adjustment import Adjustment
from hirise.remedies.remedy import Fitted
from hirise.remedies.training import TrainingRemedy, changed_recipe, changes_between
from hirise.remedies.training.parent import check_left_out, data_of, recipe_of
from hirise.runs import Run
from hirise.runs.given import LABELS_GIVEN, given
from hirise.training.plan import FRACTIONS, Plan, make_plan

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
        sides=None if split else _sides(parent, catalog),
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


def _sides(parent: Run, catalog: Catalog) -> dict[str, str]:
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
            f"{parent.info.id}. Give the folder of the same images (--data DIR)."
        )
    return dict(zip(used["image"], used["split"], strict=True))


def _labels(
    parent: Run, catalog: Catalog, repair: bool
) -> tuple[Path | pd.DataFrame | None, str]:
    """The labels to train with, if not the dataset's own, and what was repaired."""
    if not repair:
        return given(parent.folder, LABELS_GIVEN), ""
    tables = LabelEvidence.of_run(parent, catalog.table).tables
    right = repaired_labels(tables)
    known = tables.seen[tables.seen["right"] >= 0]
    wrong = int((known["label"] != known["right"]).sum())
    if not wrong:
        raise InputError(
            f"Run {parent.info.id} was trained and judged with the catalog's labels "
            f"({len(known):,} compared), so there is nothing to repair. Give labels of "
            "your own with hirise train --labels FILE."
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
            "own (hirise train --split FILE.csv)."
        )
    if possible[0] == now:
        raise InputError(
            f"split-by-group changes nothing: run {parent.info.id} was split by {now} "
            "already. Choose another remedy."
        )
    return possible[0]
