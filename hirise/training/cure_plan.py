"""The training that cures a run: the same images, split and seed, with remedies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from hirise.data import Catalog, check_split_kind, read_catalog
from hirise.diagnosis.labels import LabelEvidence, repaired_labels
from hirise.errors import InputError, parameter
from hirise.recipes import Recipe
from hirise.remedies.adjustment import Adjustment
from hirise.remedies.remedy import Fitted
from hirise.remedies.retraining import (
    check_left_out,
    count_repairs,
    images_of,
    recipe_of,
    trained_splits,
)
from hirise.remedies.training_remedies import (
    TrainingRemedy,
    changed_recipe,
    changes_between,
)
from hirise.runs import Run
from hirise.runs.tables import LABELS_GIVEN, given_file
from hirise.training.plan import Plan, make_plan
from hirise.training.relabelled_class import relabel_class

GROUPED = ("observation", "landmark")
"""Kinds of split that keep groups of images together, the preferred one first."""


@dataclass(frozen=True)
class CurePlan:
    """A training that can be carried out, and what it changes.

    Attributes
    ----------
    plan : Plan
    steps : tuple of Fitted
        Each remedy with what it changed; they adjust no predictions.
    """

    plan: Plan
    steps: tuple[Fitted, ...]


def make_cure_plan(
    parent: Run,
    remedies: Sequence[TrainingRemedy],
    *,
    data: Path | None = None,
    leave_out: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
) -> CurePlan:
    """Plan the training of `parent` with remedies: same images, split and seed.

    Parameters
    ----------
    parent : Run
    remedies : sequence of TrainingRemedy
        That go together, see `select_remedies`.
    data : Path, optional
        Where the images are now; by default where they were.
    leave_out : sequence of str
        Classes for `leave-class-out`.
    settings : mapping, optional
        Other settings of the recipe, as text.

    Raises
    ------
    InputError
        If recipe, images, split or repaired labels are not known, or a remedy changes
        nothing.
    """
    before = recipe_of(parent)
    recipe = changed_recipe(before, remedies, settings)
    check_left_out(parent, [remedy.key for remedy in remedies], leave_out)
    folder = images_of(parent, data)
    catalog = read_catalog(folder, label_column=parent.label_column)
    changed_data = {remedy.data for remedy in remedies}
    labels: pd.DataFrame | Path | None = given_file(parent.folder, LABELS_GIVEN)
    data_changes: dict[str, _Change] = {"classes": _leave_out(leave_out)}
    if "labels" in changed_data:
        labels, sentence = _repair(parent, catalog)
        data_changes["labels"] = {"labels": "repaired"}, sentence
    elif "class labels" in changed_data:
        labels, sentence, parameters = relabel_class(parent, catalog)
        data_changes["class labels"] = parameters, sentence
    dataset = parent.info.dataset or {}
    split, split_of = str(dataset.get("split", "")), None
    if "split" in changed_data:
        split = _grouped_split(parent, catalog)
        data_changes["split"] = {"split": split}, f"Split by {split}."
    else:
        split_of = _same_splits(parent, catalog)
    plan = make_plan(
        folder,
        recipe,
        split=split,
        seed=parent.info.seed or 0,
        label_column=parent.label_column,
        split_of=split_of,
        labels=labels,
        leave_out=[*dataset.get("left_out", ()), *leave_out],
    )
    changes = [
        data_changes.get(remedy.data) or _recipe_change(before, remedy)
        for remedy in remedies
    ]
    return _cure_plan(parent, plan, remedies, changes)


_Change = tuple[dict[str, str], str]
"""What a remedy changed: parameters for `run.json`, and a sentence."""


def _cure_plan(
    parent: Run,
    plan: Plan,
    remedies: Sequence[TrainingRemedy],
    changes: Sequence[_Change],
) -> CurePlan:
    unchanged = Adjustment.unchanged(len(plan.catalog.class_names))
    steps = tuple(
        Fitted(remedy.key, remedy.title, parameters, sentence, unchanged)
        for remedy, (parameters, sentence) in zip(remedies, changes, strict=True)
    )
    documents = tuple(
        {"key": step.key, "parameters": dict(step.parameters)} for step in steps
    )
    return CurePlan(replace(plan, parent=parent.info.id, remedies=documents), steps)


def _leave_out(names: Sequence[str]) -> _Change:
    listed = ", ".join(names)
    return {"left_out": listed}, f"Without {listed}."


def _recipe_change(recipe: Recipe, remedy: TrainingRemedy) -> _Change:
    changed = changed_recipe(recipe, [remedy])
    changes = changes_between(recipe, changed)
    if remedy.base:
        changes = {"recipe": changed.name}
    return changes, "; ".join(f"{key} {text}" for key, text in changes.items()) + "."


def _same_splits(parent: Run, catalog: Catalog) -> dict[str, str]:
    """The split of each image of `parent` that is here."""
    splits = trained_splits(parent)
    if not catalog.table["image"].isin(splits.keys()).any():
        raise InputError(
            f"{catalog.root} has none of the {len(splits):,} images of run "
            f"{parent.info.id}.",
            how=f"Give the folder of the same images ({parameter('data', 'DIR')}).",
        )
    return splits


def _repair(parent: Run, catalog: Catalog) -> tuple[pd.DataFrame, str]:
    """The labels of the catalog, and how many labels that changes."""
    tables = LabelEvidence.of_run(parent, catalog.table).tables
    labels = repaired_labels(tables)
    n_repairs, n_labels = count_repairs(tables)
    if not n_repairs:
        raise InputError(
            f"Run {parent.info.id} was trained and evaluated with the labels of the "
            f"catalog ({n_labels:,} compared), so there is nothing to repair.",
            how="Train with labels of your own instead.",
        )
    sentence = f"{n_repairs:,} of {n_labels:,} labels were not those of the catalog. "
    return labels[["image", "class_name"]], sentence + "All are now."


def _grouped_split(parent: Run, catalog: Catalog) -> str:
    """The kind of split that keeps groups of images together, and is not used yet."""
    current = str((parent.info.dataset or {}).get("split", ""))
    possible = [kind for kind in GROUPED if not check_split_kind(catalog, kind)]
    if not possible:
        raise InputError(
            f"split-by-group cannot be used. {check_split_kind(catalog, GROUPED[0])}",
            how="Bring a split of your own to a new training.",
        )
    if possible[0] == current:
        raise InputError(
            f"split-by-group changes nothing: run {parent.info.id} was split by "
            f"{current} already.",
            how="Choose another remedy.",
        )
    return possible[0]
