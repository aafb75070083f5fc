"""All remedies, by what they change: predictions, weights, or the training."""

from __future__ import annotations

from hirise.diagnosis.checks import CHECKS
from hirise.errors import InputError, nearest, shown
from hirise.remedies.confidence import Abstention, TemperatureScaling
from hirise.remedies.logit_adjustment import LogitAdjustment
from hirise.remedies.prior_shift import PriorShift
from hirise.remedies.rejoin import RejoinPredictions
from hirise.remedies.remedy import PredictionRemedy
from hirise.remedies.reorder import ReorderClasses
from hirise.remedies.thresholds import Thresholds
from hirise.remedies.training_remedies import TRAINING_REMEDIES, TrainingRemedy
from hirise.remedies.weights import WEIGHTS_REMEDIES, WeightsRemedy

Remedy = type[PredictionRemedy] | WeightsRemedy | TrainingRemedy

PREDICTION_REMEDIES: tuple[type[PredictionRemedy], ...] = (
    RejoinPredictions,
    ReorderClasses,
    LogitAdjustment,
    Thresholds,
    TemperatureScaling,
    PriorShift,
    Abstention,
)

REMEDIES: tuple[Remedy, ...] = (
    *PREDICTION_REMEDIES,
    *WEIGHTS_REMEDIES,
    *TRAINING_REMEDIES,
)

PREDICTION_KEYS = tuple(remedy.key for remedy in PREDICTION_REMEDIES)
WEIGHTS_KEYS = tuple(remedy.key for remedy in WEIGHTS_REMEDIES)
TRAINING_KEYS = tuple(remedy.key for remedy in TRAINING_REMEDIES)
REMEDY_KEYS = (*PREDICTION_KEYS, *WEIGHTS_KEYS, *TRAINING_KEYS)

_BY_KEY = {remedy.key: remedy for remedy in REMEDIES}


def remedy_named(key: str) -> Remedy:
    """The remedy with this key.

    Raises
    ------
    InputError
        There is none.

    Examples
    --------
    >>> remedy_named("focal-loss").requires
    'training'
    """
    if key in _BY_KEY:
        return _BY_KEY[key]
    known = f"Known are: {', '.join(REMEDY_KEYS)}."
    if any(key in check.remedies for check in CHECKS):
        raise InputError(
            f"{key!r} is done by hand.",
            how=f"The advice of `hirise check` says how. {known}",
        )
    raise InputError(
        f"{shown(key)!r} is no remedy.", how=f"{known}{nearest(key, REMEDY_KEYS)}"
    )
