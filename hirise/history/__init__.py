"""Training curves of any tool: read, one row per epoch; see docs/bridges.md."""

from hirise.history.names import curve_of
from hirise.history.reading import (
    Curves,
    is_history,
    read_curves,
    read_history,
)
from hirise.history.training_folders import predictions_in

__all__ = [
    "Curves",
    "curve_of",
    "is_history",
    "predictions_in",
    "read_curves",
    "read_history",
]
