"""Predictions -> Evaluation: the tables that everything else reads."""

from hirise.evaluation.curves import (
    confidence_histogram,
    precision_recall_curves,
    threshold_table,
)
from hirise.evaluation.evaluate import evaluate
from hirise.evaluation.mcnemar import mcnemar_p
from hirise.evaluation.paired import Paired, compare
from hirise.evaluation.scores import run_scores
from hirise.evaluation.shared import Shared, share
from hirise.evaluation.table import MEASURABLE, Evaluation

__all__ = [
    "MEASURABLE",
    "Evaluation",
    "Paired",
    "Shared",
    "compare",
    "confidence_histogram",
    "evaluate",
    "mcnemar_p",
    "precision_recall_curves",
    "run_scores",
    "share",
    "threshold_table",
]
