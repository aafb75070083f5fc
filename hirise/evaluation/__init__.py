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
from hirise.evaluation.shared import MatchedPredictions, match_predictions
from hirise.metrics.mcnemar import mcnemar_p

__all__ = [
    "MEASURABLE",
    "Calibration",
    "Evaluation",
    "MatchedPredictions",
    "Paired",
    "calibration",
    "compare",
    "confidence_histogram",
    "confidences_of",
    "coverage_table",
    "evaluate",
    "match_predictions",
    "mcnemar_p",
    "metrics_table",
    "precision_recall_curves",
    "run_scores",
    "threshold_table",
]
