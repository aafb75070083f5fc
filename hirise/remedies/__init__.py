"""Remedies without training: predictions -> predictions, each with its source."""

from hirise.evaluation import coverage_table
from hirise.remedies.chain import (
    REMEDIES,
    REMEDY_KEYS,
    Cured,
    check_pairs,
    cure,
    remedy_class,
)
from hirise.remedies.confidence import Abstention, TemperatureScaling
from hirise.remedies.logit_adjustment import LogitAdjustment
from hirise.remedies.prior_shift import PriorShift
from hirise.remedies.remedy import Adjustment, Fitted, Ground, Remedy, adjusted
from hirise.remedies.reorder import ReorderClasses
from hirise.remedies.thresholds import Thresholds

__all__ = [
    "REMEDIES",
    "REMEDY_KEYS",
    "Abstention",
    "Adjustment",
    "Cured",
    "Fitted",
    "Ground",
    "LogitAdjustment",
    "PriorShift",
    "Remedy",
    "ReorderClasses",
    "TemperatureScaling",
    "Thresholds",
    "adjusted",
    "check_pairs",
    "coverage_table",
    "cure",
    "remedy_class",
]
