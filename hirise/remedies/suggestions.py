"""Remedies that a diagnosis recommends, and what each would do to the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from hirise.diagnosis import Diagnosis, Evidence
from hirise.errors import InputError, Refusal
from hirise.recipes import Recipe
from hirise.remedies.mislabelled import lost_class
from hirise.remedies.registry import PREDICTION_REMEDIES
from hirise.remedies.remedy import FitData, PredictionRemedy
from hirise.remedies.retraining import count_repairs, recipe_of, trained_splits
from hirise.remedies.thresholds import PREVIEW_WORK, Thresholds
from hirise.remedies.training_remedies import (
    TRAINING_REMEDIES,
    TrainingRemedy,
    changed_recipe,
    changes_between,
)
from hirise.remedies.weights import (
    BALANCED_HEAD,
    EARLIER_CHECKPOINT,
    REESTIMATED,
    REPREDICTED,
    check_head,
    check_model,
    check_normalisation,
    earlier_epoch,
)
from hirise.runs import Run


@dataclass(frozen=True)
class Suggestion:
    """A recommended remedy.

    Attributes
    ----------
    key : str
    because : tuple of str
        What recommends it: titles of causes, codes of checks.
    """

    key: str
    because: tuple[str, ...]


def suggest_remedies(diagnosis: Diagnosis) -> tuple[Suggestion, ...]:
    """Recommended remedies: those of the likeliest cause first, then by finding.

    Examples
    --------
    >>> from hirise.diagnosis import diagnose
    >>> truth = ["a", "a", "b"] * 20
    >>> diagnosis = diagnose({"y_true": truth, "y_pred": ["a"] * 60})
    >>> [suggestion.key for suggestion in suggest_remedies(diagnosis)][:2]
    ['logit-adjustment', 'class-weights']
    """
    because: dict[str, list[str]] = {}
    for cause in diagnosis.causes:
        for key in cause.remedies:
            because.setdefault(key, []).append(cause.title)
    for finding in diagnosis.findings:
        for key in finding.remedies:
            because.setdefault(key, []).append(finding.code)
    return tuple(
        Suggestion(key, tuple(dict.fromkeys(names))) for key, names in because.items()
    )


@dataclass(frozen=True)
class Preview:
    """A remedy on a run: what it would choose or change there, or why it cannot work.

    Attributes
    ----------
    key : str
    effect : str, optional
        None where the remedy works and choosing would take long.
    refusal : Refusal, optional
        None where it works.
    """

    key: str
    effect: str | None = None
    refusal: Refusal | None = None

    @property
    def works(self) -> bool:
        """Whether the remedy can be applied."""
        return self.refusal is None


def preview_remedies(data: FitData) -> dict[str, Preview]:
    """Each remedy without training, by its key, with the parameters it would choose.

    Examples
    --------
    >>> import numpy as np
    >>> from hirise.predictions import Predictions
    >>> labels_only = Predictions(np.zeros(40, int), ("a", "b"))
    >>> previews = preview_remedies(FitData(labels_only))
    >>> previews["logit-adjustment"].works
    False
    """
    return {remedy.key: _of_predictions(remedy, data) for remedy in PREDICTION_REMEDIES}


def preview_remedy(key: str, data: FitData) -> Preview:
    """One remedy without training, by its key."""
    remedy = next(remedy for remedy in PREDICTION_REMEDIES if remedy.key == key)
    return _of_predictions(remedy, data)


def _of_predictions(remedy: type[PredictionRemedy], data: FitData) -> Preview:
    return _preview(remedy.key, partial(_choice, remedy(), data))


def preview_training_remedies(run: Run, evidence: Evidence) -> dict[str, Preview]:
    """Each remedy that needs the network or the images, by its key.

    Whether the images are here is not checked: people can say where they are.
    """
    previews = {
        remedy.key: _preview(remedy.key, partial(effect, run))
        for remedy, effect in (
            (EARLIER_CHECKPOINT, _other_epoch),
            (BALANCED_HEAD, check_head),
            (REESTIMATED, check_normalisation),
            (REPREDICTED, check_model),
        )
    }
    try:
        recipe = recipe_of(run)
        trained_splits(run)
    except InputError as error:
        keys = [remedy.key for remedy in TRAINING_REMEDIES]
        return previews | {key: Preview(key, refusal=error.refusal) for key in keys}
    return previews | {
        remedy.key: _preview(
            remedy.key, partial(_change, remedy, recipe, run, evidence)
        )
        for remedy in TRAINING_REMEDIES
    }


def _preview(key: str, effect: Callable[[], str | None]) -> Preview:
    try:
        return Preview(key, effect())
    except InputError as error:
        return Preview(key, refusal=error.refusal)


def _other_epoch(run: Run) -> str:
    return f"epoch {earlier_epoch(run)} instead of epoch {run.info.epoch}."


def _choice(remedy: PredictionRemedy, data: FitData) -> str | None:
    val = data.whole().val
    work = 0 if val is None else len(val) * len(data.target.class_names) ** 2
    if isinstance(remedy, Thresholds) and work > PREVIEW_WORK:
        return None
    return remedy.fit_whole(data).sentence


def _change(
    remedy: TrainingRemedy, recipe: Recipe, run: Run, evidence: Evidence
) -> str | None:
    changed = changed_recipe(recipe, [remedy])
    if remedy.base:
        return f"recipe {changed.name} instead of {recipe.name}."
    split = (run.info.dataset or {}).get("split")
    if remedy.data == "split" and split == "observation":
        raise InputError(
            "It changes nothing: the run was split by observation already."
        )
    if remedy.data == "class labels":
        found = lost_class(run)
        return f"training images labelled '{found.other}' that are '{found.name}'."
    if remedy.data == "labels" and evidence.labels is not None:
        n_repairs, n_labels = count_repairs(evidence.labels.tables)
        if n_labels and not n_repairs:
            raise InputError(
                "There is nothing to repair: the run was trained and evaluated with "
                f"the labels of the catalog ({n_labels:,} compared)."
            )
        return f"{n_repairs:,} of {n_labels:,} labels." if n_repairs else None
    changes = changes_between(recipe, changed)
    listed = "; ".join(f"{k.replace('_', ' ')} {v}" for k, v in changes.items())
    return listed or None
