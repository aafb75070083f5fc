"""Predictions of a classifier, from any framework: checked, read and written."""

from hirise.predictions.files import holds_predictions, read_columns
from hirise.predictions.reading import (
    all_predictions_of,
    predictions_of,
    read_all_predictions,
    read_predictions,
)
from hirise.predictions.table import Predictions, choose_split

__all__ = [
    "Predictions",
    "all_predictions_of",
    "choose_split",
    "holds_predictions",
    "predictions_of",
    "read_all_predictions",
    "read_columns",
    "read_predictions",
]
