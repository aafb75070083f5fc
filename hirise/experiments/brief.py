"""Brief trainings: how long, how well they learned, and when one beats another."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints
from hirise.diagnosis.causes.experiment import Experiment
from hirise.errors import InputError
from hirise.experiments.materials import Materials
from hirise.metrics.cells import kappa_of

if TYPE_CHECKING:
    from hirise.training.trials import Trial

STEPS = 400
"""Batches of a brief training, at least two epochs of them."""
SECONDS, FEWEST_STEPS = 25.0, 60
"""After which a brief training ends early, but not before these steps are done."""
LONGEST = 150.0
"""Seconds after which it ends in any case."""
SLOW = 12.0
"""Seconds of a brief training from which the run itself stands for its recipe."""
GAIN = 0.1
"""Kappa on training and validation images that a change must gain, and two standard
errors; half of it on validation images alone."""
RANKING, RANKING_GAIN = 0.65, 0.12
"""Macro AUC on validation images that a change must reach and gain where kappa tells
nothing yet, as on imbalanced classes."""
CONSTANT, REVIVAL = 0.1, 5.0
"""Spread of log-probabilities below which an output hardly differs between images, and
how many times as large it must become, above that bound, to do so."""
FLOOR = 1e-45
FAR, FAR_RANKING = 0.3, 0.2
"""Kappa or macro AUC on validation images that a cure gains."""
FEWEST_OF_CLASS = 5
START = 8.0
"""Seconds that loading TensorFlow and the images takes."""


@dataclass(frozen=True)
class Skill:
    """How well a network predicts.

    Attributes
    ----------
    kappa, both : float
        Cohen's kappa on validation images, and with training images.
    auc : float
        Macro one-vs-rest AUC on validation images; .5 where it is not known.
    n : int
        Images of `both`.
    steps : int
        That were trained; 0 for the run itself.
    seconds : float
    spread : float
        Largest standard deviation over images of a class's log-probability on
        validation images; NaN if not known.
    """

    kappa: float
    both: float
    auc: float
    n: int
    steps: int = 0
    seconds: float = 0.0
    spread: float = math.nan

    def __str__(self) -> str:
        told = f"kappa {self.both:.2f}, AUC {self.auc:.2f}"
        if math.isfinite(self.spread):
            told += f", spread {self.spread:.2g}"
        return told


def skill_of(trial: Trial) -> Skill:
    """That of a brief training."""
    return Skill(
        kappa=trial.kappa,
        both=trial.both,
        auc=macro_auc(trial.truth, trial.scores),
        n=trial.n_both,
        steps=trial.steps,
        seconds=trial.seconds,
        spread=_spread(trial.scores),
    )


def own_skill(materials: Materials) -> Skill | None:
    """That of the run's own predictions of its validation images."""
    kappa = kept_kappa(materials)
    if kappa is None:
        return None
    proba, truth = materials.predictions.proba, materials.truth
    auc = 0.5 if proba is None else macro_auc(truth, proba)
    spread = math.nan if proba is None else _spread(np.log(np.maximum(proba, FLOOR)))
    return Skill(kappa, kappa, auc, len(truth), spread=spread)


def _spread(scores: Floats) -> float:
    return float(_log_softmax(scores).std(axis=0).max())


def _log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logs


def is_revived(changed: Skill, plain: Skill) -> bool:
    """Whether outputs that hardly differed between images now do.

    Examples
    --------
    >>> dead = Skill(kappa=0.0, both=0.0, auc=0.5, n=800, spread=1e-6)
    >>> is_revived(Skill(kappa=0.0, both=0.0, auc=0.55, n=800, spread=0.7), dead)
    True
    """
    least = max(CONSTANT, REVIVAL * plain.spread)
    return plain.spread < CONSTANT and changed.spread >= least


def kept_kappa(materials: Materials) -> float | None:
    """Cohen's kappa of the run's own predictions of its validation images."""
    if materials.evidence.predictions is None or materials.predictions.split != "val":
        return None
    predicted = materials.predictions.y_pred
    return kappa_of(materials.truth, predicted, materials.n_classes)


def macro_auc(truth: Ints, scores: Floats) -> float:
    """Mean over classes of the probability that an image of it ranks above another.

    Classes with fewer than five images, or with all of them, are left out; .5 if all
    are.

    Examples
    --------
    >>> truth = np.array([0] * 5 + [1] * 5)
    >>> scores = np.linspace(1, 0, 10)
    >>> macro_auc(truth, np.stack([scores, 1 - scores], axis=1))
    1.0
    >>> macro_auc(truth, np.ones((10, 2)))
    0.5
    """
    logs, found = _log_softmax(scores), list[float]()
    for label in range(scores.shape[1]):
        own = truth == label
        n, others = int(own.sum()), int((~own).sum())
        if n >= FEWEST_OF_CLASS and others:
            ranks = pd.Series(logs[:, label].round(6)).rank().to_numpy()
            found.append((ranks[own].sum() - n * (n + 1) / 2) / (n * others))
    return float(np.mean(found)) if found else 0.5


