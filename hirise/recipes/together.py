"""Settings of a recipe that do not go together, each pair with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hirise.recipes.recipe import Recipe


def why_not_together(recipe: Recipe) -> str:
    """Why the settings of `recipe` contradict each other, or ""."""
    if recipe.network == "backbone" or recipe.backbone or recipe.trainable == "head":
        reason = _why_not_transfer(recipe)
        if reason:
            return reason
    smallest = 2 ** len(recipe.filters)
    if recipe.network != "backbone" and recipe.image_size < smallest:
        return (
            f"Setting 'image_size' is {recipe.image_size}, but {len(recipe.filters)} "
            f"stages ('filters') halve it to nothing; use {smallest} or more."
        )
    if recipe.patience and recipe.select_by == "last":
        return (
            "Setting 'patience' needs 'select_by' to be accuracy or macro_f1, got last."
        )
    used = [text for text in _PAIRED if _is_used(recipe, text)]
    for (first, second), reason in _SENSELESS.items():
        if first in used and second in used:
            return f"Settings '{first}' and '{second}' do not go together: {reason}."
    return ""


def _why_not_transfer(recipe: Recipe) -> str:
    if recipe.network != "backbone":
        return (
            f"Settings 'backbone' and 'trainable' belong to the network backbone, not "
            f"to {recipe.network}. Set network=backbone, or use the recipe probe."
        )
    if not recipe.backbone:
        return (
            "Setting 'backbone' is empty, but the network backbone needs one: a name "
            "of keras.applications or a .keras file."
        )
    if recipe.batch_norm:
        return "Setting 'batch_norm' has no part in a backbone, which has its own."
    if recipe.trainable == "head" and recipe.augment != "none":
        return (
            "Setting 'augment' needs trainable=all: the features of a frozen backbone "
            "are computed once, from the images as they are."
        )
    return ""


def _is_used(recipe: Recipe, text: str) -> bool:
    key, _, value = text.partition("=")
    found = getattr(recipe, key)
    return found == value if value else found not in ("none", False, 0.0)


_BALANCED = "balanced_batches"
_WEIGHTS = "class_weights"
_BIAS = "output_bias=log-shares"
_ADJUSTED = "loss=logit-adjusted"
_SMOOTHED = "label_smoothing"
_PAIRED = (_BALANCED, _WEIGHTS, _BIAS, _ADJUSTED, _SMOOTHED)

_SENSELESS = {
    (_BALANCED, _WEIGHTS): (
        "balanced batches show each class equally often, so weights would raise the "
        "rare ones a second time; choose one"
    ),
    (_BALANCED, _BIAS): (
        "in balanced batches all classes are equally frequent, so a bias from the "
        "shares starts at the wrong place; leave 'output_bias' at zero"
    ),
    (_BALANCED, _ADJUSTED): (
        "the loss corrects for shares that balanced batches have taken away; choose one"
    ),
    (_WEIGHTS, _ADJUSTED): (
        "both raise the rare classes, the second on top of the first; choose one"
    ),
    (_BIAS, _ADJUSTED): (
        "the loss adds the logarithm of the shares itself, and a bias would count it "
        "twice; leave 'output_bias' at zero"
    ),
    (_ADJUSTED, _SMOOTHED): (
        "the share that smoothing gives to each rare class is lifted by the loss once "
        "more, until hardly anything else is answered; set label_smoothing=0"
    ),
}
