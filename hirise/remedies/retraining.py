"""Whether a run can be trained again: its recipe, its splits and its images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hirise.diagnosis.labels import LabelTables
from hirise.errors import InputError, Refusal, parameter
from hirise.recipes import Recipe, from_dict, recipe_named
from hirise.remedies.chain import select_remedies
from hirise.remedies.training_remedies import changed_recipe
from hirise.runs import Run

LEAVE_OUT = "leave-class-out"

_REPLAYED = "replay-"
_OF_REPLAY = ("batch_size", "dropout", "dense", "learning_rate", "epochs")


def recipe_of(run: Run) -> Recipe:
    """The recipe that `run` was trained with; that of a replay is the blog's network.

    Raises
    ------
    InputError
        If the run was not trained by hirise.
    """
    recipe = run.info.recipe or {}
    if "filters" in recipe:
        return from_dict(recipe)
    name = str(recipe.get("name", ""))
    if name.startswith(_REPLAYED):
        values = {key: recipe[key] for key in _OF_REPLAY if key in recipe}
        network = recipe_named("blog").network
        return from_dict({"name": name, "network": network, **values})
    raise InputError(
        f"Run {run.info.id} cannot be retrained: its recipe is not known, as it "
        "was not trained by `hirise train`.",
        how="Cure it with a remedy that needs no training, or train a recipe with "
        "hirise train.",
    )


def trained_splits(run: Run) -> dict[str, str]:
    """The split of each image that `run` was trained and evaluated on, by its name.

    Raises
    ------
    InputError
        If the run does not record which images it was trained on.
    """
    table = run.catalog()
    if table is None or "split" not in table or not (table["split"] == "train").any():
        raise InputError(
            f"Run {run.info.id} does not record which images it was trained on, so a "
            "new training could not be compared with it.",
            how="Retrain with `hirise train`.",
        )
    used = table[table["split"] != ""]
    return dict(zip(used["image"], used["split"], strict=True))


def images_of(run: Run, data: Path | None = None) -> Path:
    """The folder of the images of `run`; `data` where they moved.

    Raises
    ------
    InputError
        If they are not there.
    """
    folder = run.dataset_path if data is None else data
    if folder is None or not folder.exists():
        place = f" ({folder})" if folder is not None else ""
        raise InputError(
            f"The images of run {run.info.id} are not here{place}.",
            how=f"Say with {parameter('data', 'DIR')} where they are.",
        )
    return folder


def retraining_refusal(
    run: Run,
    keys: Sequence[str],
    *,
    data: Path | None = None,
    leave_out: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
) -> Refusal | None:
    """Why these remedies cannot train `run` again, as far as that is quickly seen."""
    try:
        changed_recipe(recipe_of(run), select_remedies(keys).training, settings)
        check_left_out(run, keys, leave_out)
        images_of(run, data)
    except InputError as error:
        return error.refusal
    return None


def check_left_out(run: Run, keys: Sequence[str], leave_out: Sequence[str]) -> None:
    """Refuse a class left out without the remedy, and the remedy without a class."""
    if leave_out and LEAVE_OUT not in keys:
        raise InputError(
            f"{parameter('leave_out')} belongs to {LEAVE_OUT}.",
            how=f"Add {parameter('remedies', LEAVE_OUT)}.",
        )
    if LEAVE_OUT in keys and not leave_out:
        names = ", ".join(run.info.class_names)
        raise InputError(
            f"{LEAVE_OUT} needs a class.",
            how=f"Give {parameter('leave_out', 'NAME')}, one of {names}.",
        )


def count_repairs(tables: LabelTables) -> tuple[int, int]:
    """Labels that are not those of the catalog, and labels that are compared."""
    known = tables.seen[tables.seen["right"] >= 0]
    return int((known["label"] != known["right"]).sum()), len(known)
