"""Remedies that train again: a registry, and how several become one recipe."""

from hirise.remedies.training.compose import (
    changed_recipe,
    changes_between,
    check_training_pairs,
    training_remedy,
)
from hirise.remedies.training.known import TRAINING_KEYS, TRAINING_REMEDIES
from hirise.remedies.training.remedy import TrainingRemedy

__all__ = [
    "TRAINING_KEYS",
    "TRAINING_REMEDIES",
    "TrainingRemedy",
    "changed_recipe",
    "changes_between",
    "check_training_pairs",
    "training_remedy",
]
