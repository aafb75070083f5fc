"""Several remedies in order: those that fight each other are refused with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from hirise.diagnosis.checks import CHECKS
from hirise.errors import InputError, nearest, shown
from hirise.predictions import Predictions
from hirise.remedies.confidence import Abstention, TemperatureScaling
from hirise.remedies.logit_adjustment import LogitAdjustment
from hirise.remedies.prior_shift import PriorShift
from hirise.remedies.remedy import Fitted, Ground, Remedy
from hirise.remedies.reorder import ReorderClasses
from hirise.remedies.retraining import TRAINING_KEYS
from hirise.remedies.thresholds import Thresholds

_SAME_OFFSETS = (
    "both choose what each class gets added, and the second undoes the first"
)
_ALONE = "it leaves images out and calibrates by itself, so it goes alone or last"

_FIRST = "what the others choose belongs to the right classes, so it goes first"

_SENSELESS = {
    ("logit-adjustment", "thresholds"): _SAME_OFFSETS,
    ("thresholds", "logit-adjustment"): _SAME_OFFSETS,
    ("logit-adjustment", "prior-shift"): (
        "both replace the class shares of training, by different ones"
    ),
    ("prior-shift", "logit-adjustment"): (
        "both replace the class shares of training, by different ones"
    ),
    ("thresholds", "prior-shift"): (
        "thresholds chosen on val hold for the class shares of val only"
    ),
    ("prior-shift", "thresholds"): (
        "thresholds chosen on val hold for the class shares of val only"
    ),
    ("prior-shift", "temperature-scaling"): (
        "val, on which the temperature is fitted, has not the new class shares; give "
        "temperature-scaling first"
    ),
    ("prior-shift", "abstention"): (
        "val, on which confidence is calibrated, has not the new class shares"
    ),
    ("temperature-scaling", "abstention"): (
        "abstention fits the temperature itself; leave temperature-scaling out"
    ),
}
"""Pairs in the order given -> why not."""


@dataclass(frozen=True)
class Cured:
    """What remedies made of predictions.

    Attributes
    ----------
    before, after : Predictions
        `after` may hold fewer images, where some are not answered.
    steps : tuple of Fitted
        In the order applied.
    """

    before: Predictions
    after: Predictions
    steps: tuple[Fitted, ...]

    @property
    def coverage(self) -> float:
        """Share of the images that are answered."""
        return len(self.after) / len(self.before)


def cure(ground: Ground, remedies: Sequence[Remedy]) -> Cured:
    """Fit and apply remedies one after the other, each on what the last one made.

    Raises
    ------
    InputError
        A pair that makes no sense, or a remedy that cannot work here.
    """
    check_pairs([remedy.key for remedy in remedies])
    steps: list[Fitted] = []
    now = ground
    for remedy in remedies:
        fitted = remedy.fit(now)
        val = now.val
        if val is not None and val.proba is not None and remedy is not remedies[-1]:
            val = fitted(val)
        now = replace(now, target=fitted(now.target), val=val)
        steps.append(fitted)
    return Cured(ground.target, now.target, tuple(steps))


def check_pairs(keys: Sequence[str]) -> None:
    """Refuse remedies that fight each other, repeat, or come in a senseless order."""
    if not keys:
        raise InputError(f"No remedy is given. Known are: {', '.join(REMEDY_KEYS)}.")
    for first, second in combinations(keys, 2):
        reason = _SENSELESS.get((first, second))
        if first == second:
            reason = "once is enough"
        elif first == "abstention":
            reason = _ALONE
        elif second == ReorderClasses.key:
            reason = _FIRST
        if reason:
            raise InputError(f"{first} with {second} makes no sense: {reason}.")


def remedy_class(key: str) -> type[Remedy]:
    """The remedy called `key`.

    Raises
    ------
    InputError
        There is none, or it needs a training.
    """
    for remedy in REMEDIES:
        if remedy.key == key:
            return remedy
    known = f"Without training work: {', '.join(REMEDY_KEYS)}."
    if key in _named_by_checks():
        raise InputError(
            f"{key!r} is done by hand or trains again; see the advice of "
            f"`hirise check`. {known}"
        )
    trained = f" With training: {', '.join(TRAINING_KEYS)}."
    hint = nearest(key, (*REMEDY_KEYS, *TRAINING_KEYS))
    raise InputError(f"{shown(key)!r} is no remedy. {known}{trained}{hint}")


def _named_by_checks() -> set[str]:
    return {key for check in CHECKS for key in check.remedies}


REMEDIES: tuple[type[Remedy], ...] = (
    ReorderClasses,
    LogitAdjustment,
    Thresholds,
    TemperatureScaling,
    PriorShift,
    Abstention,
)

REMEDY_KEYS = tuple(remedy.key for remedy in REMEDIES)
