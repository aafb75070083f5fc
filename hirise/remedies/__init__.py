"""Remedies, and those without training: predictions → predictions, with a source."""

from hirise.remedies.adjustment import Adjustment, adjust
from hirise.remedies.chain import Cured, cure, select_remedies, sensible_order
from hirise.remedies.confidence import Abstention, TemperatureScaling
from hirise.remedies.logit_adjustment import LogitAdjustment
from hirise.remedies.prior_shift import PriorShift
from hirise.remedies.registry import (
    PREDICTION_KEYS,
    REMEDIES,
    REMEDY_KEYS,
    TRAINING_KEYS,
    WEIGHTS_KEYS,
    remedy_named,
)
from hirise.remedies.rejoin import RejoinPredictions
from hirise.remedies.remedy import FitData, Fitted, PredictionRemedy
from hirise.remedies.reorder import ReorderClasses
from hirise.remedies.thresholds import Thresholds

__all__ = [
    "PREDICTION_KEYS",
    "REMEDIES",
    "REMEDY_KEYS",
    "TRAINING_KEYS",
    "WEIGHTS_KEYS",
    "Abstention",
    "Adjustment",
    "Cured",
    "FitData",
    "Fitted",
    "LogitAdjustment",
    "PredictionRemedy",
    "PriorShift",
    "RejoinPredictions",
    "ReorderClasses",
    "TemperatureScaling",
    "Thresholds",
    "adjust",
    "cure",
    "remedy_named",
    "select_remedies",
    "sensible_order",
]
