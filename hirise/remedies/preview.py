"""What each remedy would do to a run, before it is applied: fitted, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

from hirise.diagnosis import Diagnosis
from hirise.errors import InputError
from hirise.remedies.chain import REMEDIES, REMEDY_KEYS, check_pairs
from hirise.remedies.remedy import Ground, Remedy
from hirise.remedies.thresholds import Thresholds
from hirise.remedies.training import TRAINING_KEYS, check_training_pairs

MOST_WORK = 2e7
"""Images × classes² up to which thresholds are fitted for a look: under a second."""


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
    if isinstance(remedy, Thresholds) and work > MOST_WORK:
        return Preview(remedy.key, True, "")
    try:
        return Preview(remedy.key, True, remedy.fit(ground).told)
    except InputError as error:
        return Preview(remedy.key, False, str(error))


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
