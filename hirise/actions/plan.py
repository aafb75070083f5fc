"""Say what a training or a cure would be, before it starts."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

from hirise.actions import resolve_run
from hirise.actions.cure import CureRequest
from hirise.actions.train import Settings, as_text
from hirise.models.backbone_names import APPLICATIONS, check_backbone, is_downloaded
from hirise.progress import Progress
from hirise.recipes import (
    Recipe,
    estimated_minutes,
    recipe_named,
    to_dict,
    with_settings,
)
from hirise.remedies import TRAINING_KEYS, select_remedies
from hirise.remedies.retraining import recipe_of, retraining_refusal
from hirise.remedies.training_remedies import changed_recipe, changes_between

FORMAT = 1


@dataclass(frozen=True)
class PlanRequest:
    """A training to be planned.

    Attributes
    ----------
    recipe : str
        See `hirise.recipes.RECIPES`.
    settings : dict
        Settings of the recipe that differ.
    remedies : tuple of str
        Keys of remedies that train, which change settings too.
    """

    recipe: str
    _: KW_ONLY
    settings: Settings = field(default_factory=dict)
    remedies: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainingPlan:
    """What a training would be.

    Attributes
    ----------
    base, recipe : Recipe
        Without the remedies and with them.
    """

    base: Recipe
    recipe: Recipe

    @property
    def settings(self) -> dict[str, Any]:
        """Every setting by its name."""
        return to_dict(self.recipe)

    @property
    def changes(self) -> dict[str, str]:
        """What the remedies change, each as "before → after", by name."""
        return changes_between(self.base, self.recipe)

    @property
    def downloads(self) -> bool:
        """Whether Keras would download the weights of the backbone first."""
        backbone = self.recipe.backbone
        return backbone in APPLICATIONS and not is_downloaded(backbone)

    def minutes(self, n_images: int) -> float | None:
        """About how long it takes on two CPU cores; None if never measured."""
        return estimated_minutes(self.recipe, n_images)

    def to_dict(self, n_images: int | None = None) -> dict[str, Any]:
        """The document that `hirise train --plan --json` prints."""
        return {
            "format": FORMAT,
            "recipe": self.recipe.name,
            "settings": self.settings,
            "changes": self.changes,
            "downloads": self.downloads,
            "n_images": n_images,
            "minutes": None if n_images is None else self.minutes(n_images),
        }


@dataclass(frozen=True)
class CurePlan:
    """What a cure would be.

    Attributes
    ----------
    remedies : tuple of str
        In the order in which they go together.
    training : TrainingPlan, optional
        None where no remedy trains the recipe of the run again.
    """

    remedies: tuple[str, ...]
    training: TrainingPlan | None = None

    def to_dict(self) -> dict[str, Any]:
        """The document that `hirise cure --plan --json` prints for remedies."""
        training = None if self.training is None else self.training.to_dict()
        return {
            "format": FORMAT,
            "remedies": list(self.remedies),
            "training": training,
        }


def plan_training(
    request: PlanRequest, *, progress: Progress | None = None
) -> TrainingPlan:
    """Say which settings a recipe has with remedies, and how long it takes.

    Raises
    ------
    InputError
        If recipe, a setting or the backbone cannot be used, a remedy changes nothing,
        or remedies do not go together.

    Examples
    --------
    >>> plan = plan_training(PlanRequest("blog", remedies=("more-epochs",)))
    >>> plan.changes, round(plan.minutes(6_004), 1)
    ({'epochs': '5 → 15'}, 11.1)
    """
    base = with_settings(recipe_named(request.recipe), as_text(request.settings))
    chosen = select_remedies(request.remedies).training if request.remedies else ()
    recipe = changed_recipe(base, chosen)
    if recipe.backbone:
        check_backbone(recipe.backbone)
    return TrainingPlan(base, recipe)


def plan_cure(request: CureRequest, *, progress: Progress | None = None) -> CurePlan:
    """Say in which order remedies go together, and what they would train.

    Raises
    ------
    InputError
        If there is no such run, the remedies do not go together, or one that trains
        cannot train this run again.

    Examples
    --------
    >>> plan_cure(CureRequest("my-run", remedies=("thresholds", "reorder-classes")))
    CurePlan(remedies=('reorder-classes', 'thresholds'), training=None)
    """
    order = request.order
    trained = [key for key in order if key in TRAINING_KEYS]
    if not trained:
        return CurePlan(order)
    run, settings = resolve_run(request.run, request.artifacts), request.settings
    refusal = retraining_refusal(
        run,
        trained,
        data=None if request.data is None else Path(request.data),
        leave_out=request.leave_out,
        settings=as_text(settings),
    )
    if refusal is not None:
        raise refusal.error()
    base, remedies = recipe_of(run), select_remedies(trained).training
    recipe = changed_recipe(base, remedies, as_text(settings))
    return CurePlan(order, TrainingPlan(base, recipe))
