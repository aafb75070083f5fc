"""Recipes: every setting of a training, as literals; no TensorFlow here."""

from hirise.recipes.known import (
    RECIPES,
    SIMULATED_SETTINGS,
    SIMULATED_SPLIT,
    estimated_minutes,
    recipe_named,
)
from hirise.recipes.recipe import SETTINGS, Recipe, from_dict, to_dict, with_settings

__all__ = [
    "RECIPES",
    "SETTINGS",
    "SIMULATED_SETTINGS",
    "SIMULATED_SPLIT",
    "Recipe",
    "estimated_minutes",
    "from_dict",
    "recipe_named",
    "to_dict",
    "with_settings",
]