def is_better(changed: Skill, plain: Skill, own: Skill | None) -> bool:
    """Whether a change gains more than noise does, and beats the run itself."""
    margin = max(GAIN, 2 / math.sqrt(max(plain.n, 1)))
    kappa, auc = _best(plain, own)
    by_kappa = (
        changed.both - plain.both >= margin and changed.kappa - kappa >= margin / 2
    )
    by_ranking = (
        changed.auc >= RANKING
        and changed.auc - auc >= RANKING_GAIN
        and changed.kappa >= kappa - margin / 2
    )
    return by_kappa or by_ranking


def outcome_of(changed: Skill, plain: Skill, own: Skill | None) -> str:
    """`cures`, `learns` or `same`.

    Examples
    --------
    >>> dead = Skill(kappa=0.0, both=0.0, auc=0.5, n=800)
    >>> outcome_of(Skill(kappa=0.6, both=0.6, auc=0.9, n=800), dead, None)
    'cures'
    >>> outcome_of(Skill(kappa=0.1, both=0.15, auc=0.6, n=800), dead, None)
    'learns'
    >>> outcome_of(Skill(kappa=0.02, both=0.05, auc=0.6, n=800), dead, None)
    'same'
    """
    if not is_better(changed, plain, own):
        return "same"
    kappa, auc = _best(plain, own)
    is_far = changed.kappa - kappa >= FAR or changed.auc - auc >= FAR_RANKING
    return "cures" if is_far else "learns"


def _best(plain: Skill, own: Skill | None) -> tuple[float, float]:
    """What must be beaten: the recipe as it is, briefly or to its end."""
    own = own or Skill(0.0, 0.0, 0.5, 0)
    return max(plain.kappa, own.kappa), max(plain.auc, own.auc)


def plain_skill(materials: Materials) -> Skill:
    """The recipe as it is: trained briefly, once, or the run itself if that is slow.

    A run that has trained for longer than a brief training, and did not learn, shows
    as much as another attempt would.
    """
    if "plain" not in materials.kept:
        own = own_skill(materials)
        if own is not None and stands_for_itself(materials):
            materials.kept["plain"] = own
        else:
            materials.kept["plain"] = brief_skill(materials, {})
    skill: Skill = materials.kept["plain"]
    return skill


def stands_for_itself(materials: Materials) -> bool:
    """Whether a run is measured in place of a brief training of its recipe.

    Not if it was shorter: a brief training would gain by more steps alone. Not with
    moving averages either, which may lag in the run and are re-estimated after a brief
    training.
    """
    recipe = materials.run.info.recipe or {}
    normalises = recipe.get("batch_norm", True) or recipe.get("network") == "backbone"
    seconds = len(materials.evidence.history) * materials.seconds_per_epoch
    return not normalises and seconds >= brief_seconds(materials) >= SLOW


def _epochs(per_epoch: int) -> int:
    """Those of a brief training."""
    return max(2, round(max(2 * per_epoch, STEPS) / per_epoch))


def brief_skill(materials: Materials, changes: dict[str, Any], **how: Any) -> Skill:
    """The skill after a brief training with changes of the recipe."""
    laboratory = materials.laboratory
    per_epoch = laboratory.steps_per_epoch()
    trial = laboratory.trial(
        changes,
        epochs=_epochs(per_epoch),
        seconds=SECONDS,
        fewest=min(FEWEST_STEPS, 2 * per_epoch),
        longest=min(LONGEST, seconds_left(materials)),
        **how,
    )
    return skill_of(trial)


def require_power(materials: Materials, skill: Skill) -> None:
    """Refuse to conclude from a training that was cut too short to learn.

    Raises
    ------
    InputError
        If fewer steps were done than a brief training needs.
    """
    least = min(FEWEST_STEPS, 2 * materials.laboratory.steps_per_epoch())
    if skill.steps and skill.steps < least:
        raise InputError(
            f"The time sufficed for {skill.steps} steps, of which at least {least} are "
            "needed to tell anything."
        )


def seconds_left(materials: Materials) -> float:
    """Of the budget; infinite outside of an examination."""
    ends: float = materials.kept.get("ends", math.inf)
    return max(ends - time.monotonic(), 1.0)


def brief_seconds(materials: Materials) -> float:
    """That one brief training is expected to take."""
    table, recipe = materials.run.catalog(), materials.run.info.recipe or {}
    n_trained = 0 if table is None else int((table["split"] == "train").sum())
    per_epoch = max(1, -(-n_trained // int(recipe.get("batch_size", 32))))
    each = materials.seconds_per_epoch
    if not math.isfinite(each):
        return SECONDS
    whole = max(2 * per_epoch, STEPS) / per_epoch * each
    fewest = min(FEWEST_STEPS, 2 * per_epoch) / per_epoch * each
    return 3 + min(LONGEST, max(min(SECONDS, whole), fewest))


def start_seconds(materials: Materials) -> float:
    """Until the first training can begin."""
    return 0.0 if "laboratory" in materials.kept else START


def estimate_brief(materials: Materials, experiment: Experiment) -> float:
    """Of an experiment: the recipe as it is, unless known, and one to three others."""
    each = brief_seconds(materials)
    known: Skill | None = materials.kept.get("plain")
    if known is not None and known.steps:
        each = known.seconds
    is_free = known is not None or (
        own_skill(materials) is not None and stands_for_itself(materials)
    )
    # Of three rates mostly the first or the second is enough.
    n_trials = 2.0 if experiment.key in ("lower-rate", "higher-rate") else 1.0
    return start_seconds(materials) + (n_trials + (not is_free)) * each
