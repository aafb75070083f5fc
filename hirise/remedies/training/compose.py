"""Several training remedies as one changed recipe; those that fight are refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from hirise.errors import InputError, nearest, shown
from hirise.recipes import Recipe, recipe_named, to_dict, with_settings
from hirise.remedies.training.known import TRAINING_KEYS, TRAINING_REMEDIES
from hirise.remedies.training.remedy import TrainingRemedy

_WEIGHTS = ("class-weights", "class-weights-sqrt", "effective-number")
_RAISING = (*_WEIGHTS, "balanced-batches", "logit-adjusted-loss")
_BACKBONES = ("transfer", "fine-tuning")
_OF_NETWORK = ("batch-norm", "lower-learning-rate", "warm-up", "output-bias")


def training_remedy(key: str) -> TrainingRemedy:
    """The training remedy called `key`.

    Raises
    ------
    InputError
        There is none.
    """
    for remedy in TRAINING_REMEDIES:
        if remedy.key == key:
            return remedy
    hint = nearest(key, TRAINING_KEYS)
    raise InputError(f"{shown(key)!r} is no remedy that trains again.{hint}")


def check_training_pairs(keys: Sequence[str], later: Sequence[str] = ()) -> None:
    """Refuse training remedies that fight each other, or what comes after them.

    Parameters
    ----------
    keys : sequence of str
        Of training remedies.
    later : sequence of str
        Of remedies without training, applied to the new run.
    """
    for first, second in combinations(keys, 2):
        reason = "once is enough" if first == second else _why_not({first, second})
        if reason:
            raise InputError(f"{first} with {second} makes no sense: {reason}.")
    raising = [key for key in keys if key in _RAISING]
    if raising and "prior-shift" in later:
        raise InputError(
            f"{raising[0]} with prior-shift makes no sense: the network no longer "
            "follows the class shares of training, which prior-shift divides by."
        )


def _why_not(pair: set[str]) -> str:
    if pair <= set(_RAISING):
        return "both raise the rare classes, the second on top of the first"
    if pair == {"focal-loss", "logit-adjusted-loss"}:
        return "a training has one loss"
    if pair == {"output-bias", "balanced-batches"}:
        return "in balanced batches all classes are equally frequent"
    if pair == {"output-bias", "logit-adjusted-loss"}:
        return "the loss adds the logarithm of the shares itself"
    if pair == {"label-smoothing", "logit-adjusted-loss"}:
        return "the loss would lift the smoothed shares of rare classes once more"
    if pair == {"early-stopping", "select-by-macro-f1"}:
        return "early stopping keeps the best epoch by macro-F1 already"
    if pair == set(_BACKBONES):
        return "fine-tuning begins with what transfer does"
    if pair & set(_BACKBONES) and pair & set(_OF_NETWORK):
        return "another network with settings of its own takes the place of this one"
    return ""


def changed_recipe(
    recipe: Recipe,
    remedies: Sequence[TrainingRemedy],
    extra: Mapping[str, str] | None = None,
) -> Recipe:
    """`recipe` after the remedies, then `extra` settings.

    Raises
    ------
    InputError
        A remedy that changes nothing, or settings that do not go together.
    """
    for remedy in sorted(remedies, key=lambda one: not one.base):
        base = recipe_named(remedy.base) if remedy.base else recipe
        changed = with_settings(base, remedy.change(base))
        if not remedy.data and to_dict(changed) == to_dict(recipe):
            raise InputError(
                f"{remedy.key} changes nothing: the run was trained so already. Choose "
                "another remedy."
            )
        recipe = changed
    return with_settings(recipe, extra or {})


def changes_between(before: Recipe, after: Recipe) -> dict[str, str]:
    """Settings that differ, each as "from to", by name."""
    one, two = to_dict(before), to_dict(after)
    return {k: f"{_text(one[k])} → {_text(two[k])}" for k in one if one[k] != two[k]}


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
