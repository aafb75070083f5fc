"""What a remedy is that trains again: settings of the recipe, or other data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from hirise.recipes import Recipe
from hirise.remedies.remedy import Redo

Data = Literal["", "split", "labels", "classes"]


def no_settings(recipe: Recipe) -> Mapping[str, str]:
    """Nothing of the recipe is changed."""
    return {}


@dataclass(frozen=True)
class TrainingRemedy:
    """A cure that needs a training.

    Attributes
    ----------
    key, title : str
        `title` is a noun phrase.
    redo : {"training", "labelling"}
        `labelling` also changes the data, or what is made of them.
    source : str
        Paper, with its arXiv id if it has one.
    effect, cost : str
        What to expect, and what it takes.
    change : function
        Settings of the recipe -> those that change, as `with_settings` takes them.
    base : str
        The recipe that takes the place of the run's own; "" for none.
    data : {"", "split", "labels", "classes"}
        What is changed of the data.
    """

    key: str
    title: str
    redo: Redo
    source: str
    effect: str
    cost: str = "as long as the training before"
    change: Callable[[Recipe], Mapping[str, str]] = no_settings
    base: str = ""
    data: Data = ""
