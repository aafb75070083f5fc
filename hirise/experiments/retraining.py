"""The recipe of a run, trained briefly with one thing changed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from hirise.diagnosis.causes.experiment import Experiment
from hirise.diagnosis.wording import capitalised
from hirise.errors import InputError
from hirise.experiments.brief import (
    Skill,
    brief_seconds,
    brief_skill,
    is_revived,
    kept_kappa,
    outcome_of,
    own_skill,
    plain_skill,
    require_power,
    start_seconds,
)
from hirise.experiments.materials import Materials, Observation

if TYPE_CHECKING:
    from hirise.training.trials import Trial

RESUME_STEPS = 200
"""Batches of a training that goes on, at least."""
MEMORISED, STUCK = 0.9, 0.6
"""Accuracy on a few images that are memorised, and below which they never will be."""
FEW = 50
MEMORISE_STEPS = 300
MEMORISE_SECONDS = 45.0
LOWER, HIGHER = (0.1, 0.01, 0.001), (10.0, 100.0, 1000.0)
RISES, RISES_FAR = 0.05, 0.2
MOST_RATE, LEAST_RATE = 10.0, 1e-8
FALLS = 0.05
REVIVED = "revives"
FEWEST_IMAGES = 10


def memorise(materials: Materials) -> Observation:
    """Fit a few images until they are memorised."""
    laboratory = materials.laboratory
    accuracy, steps = laboratory.memorise(
        FEW, steps=MEMORISE_STEPS, seconds=MEMORISE_SECONDS
    )
    if accuracy < MEMORISED and accuracy >= STUCK and steps < MEMORISE_STEPS:
        raise InputError(
            f"The time sufficed for {steps} steps, after which {accuracy:.0%} of the "
            "images are predicted correctly: neither memorised nor stuck."
        )
    n = min(FEW, len(laboratory.rows("train")))
    return Observation(
        "memorised" if accuracy >= MEMORISED else "not",
        f"After {steps} steps {accuracy:.0%} of {n} images are predicted correctly.",
        {"accuracy": accuracy, "steps": steps},
    )


def lower_rate(materials: Materials) -> Observation:
    """A tenth, a hundredth and a thousandth of the learning rate."""
    return _other_rates(materials, LOWER)


def higher_rate(materials: Materials) -> Observation:
    """Ten, a hundred and a thousand times the learning rate."""
    return _other_rates(materials, HIGHER)


def _other_rates(materials: Materials, factors: tuple[float, ...]) -> Observation:
    """The first factor of the learning rate with which the network learns."""
    rate = materials.laboratory.plan.recipe.learning_rate
    plain, own = plain_skill(materials), own_skill(materials)
    told = [f"{rate:g}: {plain}"]
    outcome, best = "same", plain
    for factor in factors:
        changed = float(f"{rate * factor:.6g}")
        if not LEAST_RATE <= changed <= MOST_RATE:
            break
        skill = brief_skill(materials, {"learning_rate": changed})
        told.append(f"{changed:g}: {skill}")
        best = max(best, skill, key=lambda one: (one.auc, one.spread))
        outcome = outcome_of(skill, plain, own)
        if outcome != "same":
            break
        if is_revived(skill, plain):
            outcome, best = REVIVED, skill
            break
        require_power(materials, skill)
    if outcome == REVIVED and factors is not LOWER:
        outcome = "same"
    return Observation(
        outcome,
        f"By learning rate, {_measured(plain)}: {'; '.join(told)}.",
        {
            "kappa_as_it_is": plain.both,
            "kappa_changed": best.both,
            "auc_as_it_is": plain.auc,
            "auc_changed": best.auc,
            "spread_as_it_is": _known(plain.spread),
            "spread_changed": _known(best.spread),
        },
    )


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _measured(plain: Skill) -> str:
    """On what, and after how many steps."""
    if not plain.steps:
        return f"first that of the run itself on {plain.n:,} validation images"
    return (
        f"after {plain.steps} steps on {plain.n:,} training and validation images "
        "(AUC on validation images)"
    )


def without_augmentation(materials: Materials) -> Observation:
    """The recipe without augmentation."""
    return _changed(materials, {"augment": "none"}, "without augmentation")


def without_dropout(materials: Materials) -> Observation:
    """The recipe without dropout."""
    return _changed(materials, {"dropout": 0.0}, "without dropout")


def without_regularisation(materials: Materials) -> Observation:
    """The recipe without weight decay and label smoothing."""
    changes = {"weight_decay": 0.0, "label_smoothing": 0.0}
    return _changed(materials, changes, "without regularisation")


def standardised_input(materials: Materials) -> Observation:
    """The recipe with pixels brought to a usual mean and spread."""
    return _changed(materials, {}, "with standardised input", standardised=True)


def _changed(
    materials: Materials, changes: dict[str, Any], told: str, **how: Any
) -> Observation:
    plain, own = plain_skill(materials), own_skill(materials)
    skill = brief_skill(materials, changes, **how)
    outcome = outcome_of(skill, plain, own)
    if outcome == "same":
        require_power(materials, skill)
        if not plain.steps and plain.kappa > skill.kappa:
            # The run trained for longer: only the same time would compare.
            plain = brief_skill(materials, {})
            materials.kept["plain"] = plain
            outcome = outcome_of(skill, plain, None)
    measured = _measured(plain)
    return Observation(
        outcome,
        f"{capitalised(measured)}: as it is {plain}; {told} {skill}.",
        {
            "kappa_as_it_is": plain.both,
            "kappa_changed": skill.both,
            "auc_as_it_is": plain.auc,
            "auc_changed": skill.auc,
        },
    )


def resume(materials: Materials) -> Observation:
    """Train on for as many epochs again."""
    laboratory = materials.laboratory
    recipe = laboratory.plan.recipe
    least = -(-RESUME_STEPS // laboratory.steps_per_epoch())
    epochs = max(materials.run.info.epoch or recipe.epochs, least)
    before, network = kept_kappa(materials), laboratory.saved_network()
    if before is None:
        raise InputError("The run has no predictions of its validation images.")
    # The kept predictions may be wrong for another reason than the epochs.
    before = max(before, laboratory.measured(network).kappa)
    trial = laboratory.trial(
        {"schedule": "constant", "patience": 0},
        epochs=epochs,
        seconds=600.0,
        network=network,
        step="Training on",
    )
    needed = before + max(RISES, 1 / math.sqrt(len(trial.truth)))
    outcome = "rises" if trial.kappa >= needed else "stays"
    if trial.kappa >= before + RISES_FAR:
        outcome = "far"
    return Observation(
        outcome,
        f"After {epochs} more epochs Cohen's kappa on {len(trial.truth):,} validation "
        f"images goes from {before:.2f} to {trial.kappa:.2f}. At least "
        f"{needed:.2f} counts as a rise.",
        {"kappa_before": before, "kappa_after": trial.kappa, "epochs": epochs},
    )


def half_images(materials: Materials) -> Observation:
    """Train once with all images, and once with half of those of a class."""
    laboratory = materials.laboratory
    label = _most_missed(materials)
    name = laboratory.plan.catalog.class_names[label]
    rows = laboratory.rows("train")
    own = rows[laboratory.labels[rows] == label]
    dropped = np.random.default_rng(0).permutation(own)[: len(own) // 2]
    recipe, epochs = laboratory.plan.recipe, laboratory.plan.recipe.epochs
    full, half = (
        laboratory.trial(
            {"schedule": recipe.schedule}, epochs=epochs, seconds=300.0, rows=used
        )
        for used in (rows, np.setdiff1d(rows, dropped))
    )
    before, after = (_ranking(trial, label) for trial in (full, half))
    n = int((full.truth == label).sum())
    margin = max(FALLS, 0.5 / math.sqrt(n))
    return Observation(
        "falls" if before - after >= margin else "holds",
        f"The area under the ROC curve of '{name}' ({n} validation images) is "
        f"{before:.2f} with {len(own)} training images of it, and {after:.2f} with "
        f"{len(own) - len(dropped)}.",
        {"class_name": name, "auc_all": before, "auc_half": after},
    )


def _most_missed(materials: Materials) -> int:
    """The class with the lowest recall that has images to measure and to leave out."""
    laboratory, truth = materials.laboratory, materials.truth
    rows = laboratory.rows("train")
    trained = np.bincount(laboratory.labels[rows], minlength=materials.n_classes)
    support = np.bincount(truth, minlength=materials.n_classes)
    hits = np.bincount(
        truth[materials.predictions.y_pred == truth], minlength=materials.n_classes
    )
    usable = (support >= FEWEST_IMAGES) & (trained >= 4)
    if not usable.any():
        raise InputError("No class has images enough to leave half of them out.")
    recall = np.where(usable, hits / np.maximum(support, 1), np.inf)
    return int(recall.argmin())


def _ranking(trial: Trial, label: int) -> float:
    """The probability that an image of a class ranks above one of the others."""
    logits = trial.scores - trial.scores.max(axis=1, keepdims=True)
    score = logits[:, label] - np.log(np.exp(logits).sum(axis=1))
    own, others = score[trial.truth == label], score[trial.truth != label]
    wins = (own[:, None] > others[None]).mean()
    return float(wins + 0.5 * (own[:, None] == others[None]).mean())


def memorise_seconds(materials: Materials, experiment: Experiment) -> float:
    """Of fitting a few images."""
    brief = brief_seconds(materials)
    return start_seconds(materials) + min(MEMORISE_SECONDS, 5 + brief)


def whole_seconds(materials: Materials, experiment: Experiment) -> float:
    """Of one training as long as that of the run, or of two."""
    each, epochs = materials.seconds_per_epoch, len(materials.evidence.history)
    if not math.isfinite(each) or not epochs:
        return experiment.seconds
    n_trainings = 2 if experiment.key == "half-images" else 1
    return start_seconds(materials) + 3 + n_trainings * epochs * each


def refuse_setting(materials: Materials, name: str, neutral: object) -> str:
    """Why leaving a setting out would change nothing; "" if it would."""
    recipe = materials.run.info.recipe or {}
    if recipe.get(name, neutral) in (neutral, 0, 0.0, "none", None):
        return f"The recipe has no {name.replace('_', ' ')}."
    return ""


def refuse_augmentation(materials: Materials) -> str:
    """Why there is no augmentation to leave out."""
    return refuse_setting(materials, "augment", "none")


def refuse_dropout(materials: Materials) -> str:
    """Why there is no dropout to leave out."""
    return refuse_setting(materials, "dropout", 0.0)


def refuse_regularisation(materials: Materials) -> str:
    """Why there is no regularisation to leave out."""
    decay = refuse_setting(materials, "weight_decay", 0.0)
    smoothing = refuse_setting(materials, "label_smoothing", 0.0)
    return decay if decay and smoothing else ""


def refuse_resume(materials: Materials) -> str:
    """Why a run cannot train on."""
    if (materials.run.info.recipe or {}).get("trainable") == "head":
        return "Only the last layer was trained."
    if kept_kappa(materials) is None:
        return "The evaluated images are not those of validation."
    has = (materials.run.folder / "model.keras").is_file()
    return "" if has else "The run keeps no network that could train on."
