"""Predictions -> Evaluation: the tables that everything else reads."""

from hirise.evaluation.confidence import (
    Calibration,
    calibration,
    confidence_histogram,
    confidences_of,
    coverage_table,
    precision_recall_curves,
    threshold_table,
)
from hirise.evaluation.evaluation import MEASURABLE, Evaluation, evaluate
from hirise.evaluation.paired import Paired, compare
from hirise.evaluation.scores import metrics_table, run_scores
from hirise.evaluation.shared import Shared, share
from hirise.metrics.mcnemar import mcnemar_p

__all__ = [
    "MEASURABLE",
    "Calibration",
    "Evaluation",
    "Paired",
    "Shared",
    "calibration",
    "compare",
    "confidence_histogram",
    "confidences_of",
    "coverage_table",
    "evaluate",
    "mcnemar_p",
    "metrics_table",
    "precision_recall_curves",
    "run_scores",
    "share",
    "threshold_table",
]
