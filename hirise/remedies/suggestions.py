"""What each remedy would do to a run, before it is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from hirise.diagnosis import Diagnosis, Evidence
from hirise.errors import InputError, parameter
from hirise.recipes import Recipe, from_dict, recipe_named
from hirise.remedies.chain import REMEDIES, REMEDY_KEYS, check_pairs
from hirise.remedies.other_weights import (
    ALONE_KEYS,
    BalancedHead,
    EarlierCheckpoint,
    check_alone,
    check_head,
    earlier_epoch,
)
from hirise.remedies.remedy import Ground, Remedy
from hirise.remedies.retraining import (
    TRAINING_KEYS,
    TRAINING_REMEDIES,
    TrainingRemedy,
    changed_recipe,
    changes_between,
    check_training_pairs,
    training_remedy,
)
from hirise.remedies.thresholds import LOOK_WORK, Thresholds
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
            f"The images of run {run.info.id} are not here{where}; say with "
            f"{parameter('data', 'DIR')} where they are."
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
            f"{parameter('leave_out')} belongs to leave-class-out; add "
            f"{parameter('remedies', 'leave-class-out')}."
        )
    if "leave-class-out" in keys and not leave_out:
        names = ", ".join(run.info.class_names)
        raise InputError(
            f"leave-class-out needs a class: give "
            f"{parameter('leave_out', 'NAME')}, one of {names}."
        )


@dataclass(frozen=True)
class Preview:
    """A remedy on a run: whether it works there, and what was chosen or why it cannot.

    `told` is "" where the remedy works and choosing would take long.
    """

    key: str
    works: bool
    told: str


@dataclass(frozen=True)
class Suggestion:
    """A remedy that causes or findings ask for, the first first.

    `because` names them: titles of causes, codes of checks.
    """

    key: str
    because: tuple[str, ...]


def previews(ground: Ground) -> dict[str, Preview]:
    """Each remedy without training, by its key, with the parameters it would choose."""
    return {remedy.key: _preview(remedy(), ground) for remedy in REMEDIES}


def _preview(remedy: Remedy, ground: Ground) -> Preview:
    n_classes, val = len(ground.target.class_names), ground.val
    work = 0 if val is None else len(val) * n_classes**2
    if isinstance(remedy, Thresholds) and work > LOOK_WORK:
        return Preview(remedy.key, True, "")
    try:
        return Preview(remedy.key, True, remedy.fit(ground).told)
    except InputError as error:
        return Preview(remedy.key, False, str(error))


def image_previews(run: Run, evidence: Evidence) -> dict[str, Preview]:
    """Each remedy that needs the images, by its key: what it would change, or why not.

    Whether the images are here is not looked at: people can say where they are.
    """
    try:
        found = {EarlierCheckpoint.key: _earlier(run)}
    except InputError as error:
        key = EarlierCheckpoint.key
        found = {key: Preview(key, False, str(error))}
    try:
        check_head(run)
        found[BalancedHead.key] = Preview(BalancedHead.key, True, "")
    except InputError as error:
        found[BalancedHead.key] = Preview(BalancedHead.key, False, str(error))
    try:
        recipe = recipe_of(run)
        check_sides_kept(run)
    except InputError as error:
        return found | {k: Preview(k, False, str(error)) for k in TRAINING_KEYS}
    for one in TRAINING_REMEDIES:
        try:
            told = _would_change(one, recipe, run, evidence)
            found[one.key] = Preview(one.key, True, told)
        except InputError as error:
            found[one.key] = Preview(one.key, False, str(error))
    return found


def _earlier(run: Run) -> Preview:
    told = f"epoch {earlier_epoch(run)} instead of epoch {run.info.epoch}."
    return Preview(EarlierCheckpoint.key, True, told)


def _would_change(
    one: TrainingRemedy, recipe: Recipe, run: Run, evidence: Evidence
) -> str:
    changed = changed_recipe(recipe, [one])
    if one.base:
        return f"recipe {changed.name} instead of {recipe.name}."
    if one.data == "split" and (run.info.dataset or {}).get("split") == "observation":
        raise InputError(
            "It changes nothing: the run was split by observation already."
        )
    if one.data == "labels" and evidence.labels is not None:
        seen = evidence.labels.tables.seen
        known = seen[seen["right"] >= 0]
        wrong = int((known["label"] != known["right"]).sum())
        if len(known) and not wrong:
            raise InputError(
                "There is nothing to repair: the run was trained and judged with the "
                f"catalog's labels ({len(known):,} compared)."
            )
        return f"{wrong:,} of {len(known):,} labels." if wrong else ""
    changes = changes_between(recipe, changed)
    return "; ".join(f"{k.replace('_', ' ')} {v}" for k, v in changes.items())


def suggestions(diagnosis: Diagnosis) -> tuple[Suggestion, ...]:
    """What was found asks for these remedies: those of the likeliest cause first."""
    asked: dict[str, list[str]] = {}
    for cause in diagnosis.causes:
        for key in cause.remedies:
            asked.setdefault(key, []).append(cause.title)
    for finding in diagnosis.findings:
        for key in finding.remedies:
            asked.setdefault(key, []).append(finding.code)
    return tuple(
        Suggestion(key, tuple(dict.fromkeys(names))) for key, names in asked.items()
    )


def sensible_order(keys: set[str]) -> tuple[str, ...]:
    """The order in which remedies make sense together: those that train come first.

    Raises
    ------
    InputError
        They make none in any order; the reason is that of the usual order.
    """
    check_alone(tuple(keys))
    if keys & set(ALONE_KEYS):
        return tuple(keys)
    usual = tuple(key for key in REMEDY_KEYS if key in keys)
    trained = tuple(key for key in TRAINING_KEYS if key in keys)
    check_training_pairs(trained, usual)
    return (*trained, *(_sensible(usual) if usual or not trained else ()))


def _sensible(usual: tuple[str, ...]) -> tuple[str, ...]:
    for order in (usual, *permutations(usual)):
        try:
            check_pairs(order)
        except InputError:
            continue
        return order
    check_pairs(usual)
    return usual
