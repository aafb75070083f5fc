"""Predictions -> Evaluation: the tables that everything else reads."""

from hirise.evaluation.curves import (
    confidence_histogram,
    precision_recall_curves,
    threshold_table,
)
from hirise.evaluation.evaluate import evaluate
from hirise.evaluation.table import MEASURABLE, Evaluation

__all__ = [
    "MEASURABLE",
    "Evaluation",
    "confidence_histogram",
    "evaluate",
    "precision_recall_curves",
    "threshold_table",
]
