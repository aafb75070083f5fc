"""What of a run is needed to train it again in another way, and whether it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hirise.errors import InputError
from hirise.recipes import Recipe, from_dict, recipe_named
from hirise.remedies.training.compose import changed_recipe, training_remedy
from hirise.runs import Run

_REPLAYED = "replay-"
_OF_REPLAY = ("batch_size", "dropout", "dense", "learning_rate", "epochs")


def recipe_of(run: Run) -> Recipe:
    """The recipe that `run` was trained with; that of a replay is the blog's network.

    Raises
    ------
    InputError
        If the run was not trained by hirise.
    """
    kept = run.info.recipe or {}
    if "filters" in kept:
        return from_dict(kept)
    name = str(kept.get("name", ""))
    if name.startswith(_REPLAYED):
        values = {key: kept[key] for key in _OF_REPLAY if key in kept}
        blog = recipe_named("blog")
        return from_dict({"name": name, "network": blog.network, **values})
    raise InputError(
        f"Run {run.info.id} cannot be trained again: its recipe is not known, as it "
        "was not trained by `hirise train`. Cure it with a remedy that needs no "
        "training, or train a recipe with hirise train."
    )


def check_sides_kept(run: Run) -> None:
    """Refuse a run that does not keep which images it was trained on.

    Raises
    ------
    InputError
        If so: a new training could not be compared with it.
    """
    kept = run.catalog()
    if kept is None or "split" not in kept or not (kept["split"] == "train").any():
        raise InputError(
            f"Run {run.info.id} does not keep which images it was trained on, so a "
            "new training could not be compared with it. Train anew with hirise train."
        )


def data_of(run: Run, data: Path | None = None) -> Path:
    """Where the images of `run` are.

    Raises
    ------
    InputError
        If they are not there.
    """
    folder = run.dataset_path if data is None else data
    if folder is None or not folder.exists():
        where = f" ({folder})" if folder is not None else ""
        raise InputError(
            f"The images of run {run.info.id} are not here{where}; say with --data DIR "
            "where they are."
        )
    return folder


def why_not_trained_again(
    run: Run,
    keys: Sequence[str],
    *,
    data: Path | None = None,
    leave_out: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
) -> str:
    """Why these remedies cannot train `run` again, as far as that is quickly seen."""
    try:
        remedies = [training_remedy(key) for key in keys]
        changed_recipe(recipe_of(run), remedies, settings)
        check_left_out(run, keys, leave_out)
        data_of(run, data)
    except InputError as error:
        return str(error)
    return ""


def check_left_out(run: Run, keys: Sequence[str], leave_out: Sequence[str]) -> None:
    """Refuse a class left out without the remedy, and the remedy without a class."""
    if leave_out and "leave-class-out" not in keys:
        raise InputError(
            "--leave-out belongs to leave-class-out; add --remedy leave-class-out."
        )
    if "leave-class-out" in keys and not leave_out:
        names = ", ".join(run.info.class_names)
        raise InputError(
            f"leave-class-out needs a class: give --leave-out NAME, one of {names}."
        )
