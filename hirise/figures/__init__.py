"""One plotly figure per file: each takes one table and returns a `go.Figure`."""

from hirise.figures.accuracy_baselines import accuracy_baselines_figure
from hirise.figures.class_counts import class_counts_figure
from hirise.figures.class_frequencies import (
    class_frequencies_figure,
    cured_frequencies_figure,
)
from hirise.figures.class_intervals import class_intervals_figure
from hirise.figures.confidence_histogram import confidence_histogram_figure
from hirise.figures.confusion import confusion_figure
from hirise.figures.confusion_blocks import confusion_blocks_figure
from hirise.figures.coverage import coverage_figure
from hirise.figures.exercise_scores import exercise_scores_figure
from hirise.figures.image_map import image_map_figure
from hirise.figures.label_agreement import label_agreement_figure
from hirise.figures.leaked_scores import leaked_scores_figure
from hirise.figures.learning_curves import learning_curve_figure
from hirise.figures.overlaid_curves import overlaid_curves_figure
from hirise.figures.paired_differences import paired_differences_figure
from hirise.figures.precision_recall import precision_recall_figure
from hirise.figures.predicted_classes import predicted_classes_figure
from hirise.figures.probabilities import probabilities_figure
from hirise.figures.reliability import reliability_figure
from hirise.figures.replay_curves import replay_curves_figure
from hirise.figures.run_scores import run_scores_figure
from hirise.figures.shared_images import shared_images_figure

__all__ = [
    "accuracy_baselines_figure",
    "class_counts_figure",
    "class_frequencies_figure",
    "class_intervals_figure",
    "confidence_histogram_figure",
    "confusion_blocks_figure",
    "confusion_figure",
    "coverage_figure",
    "cured_frequencies_figure",
    "exercise_scores_figure",
    "image_map_figure",
    "label_agreement_figure",
    "leaked_scores_figure",
    "learning_curve_figure",
    "overlaid_curves_figure",
    "paired_differences_figure",
    "precision_recall_figure",
    "predicted_classes_figure",
    "probabilities_figure",
    "reliability_figure",
    "replay_curves_figure",
    "run_scores_figure",
    "shared_images_figure",
]
