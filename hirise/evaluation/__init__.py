"""Predictions -> Evaluation: the tables that everything else reads."""

from hirise.evaluation.confidence import (
    Calibration,
    calibration,
    coverage_table,
    judged_confidence,
)
from hirise.evaluation.curves import (
    confidence_histogram,
    precision_recall_curves,
    threshold_table,
)
from hirise.evaluation.evaluate import evaluate
from hirise.evaluation.mcnemar import mcnemar_p
from hirise.evaluation.named import metrics_table
from hirise.evaluation.paired import Paired, compare
from hirise.evaluation.scores import run_scores
from hirise.evaluation.shared import Shared, share
from hirise.evaluation.table import MEASURABLE, Evaluation

__all__ = [
    "MEASURABLE",
    "Calibration",
    "Evaluation",
    "Paired",
    "Shared",
    "calibration",
    "compare",
    "confidence_histogram",
    "coverage_table",
    "evaluate",
    "judged_confidence",
    "mcnemar_p",
    "metrics_table",
    "precision_recall_curves",
    "run_scores",
    "share",
    "threshold_table",
]
